package apply_test

import (
	"testing"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// moves gives bob an account that was made for ann.
func moves(account plan.RemoteID) plan.Op {
	return plan.Op{
		Kind: plan.MoveLink, Person: ref("bob"), From: ref("ann"), Account: account,
		Changes: []plan.Change{{Attribute: plan.ExternalID, New: plan.ExternalIDOf(ref("bob"))}},
	}
}

// TestMoveLink: the account names its user; the link moves also where Writer refuses that, or
// has the account no more, but not where Writer was not reached.
func TestMoveLink(t *testing.T) {
	tests := map[string]struct {
		answer  error
		want    apply.Result
		unnamed int
	}{
		"done":        {nil, apply.Done, 0},
		"refused":     {class(connectors.Rejected), apply.Done, 1},
		"conflict":    {class(connectors.Conflict), apply.Done, 1},
		"gone":        {class(connectors.NotFound), apply.Done, 1},
		"not reached": {class(connectors.Transient), apply.Skipped, 0},
	}
	for name, tt := range tests {
		b := newBench(t)
		if r := b.mustRun(creates("ann")); r.Counts[plan.CreateUser].Done != 1 {
			t.Fatalf("%+v", r)
		}
		account := b.outcome(plan.CreateUser, "ann").Account
		if !account.Names(ref("ann")) {
			t.Fatalf("the account of ann names %q", account.ExternalID)
		}
		b.writer.Before = func(applytest.Entry) error { return tt.answer }
		r := b.mustRun(moves(account.ID))
		out := b.outcome(plan.MoveLink, "bob")
		if out.Result != tt.want || r.Unnamed != tt.unnamed || (out.Text != "") != (tt.answer != nil) {
			t.Errorf("%s: %+v, %d unnamed; want %s, %d", name, out, r.Unnamed, tt.want, tt.unnamed)
		}
		if named := b.writer.Accounts()[0].Names(ref("bob")); named != (tt.answer == nil) || (out.Result == apply.Done && out.Account.Names(ref("bob")) != named) {
			t.Errorf("%s: names bob: %t; %+v", name, named, out.Account)
		}
	}
}

// TestResolveMove: a move whose answer was lost is done if the account names the user.
func TestResolveMove(t *testing.T) {
	for id, want := range map[string]apply.Result{"corp/bob": apply.Done, "corp/ann": apply.Skipped} {
		b := newBench(t)
		account := b.writer.Invite(mail("ann"))
		b.writer.Edit(account, func(a *plan.Account) { a.ExternalID = id })
		b.left(moves(account))
		if r, err := b.applier().Resolve(t.Context()); err != nil || r.Open != 0 || b.outcome(plan.MoveLink, "bob").Result != want {
			t.Errorf("%s: %+v, %v, %+v; want %s", id, b.outcome(plan.MoveLink, "bob"), err, r, want)
		}
	}
}

// TestUnknownMove: while it is not known whether a move was done, nothing is done for the user
// who had the account, nor for the one who gets it.
func TestUnknownMove(t *testing.T) {
	b := newBench(t)
	account := b.writer.Invite(mail("ann"))
	b.writer.Drop(account)
	b.left(moves(account))
	a := apply.New(apply.Options{Target: b.writer, Reader: blind{b.writer}, Journal: b.journal})
	if r, err := a.Resolve(t.Context()); err != nil || r.Open != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	writes := len(b.writer.Log())
	r, err := a.Run(t.Context(), plan.Plan{Ops: []plan.Op{creates("ann"), creates("bob"), creates("cid")}}, 0)
	if err != nil || r.Counts[plan.CreateUser] != (apply.Tally{Done: 1, Skipped: 2}) || len(b.writer.Log()) != writes+1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCreatedBefore: a creation of an earlier version, which wrote the ID alone, is settled.
func TestCreatedBefore(t *testing.T) {
	for id, want := range map[string]apply.Result{"ann": apply.Done, "corp/ann": apply.Done, "hr/ann": apply.Failed} {
		b := newBench(t)
		b.writer.Edit(b.writer.Invite(mail("ann")), func(a *plan.Account) { a.ExternalID = id })
		b.left(creates("ann"))
		if _, err := b.applier().Resolve(t.Context()); err != nil || b.outcome(plan.CreateUser, "ann").Result != want {
			t.Errorf("%s: %+v, %v; want %s", id, b.outcome(plan.CreateUser, "ann"), err, want)
		}
	}
}
