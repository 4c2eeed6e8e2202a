package syncer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
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

// TestNestedGroupRenamed: a list names a nested group by a name that matches nothing. The members
// of that stay, in teams, in scope and no unmanaged members, until the list names it again or drops
// the name. All others leave as ever.
func TestNestedGroupRenamed(t *testing.T) {
	f := newFollowing(t)
	f.options.Policy.Rules[0].Exclusive, f.options.Policy.Rules[1].Exclusive = true, true
	for _, id := range []string{"kim", "lee"} {
		f.users = append(f.users, connectors.User{ID: id, Email: id + "@example.com", Status: connectors.StatusActive, Container: "people"})
	}
	f.groups[2].Members, f.groups[1].Groups = []string{"kim"}, []string{"g3"}
	f.options.Base = "exclusive"
	f.publish()
	f.approveAll(f.pass())
	f.pass()
	f.pass()
	in := func(id string) bool { return slices.Contains(f.writer.Members("Sales"), id+"@example.com") }
	if !in("kim") {
		t.Fatal("a member of the nested group is not in the team")
	}
	stays := func(what string, list ...string) {
		t.Helper()
		f.groups[1].Groups = list
		f.publish()
		for _, run := range []func() syncer.Outcome{f.ring, f.pass, f.verify} {
			f.clock.Add(2 * time.Hour)
			if out := run(); !in("kim") || len(out.Plan.Ops) > 0 || !slices.ContainsFunc(out.Run.Warnings, func(w plan.Warning) bool { return w.Code == plan.UnresolvedMembers }) {
				t.Errorf("%s: in the team: %t, %v\n%s", what, in("kim"), out.Run.Warnings, out.Plan)
			}
		}
	}
	stays("another name", "cn=old name")
	stays("a second name", "cn=older name")
	stays("two names", "cn=older name", "cn=more")
	stays("one of them", "cn=more")

	f.groups[1].Members = f.groups[1].Members[1:] // without ann
	f.publish()
	if f.ring(); in("ann") || !in("kim") {
		t.Errorf("a user who left the list is in the team: %t, one of the nested group: %t", in("ann"), in("kim"))
	}
	members := f.groups[1].Members
	f.groups[1].Members, f.groups[1].Groups = nil, nil
	f.publish()
	if f.pass(); !in("kim") || !in("bob") {
		t.Errorf("the list is empty, in the team: %t, %t", in("kim"), in("bob"))
	}
	f.groups[1].Members = members
	f.publish()
	if out := f.pass(); in("kim") {
		t.Errorf("a member of a group that is nested no more is in the team\n%s", out.Plan)
	}
}

// TestFirstRunAfterARestore: a state of the past was restored. A source that notifies makes a run
// that reads Writer in full, and all sources: the account of a user who has a new ID since, and
// another e-mail, is not taken for that of one who left.
func TestFirstRunAfterARestore(t *testing.T) {
	for name, dry := range map[string]bool{"a dry run before it": true, "no run before it": false} {
		t.Run(name, func(t *testing.T) { firstRunAfterARestore(t, dry) })
	}
}

func firstRunAfterARestore(t *testing.T, dry bool) {
	t.Helper()
	f := newFollowing(t)
	account := f.accountOf("ann@example.com")
	f.writer.Edit(account, func(a *plan.Account) {
		a.UserName, a.ExternalID = "ann.b@example.com", "corp/ann2"
	})
	f.users[0].ID, f.users[0].Email = "ann2", "ann.b@example.com"
	for i := range f.groups[:2] {
		f.groups[i].Members = slices.Clone(f.groups[i].Members)
		f.groups[i].Members[0] = "ann2"
	}
	f.publish()
	err := f.store.Update(t.Context(), func(tx syncer.Writer) error {
		control, err := tx.Control()
		control.Verified = time.Time{}
		return errors.Join(err, tx.SetControl(control))
	})
	if err != nil {
		t.Fatal(err)
	}
	if dry {
		if _, err := syncer.New(f.options).Plan(t.Context(), syncer.Request{Verify: true}); err != nil {
			t.Fatal(err)
		}
	}
	out := f.ring()
	if len(out.Plan.Ops) > 0 || len(holdsOf(out.Run, plan.WhyNewID)) != 1 || (!dry && (!out.Run.Verified || !out.Run.Sources[0].Complete)) {
		t.Errorf("verified: %t\n%s", out.Run.Verified, out.Plan)
	}
}

// unfindable is a Writer in which no account can be looked for by its e-mail.
type unfindable struct{ *applytest.Writer }

func (unfindable) FindUser(context.Context, string) (plan.Account, error) {
	return plan.Account{}, errors.New("it does not answer")
}

// TestWhatWaitsIsNotLookedFor: what waits for a full read costs no request to Writer in the runs
// before it.
func TestWhatWaitsIsNotLookedFor(t *testing.T) {
	f := newFollowing(t)
	f.disable(4) // two go
	f.pass()
	f.options.Protected.Emails = map[string]bool{"break-glass@example.com": true}
	f.options.Target = unfindable{f.writer}
	if out := f.ring(); len(holdsOf(out.Run, guard.WhyRunLimit)) != 1 || out.Run.Error != "" {
		t.Errorf("%s\n%s", out.Run.Error, out.Plan)
	}
}
