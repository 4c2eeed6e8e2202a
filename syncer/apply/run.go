package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// tolerance is how many requests in a row may fail to reach Writer before a run
// gives up.
const tolerance = 5

// errSlice ends a run whose time is over.
var errSlice = errors.New("the slice is over")

// run is one plan being applied.
type run struct {
	*Applier
	deadline time.Time // zero: none
	work     [][]unit  // by phase

	mu       sync.Mutex
	report   Report
	accounts map[connectors.Ref]plan.RemoteID // made or adopted in this run
	freed    map[connectors.Ref]bool          // whose e-mail was changed in this run
	away     map[connectors.Ref]bool          // whose account is still to be reactivated
	keeps    map[connectors.Ref]int           // how many memberships are still to go before that
	faults   int                              // requests in a row that did not reach Writer
	begun    bool                             // something was sent
	settled  []Settled                        // known outcomes that are not in the journal yet
}

func newRun(a *Applier, p plan.Plan, slice time.Duration) *run {
	r := &run{
		Applier: a, work: units(p, a.o.Target.MaxMembers()), report: Report{Counts: map[plan.Kind]Tally{}},
		accounts: map[connectors.Ref]plan.RemoteID{}, freed: map[connectors.Ref]bool{}, away: map[connectors.Ref]bool{}, keeps: map[connectors.Ref]int{},
	}
	for _, op := range p.Ops {
		switch {
		case op.Kind == plan.Reactivate:
			r.away[op.Person] = true
		case op.GoesFirst():
			r.keeps[op.Person]++
		}
	}
	if slice > 0 {
		r.deadline = a.o.Now().Add(slice)
	}
	return r
}

// phases does one phase after the other; within one, a few units at a time.
func (r *run) phases(ctx context.Context) error {
	for _, phase := range r.work {
		for len(phase) > 0 {
			var now []unit
			now, phase = wave(phase)
			if err := r.together(ctx, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// over reports whether the slice has ended. Something is sent in any case: runs that
// follow each other come to an end, however late they begin.
func (r *run) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begun && !r.deadline.IsZero() && !r.o.Now().Before(r.deadline)
}

// blocked reports whether something is unknown of what ops are about.
func (r *run) blocked(ops ...plan.Op) bool {
	return slices.ContainsFunc(ops, func(op plan.Op) bool {
		return r.open[personKey(op)] || r.open[fromKey(op)] || r.open[teamKey(op)]
	})
}

// ready returns the ops of a unit that can be sent, with their accounts filled
// in, and counts the others as skipped: those whose account does not exist, whose
// e-mail was not freed, or on whose object an outcome is unknown.
func (r *run) ready(ops []plan.Op) []plan.Op {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]plan.Op, 0, len(ops))
	for _, op := range ops {
		if op.Account == "" {
			op.Account = r.accounts[op.Person]
		}
		homeless := op.Account == "" && needsAccount(op.Kind)
		waits := op.After != (connectors.Ref{}) && !r.freed[op.After]
		if r.blocked(op) || homeless || waits || r.depends(op) {
			r.report.count(op.Kind, Skipped)
			continue
		}
		out = append(out, op)
	}
	return out
}

// depends reports whether an op needs what another one has not done: an account is brought
// back once it has no membership that is to go, and is given something once it is back.
func (r *run) depends(op plan.Op) bool {
	switch op.Kind {
	case plan.Reactivate:
		return r.keeps[op.Person] > 0
	case plan.AddMember, plan.ConfirmMember, plan.UpdateUser, plan.SetRole:
		return r.away[op.Person]
	}
	return false
}

// needsAccount reports whether ops of kind k are about an account that exists and is
// linked, by the ledger or by this run.
func needsAccount(k plan.Kind) bool {
	switch k {
	case plan.MoveLink, plan.UpdateUser, plan.ConfirmUser, plan.Reactivate, plan.SetRole, plan.AddMember, plan.ConfirmMember, plan.RemoveMember, plan.Deactivate, plan.DeleteUser:
		return true
	}
	return false
}

// learn takes in what later ops of this run depend on. The caller holds r.mu.
func (r *run) learn(ops []plan.Op, outcomes []Outcome) {
	for i, op := range ops {
		r.report.count(op.Kind, outcomes[i].Result)
		if outcomes[i].Result != Done {
			if outcomes[i].Result == Failed {
				r.report.fail(op, outcomes[i])
			}
			r.o.Log.Debug("op not done", "kind", op.Kind, "person", op.Person, "team", op.Team, "class", outcomes[i].Class)
			continue
		}
		switch op.Kind {
		case plan.CreateUser:
			r.accounts[op.Person] = outcomes[i].Account.ID
		case plan.AdoptUser:
			r.accounts[op.Person] = op.Account
		case plan.MoveLink:
			if !op.LedgerOnly() && !outcomes[i].Account.Names(op.Person) {
				r.report.Unnamed++
			}
		case plan.Reactivate:
			r.away[op.Person] = false
		case plan.RemoveMember:
			if op.GoesFirst() {
				r.keeps[op.Person]--
			}
		case plan.UpdateUser:
			_, renamed := op.Change(plan.UserName)
			r.freed[op.Person] = r.freed[op.Person] || renamed
		}
	}
}

// leaveOpen keeps this run's hands off objects on which an outcome is unknown.
func (r *run) leaveOpen(ops []plan.Op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Unknown++
	r.markOpen(ops)
}

// faulted counts requests that did not reach Writer, and ends the run after too
// many in a row, or at once if the credential is refused.
func (r *run) faulted(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch class := connectors.ClassOf(err); class {
	case connectors.Transient, connectors.Throttled, connectors.Unknown:
		r.faults++
		if r.faults >= tolerance {
			return fmt.Errorf("Writer could not be reached %d times in a row, giving up for this run: %w", r.faults, err) //nolint:staticcheck // a name
		}
		return nil
	case connectors.Denied:
		return fatal(err)
	}
	r.faults = 0
	return nil
}

func personKey(op plan.Op) string { return "person " + op.Person.String() }

// fromKey is that of the person whose account or place another one gets.
func fromKey(op plan.Op) string { return "person " + op.From.String() }

func teamKey(op plan.Op) string {
	if op.Team == "" {
		return ""
	}
	return "team " + string(op.Team)
}

// markOpen remembers that nothing is known of what ops are about.
func (a *Applier) markOpen(ops []plan.Op) {
	for _, op := range ops {
		if op.Team != "" {
			a.open[teamKey(op)] = true
			continue
		}
		a.open[personKey(op)] = true
		if op.Kind == plan.MoveLink {
			a.open[fromKey(op)] = true
		}
	}
}
