package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// patience are the waits before each look for accounts that were perhaps created:
// some servers show what they made only after a while.
func patience() []time.Duration { return []time.Duration{0, 250 * time.Millisecond, time.Second} }

// Resolved is what became of the intents that had no outcome.
type Resolved struct {
	Report     // what turned out to be done, and what not
	Open   int // still unknown; their objects are left alone
}

// Resolve looks, by reads alone, what became of every intent without an outcome,
// and settles it. What cannot be told stays open, and the next run leaves its
// object alone. An error means that the journal could not be read or written, or
// that Writer refuses the credential.
func (a *Applier) Resolve(ctx context.Context) (Resolved, error) {
	return a.resolve(ctx, skipped)
}

// unanswered are the outcomes of creates that were sent by this run, of whose
// answers nothing can be told, and that show no account: they are tried again, but
// not in every pass.
func unanswered(ops []plan.Op) []Outcome {
	out := same(ops, Failed)
	for i := range out {
		out[i].Class, out[i].Text = connectors.Transient, "Writer's answer to the creation does not say whether it was done, and no account shows"
	}
	return out
}

// resolve is Resolve; unmade gives the outcomes of creates that show no account.
func (a *Applier) resolve(ctx context.Context, unmade func([]plan.Op) []Outcome) (Resolved, error) {
	out := Resolved{Report: Report{Counts: map[plan.Kind]Tally{}}}
	intents, err := a.o.Journal.Unsettled(ctx)
	if err != nil {
		return out, fmt.Errorf("read the journal: %w", err)
	}
	a.open = map[string]bool{}
	for i, wait := range patience() {
		if len(intents) == 0 {
			break
		}
		if err := sleep(ctx, wait); err != nil {
			return out, err
		}
		if i == len(patience())-1 {
			intents, err = a.round(ctx, intents, unmade, &out)
		} else {
			intents, err = a.round(ctx, intents, nil, &out)
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// round looks once at each intent, records what it finds, in one step, and returns
// the intents that are worth another look: all of them wait together. In the last
// round unmade says what becomes of them.
func (a *Applier) round(ctx context.Context, intents []Intent, unmade func([]plan.Op) []Outcome, out *Resolved) (again []Intent, err error) {
	found, again, err := a.lookAll(ctx, intents, unmade, out)
	if lost := a.record(ctx, found); lost != nil {
		return nil, unrecorded(lost, err)
	}
	for _, s := range found {
		for i, op := range s.Ops {
			out.count(op.Kind, s.Outcomes[i].Result)
			if s.Outcomes[i].Result == Failed {
				out.fail(op, s.Outcomes[i])
			}
		}
	}
	return again, err
}

// lookAll returns what became of intents, as far as a look tells. An error ends it
// early; what was found before counts.
func (a *Applier) lookAll(ctx context.Context, intents []Intent, unmade func([]plan.Op) []Outcome, out *Resolved) (found []Settled, again []Intent, err error) {
	for _, intent := range intents {
		outcomes, err := a.look(ctx, intent.Ops)
		unseen := intent.Ops[0].Kind == plan.CreateUser && connectors.ClassOf(err) == connectors.NotFound
		switch {
		case ctx.Err() != nil:
			return found, nil, ctx.Err()
		case connectors.ClassOf(err) == connectors.Denied:
			return found, nil, fatal(err)
		case unseen && unmade == nil:
			again = append(again, intent)
			continue
		case unseen:
			// Not made, as far as can be seen: should it show up later, creating it
			// again meets a conflict, and no duplicate is made.
			outcomes = unmade(intent.Ops)
		case err != nil:
			a.o.Log.Debug("an outcome is still unknown", "ops", len(intent.Ops), "class", connectors.ClassOf(err))
			a.markOpen(intent.Ops)
			out.Open++
			continue
		}
		found = append(found, Settled{intent, outcomes})
	}
	return found, again, nil
}

// look finds the outcomes of one intent. NotFound means, of a create, that no
// account shows.
func (a *Applier) look(ctx context.Context, ops []plan.Op) ([]Outcome, error) {
	switch op := ops[0]; {
	case op.LedgerOnly():
		return skipped(ops), nil // nothing was sent, and nothing recorded
	case op.Kind == plan.AddMember || op.Kind == plan.RemoveMember:
		return a.lookAtTeam(ctx, ops)
	case op.Kind == plan.CreateUser:
		out, err := a.lookForCreated(ctx, op)
		return []Outcome{out}, err
	default:
		out, err := a.lookAtAccount(ctx, op)
		return []Outcome{out}, err
	}
}

func skipped(ops []plan.Op) []Outcome { return same(ops, Skipped) }

// lookForCreated looks for the account by its e-mail. One that names another
// person is in the way.
func (a *Applier) lookForCreated(ctx context.Context, op plan.Op) (Outcome, error) {
	mail, _ := op.Change(plan.UserName)
	account, err := a.o.Reader.FindUser(ctx, connectors.CanonicalEmail(mail.New))
	if err != nil {
		return Outcome{}, err
	}
	if !account.MadeFor(op.Person) {
		// Perhaps it is the one that was made and the server keeps no externalId; the
		// next plan knows whether it is somebody's, and adopts it if it is nobody's.
		return Outcome{Result: Failed, Class: connectors.Conflict, Text: "an account that does not name the person has the e-mail", Account: account}, nil
	}
	return Outcome{Result: Done, Account: account}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// lookAtAccount compares the account with what the op was to make of it.
func (a *Applier) lookAtAccount(ctx context.Context, op plan.Op) (Outcome, error) {
	account, err := a.o.Reader.ReadUser(ctx, op.Account)
	gone := connectors.ClassOf(err) == connectors.NotFound
	if err != nil && !gone {
		return Outcome{}, err
	}
	done := false
	switch op.Kind {
	case plan.DeleteUser:
		done = gone
	case plan.Deactivate:
		done = gone || !account.Active
	case plan.Reactivate:
		done = !gone && account.Active && has(account, op.Changes)
	default:
		done = !gone && has(account, op.Changes)
	}
	if !done {
		return Outcome{Result: Skipped}, nil
	}
	account.ID = op.Account
	return Outcome{Result: Done, Account: account}, nil
}

// has reports whether the account shows every change.
func has(account plan.Account, changes []plan.Change) bool {
	return !slices.ContainsFunc(changes, func(c plan.Change) bool {
		switch c.Attribute {
		case plan.UserName:
			return account.Email() != connectors.CanonicalEmail(c.New)
		case plan.ExternalID:
			return account.ExternalID != c.New
		}
		return account.Attributes[c.Attribute] != c.New
	})
}

// lookAtTeam compares the team's members with what the ops were to make of them.
// Where the members cannot be seen whole, what does not show counts as not done:
// to add or remove a member twice is no harm.
func (a *Applier) lookAtTeam(ctx context.Context, ops []plan.Op) ([]Outcome, error) {
	team, err := a.o.Reader.ReadTeam(ctx, ops[0].Team)
	if connectors.ClassOf(err) == connectors.NotFound {
		return skipped(ops), nil
	}
	if err != nil {
		return nil, err
	}
	out := skipped(ops)
	for i, op := range ops {
		in := slices.Contains(team.Members, op.Account)
		if (op.Kind == plan.AddMember && in) || (op.Kind == plan.RemoveMember && !in && team.Whole) {
			out[i] = Outcome{Result: Done}
		}
	}
	return out, nil
}
