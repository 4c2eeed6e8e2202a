package syncer_test

import (
	"errors"
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// disable has the directory list the last n users as disabled.
func (f *following) disable(n int) {
	for i := range n {
		f.users[len(f.users)-1-i].Status = connectors.StatusDisabled
	}
	f.publish()
}

// TestHeldInEachRun: what one run holds, the next holds for the same reason, whatever it reads.
func TestHeldInEachRun(t *testing.T) {
	f := newFollowing(t)
	f.disable(4) // two go
	first := holdsOf(f.pass().Run, guard.WhyRunLimit)
	if len(first) != 1 || len(first[0].Ops) != 2 {
		t.Fatalf("want one hold of two: %v", first)
	}
	same := func(read string, out syncer.Outcome) {
		if held := out.Run.Held; len(held) != 1 || held[0].Why != guard.WhyRunLimit || held[0].Hash() != first[0].Hash() {
			t.Errorf("%s: held %v", read, held)
		}
	}
	same("a delta read", f.ring())
	f.fake.FailRead(errors.New("it does not answer"))
	same("a read that failed", f.pass())
	f.approve(guard.WhyRunLimit)
	if out := f.pass(); len(out.Plan.Ops) > 0 || len(holdsOf(out.Run, guard.WhySource)) != 1 {
		t.Errorf("approved, and the source was not read:\n%s", out.Plan)
	}
	f.fake.FailRead(nil)
	if out := f.pass(); len(out.Plan.Ops) != 2 {
		t.Errorf("approved, and the source was read:\n%s", out.Plan)
	}
}

// TestApprovalEndsWhileASourceFails: what was approved and is planned no more is asked about
// anew when it comes again, also where another source could not be read meanwhile.
func TestApprovalEndsWhileASourceFails(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.options.Policy.Join = plan.Join{}
	account := func(active bool) {
		h.writer.Edit(h.accountOf("p00@example.com"), func(a *plan.Account) { a.Active = active })
	}
	asked := func() []plan.Held { return holdsOf(h.verify().Run, plan.WhyDeactivatedThere) }
	account(false)
	if held := asked(); len(held) != 1 {
		t.Fatalf("nothing is asked: %v", held)
	}
	h.approve(plan.WhyDeactivatedThere)
	account(true)
	h.hr.FailRead(errors.New("it does not answer"))
	if held := asked(); len(held) != 0 {
		t.Fatalf("it is asked about an account that is active: %v", held)
	}
	h.hr.FailRead(nil)
	account(false)
	if held := asked(); len(held) != 1 {
		t.Errorf("an approval counts for what came later: %v", held)
	}
}

// TestAuthorityAlone: the source that is believed lists a joined user as disabled, while the
// other one cannot be read: the account ends.
func TestAuthorityAlone(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.options.Policy.Join.Authority, h.options.Base = "hr", "rules 2"
	h.approveAll(h.read())
	h.read()
	h.ofHR[0].Status = connectors.StatusDisabled
	h.corp.FailRead(errors.New("it does not answer"))
	out := h.read()
	if live, _ := h.active("p00@example.com"); live {
		t.Errorf("the account is active:\n%s", out.Plan)
	}
}

// TestNestedGroupRenamed: the list of a group names a nested one by a name that it does not have
// any more. The members of that stay in the team, with all runs, until the list follows.
func TestNestedGroupRenamed(t *testing.T) {
	f := newFollowing(t)
	f.users = append(f.users, connectors.User{ID: "kim", Email: "kim@example.com", Status: connectors.StatusActive, Container: "people"})
	f.groups[2].Members, f.groups[1].Groups = []string{"kim"}, []string{"g3"}
	f.publish()
	f.pass()
	in := func() bool { return slices.Contains(f.writer.Members("Sales"), "kim@example.com") }
	if !in() {
		t.Fatal("a member of the nested group is not in the team")
	}
	f.groups[1].Groups = []string{"cn=old name"}
	f.publish()
	for name, run := range map[string]func() syncer.Outcome{"a delta read": f.ring, "a full read": f.pass} {
		if out := run(); !in() || len(holdsOf(out.Run, plan.WhyNotVisible)) != 1 {
			t.Errorf("%s: in the team: %t\n%s", name, in(), out.Plan)
		}
	}
	f.groups[1].Groups = nil
	f.publish()
	if f.pass(); in() {
		t.Error("a member of a group that is nested no more is in the team")
	}
}
