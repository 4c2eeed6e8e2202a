package apply_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// TestLostAnswers: a request whose answer is lost is looked at, never repeated
// blindly, and nothing else is done to its object meanwhile.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.writer.After = func(e applytest.Entry) error {
			if e.Verb == "create" {
				return class(connectors.Unknown)
			}
			return nil
		}
		r := b.mustRun(creates("ann"), member(plan.AddMember, "ann", ""), creates("bob"))
		if r.Unknown != 0 || b.outcome(plan.CreateUser, "ann").Result != apply.Done || b.outcome(plan.CreateUser, "bob").Result != apply.Done {
			t.Errorf("%+v; events %v", r, b.events)
		}
		if n := r.Counts[plan.AddMember].Skipped; n != 1 {
			t.Errorf("%d memberships skipped, want the one that waits", n)
		}
		if got := len(b.writer.Accounts()); got != 2 {
			t.Errorf("%d accounts, want 2", got)
		}
	})
}

// TestLostAndNotDone: a create that was lost on its way is settled as failed, with
// a wait before it is tried again; one of an earlier process is tried at once.
func TestLostAndNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.writer.Before = func(applytest.Entry) error { return class(connectors.Unknown) }
		r := b.mustRun(creates("ann"))
		if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || len(r.Failures) != 1 || r.Unknown != 0 {
			t.Errorf("%+v, %+v", out, r)
		}
		b = newBench(t)
		b.left(creates("ann"))
		if _, err := b.applier().Resolve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Skipped {
			t.Errorf("%+v, want skipped", out)
		}
	})
}

// TestResolve looks, by reads alone, at each kind of request that an earlier
// process left open, done and not done.
func TestResolve(t *testing.T) {
	tests := []struct {
		name string
		op   func(account plan.RemoteID) plan.Op
		do   func(*bench, plan.RemoteID) // what had reached Writer
	}{
		{"update", func(a plan.RemoteID) plan.Op {
			return on(plan.UpdateUser, "ann", a, plan.Change{Attribute: connectors.Title, New: "Boss"})
		}, func(b *bench, a plan.RemoteID) {
			b.writer.Edit(a, func(x *plan.Account) { x.Attributes[connectors.Title] = "Boss" })
		}},
		{"rename", func(a plan.RemoteID) plan.Op { return renames("ann", a, "new@example.com") }, func(b *bench, a plan.RemoteID) {
			b.writer.Edit(a, func(x *plan.Account) { x.UserName = "NEW@example.com" })
		}},
		{"deactivate", func(a plan.RemoteID) plan.Op { return on(plan.Deactivate, "ann", a) }, func(b *bench, a plan.RemoteID) {
			b.writer.Edit(a, func(x *plan.Account) { x.Active = false })
		}},
		{"deactivate, and the account went", func(a plan.RemoteID) plan.Op { return on(plan.Deactivate, "ann", a) }, func(b *bench, a plan.RemoteID) { b.writer.Drop(a) }},
		{"delete", func(a plan.RemoteID) plan.Op { return on(plan.DeleteUser, "ann", a) }, func(b *bench, a plan.RemoteID) { b.writer.Drop(a) }},
		{"add member", func(a plan.RemoteID) plan.Op { return member(plan.AddMember, "ann", a) }, func(b *bench, a plan.RemoteID) {
			if _, err := b.writer.EditTeam(b.t.Context(), "team-Sales", apply.TeamEdit{Add: []plan.RemoteID{a}}); err != nil {
				b.t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		for _, done := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, done: %t", tt.name, done), func(t *testing.T) {
				b := newBench(t)
				account := b.writer.Invite(mail("ann"))
				if done {
					tt.do(b, account)
				}
				writes := len(b.writer.Log())
				op := tt.op(account)
				b.left(op)
				r, err := b.applier().Resolve(t.Context())
				want := map[bool]apply.Result{true: apply.Done, false: apply.Skipped}[done]
				if out := b.outcome(op.Kind, "ann"); err != nil || r.Open != 0 || out.Result != want {
					t.Errorf("%+v, %v, %+v; want %s", out, err, r, want)
				}
				if len(b.writer.Log()) != writes {
					t.Error("resolving wrote something")
				}
			})
		}
	}
}

// TestResolveStrangers: an account that another person's creation made is in the
// way, and a team whose members are not shown whole proves no removal.
func TestResolveStrangers(t *testing.T) {
	b := newBench(t)
	if _, err := b.writer.CreateUser(t.Context(), apply.NewUser{ExternalID: "another", Attributes: map[connectors.Attribute]string{plan.UserName: mail("ann")}}); err != nil {
		t.Fatal(err)
	}
	account := b.writer.Invite(mail("bob"))
	for _, op := range []plan.Op{creates("ann"), member(plan.RemoveMember, "bob", account)} {
		b.left(op)
	}
	a := apply.New(apply.Options{Target: b.writer, Reader: halfSeen{b.writer}, Journal: b.journal, Now: time.Now})
	if _, err := a.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || out.Class != connectors.Conflict {
		t.Errorf("the creation: %+v", out)
	}
	if out := b.outcome(plan.RemoveMember, "bob"); out.Result != apply.Skipped {
		t.Errorf("the removal: %+v", out)
	}
}

// halfSeen is a Reader that shows no members.
type halfSeen struct{ *applytest.Writer }

func (halfSeen) ReadTeam(_ context.Context, id plan.RemoteID) (plan.ListedTeam, error) {
	return plan.ListedTeam{ID: id}, nil
}

// TestUnreadable: while Writer cannot be read, an open outcome stays open, and its
// object is left alone; others are not.
func TestUnreadable(t *testing.T) {
	b := newBench(t)
	account := b.writer.Invite(mail("ann"))
	b.left(on(plan.Deactivate, "ann", account))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.applier().Resolve(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("resolve after its context ended: %v", err)
	}
	a := apply.New(apply.Options{Target: b.writer, Reader: blind{b.writer}, Journal: b.journal, Now: time.Now})
	r, err := a.Resolve(t.Context())
	if err != nil || r.Open != 1 {
		t.Fatalf("%+v, %v; want one that stays open", r, err)
	}
	report, err := a.Run(t.Context(), plan.Plan{Ops: []plan.Op{on(plan.Reactivate, "ann", account), creates("bob")}}, 0)
	if err != nil || report.Counts[plan.Reactivate].Skipped != 1 || report.Counts[plan.CreateUser].Done != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// blind is a Reader that sees no single account.
type blind struct{ *applytest.Writer }

func (blind) ReadUser(context.Context, plan.RemoteID) (plan.Account, error) {
	return plan.Account{}, class(connectors.Transient)
}

// TestResolveUnnamed: an account with the e-mail of a lost creation that names nobody
// is not taken for the one that was made: it may be somebody's.
func TestResolveUnnamed(t *testing.T) {
	b := newBench(t)
	b.writer.Invite(mail("ann"))
	b.left(creates("ann"))
	if _, err := b.applier().Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := b.outcome(plan.CreateUser, "ann"); out.Result != apply.Failed || out.Class != connectors.Conflict || out.Account.ID == "" {
		t.Errorf("the creation: %+v", out)
	}
}
