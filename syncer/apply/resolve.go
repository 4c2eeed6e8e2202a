package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// patience are the waits between looks for an account that was perhaps created:
// some servers show what they made only after a while.
var patience = [...]time.Duration{0, 250 * time.Millisecond, time.Second} //nolint:gochecknoglobals // a constant table

// Resolved is what became of the intents that had no outcome.
type Resolved struct {
	Report     // what turned out to be done, and what not
	Open   int // still unknown; their objects are left alone
}

// Resolve looks, by reads alone, what became of every intent without an outcome,
// and settles it. What cannot be told stays open, and the next run leaves its
// object alone. An error means that the journal could not be read or written.
func (a *Applier) Resolve(ctx context.Context) (Resolved, error) {
	out := Resolved{Report: Report{Counts: map[plan.Kind]Tally{}}}
	intents, err := a.o.Journal.Unsettled(ctx)
	if err != nil {
		return out, fmt.Errorf("read the journal: %w", err)
	}
	a.open = map[string]bool{}
	for _, intent := range intents {
		outcomes, err := a.look(ctx, intent.Ops)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if connectors.ClassOf(err) == connectors.Denied {
			return out, fatal(err)
		}
		if err != nil {
			a.o.Log.Debug("an outcome is still unknown", "ops", len(intent.Ops), "class", connectors.ClassOf(err))
			a.markOpen(intent.Ops)
			out.Open++
			continue
		}
		if err := a.o.Journal.Settle(ctx, intent, outcomes...); err != nil {
			return out, fmt.Errorf("record what was found: %w", err)
		}
		for i, op := range intent.Ops {
			out.count(op.Kind, outcomes[i].Result)
		}
	}
	return out, nil
}

// look finds the outcomes of one intent.
func (a *Applier) look(ctx context.Context, ops []plan.Op) ([]Outcome, error) {
	switch op := ops[0]; {
	case op.Kind.LedgerOnly():
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

func skipped(ops []plan.Op) []Outcome {
	out := make([]Outcome, len(ops))
	for i := range out {
		out[i] = Outcome{Result: Skipped}
	}
	return out
}

// lookForCreated looks for the account by its e-mail. One that names another
// person is in the way; one that is not found was not made, as far as can be
// seen: should it show up later, creating it again meets a conflict and no
// duplicate is made.
func (a *Applier) lookForCreated(ctx context.Context, op plan.Op) (Outcome, error) {
	mail, _ := op.Change(plan.UserName)
	var err error
	for _, wait := range patience {
		if werr := sleep(ctx, wait); werr != nil {
			return Outcome{}, werr
		}
		var account plan.Account
		account, err = a.o.Reader.FindUser(ctx, connectors.CanonicalEmail(mail.New))
		switch {
		case err == nil && account.ExternalID != "" && account.ExternalID != op.Person.ID:
			return Outcome{Result: Failed, Class: connectors.Conflict, Text: "an account of another person has the e-mail", Account: account}, nil
		case err == nil:
			return Outcome{Result: Done, Account: account}, nil
		case connectors.ClassOf(err) != connectors.NotFound:
			return Outcome{}, err
		}
	}
	return Outcome{Result: Skipped}, nil
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
		if c.Attribute == plan.UserName {
			return account.Email() != connectors.CanonicalEmail(c.New)
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
