package syncer_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// verify runs the pass that reads Writer in full.
func (f *house) verify() syncer.Outcome {
	f.t.Helper()
	f.clock.Add(time.Minute)
	out, err := syncer.New(f.options).Run(f.t.Context(), syncer.Request{Trigger: "test", Verify: true})
	if err != nil {
		f.t.Fatalf("pass: %v\n%s", err, out.Plan)
	}
	return out
}

// approve approves what the last pass holds for a reason.
func (f *house) approve(why plan.Why) {
	f.t.Helper()
	runs, err := syncer.LastRuns(f.t.Context(), f.store, 1)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, h := range runs[0].Held {
		if h.Why != why {
			continue
		}
		if _, err := syncer.Approve(f.t.Context(), f.store, syncer.ApproveRequest{Hash: string(h.Hash()), By: "admin", At: f.clock.Now()}); err != nil {
			f.t.Fatal(err)
		}
		return
	}
	f.t.Fatalf("the last pass holds no %s: %v", why, runs[0].Held)
}

func (f *house) accountOf(mail string) plan.RemoteID {
	f.t.Helper()
	all := f.writer.Accounts()
	at := slices.IndexFunc(all, func(a plan.Account) bool { return a.Email() == mail })
	if at < 0 {
		f.t.Fatalf("nobody has %s", mail)
	}
	return all[at].ID
}

func holdsOf(r syncer.Run, why plan.Why) (out []plan.Held) {
	for _, h := range r.Held {
		if h.Why == why {
			out = append(out, h)
		}
	}
	return out
}

// asked are questions that only a full read of Writer shows: what an admin did there,
// and what an approval then leads to.
var asked = map[string]struct {
	why    plan.Why
	happen func(*following)
	want   []plan.Kind
}{
	"deactivated": {plan.WhyDeactivatedThere, func(f *following) {
		f.writer.Edit(f.accountOf("ann@example.com"), func(a *plan.Account) { a.Active = false })
	}, []plan.Kind{plan.Reactivate}},
	"deleted": {plan.WhyAccountMissing, func(f *following) {
		f.writer.Drop(f.accountOf("ann@example.com"))
	}, []plan.Kind{plan.AddMember, plan.AddMember, plan.CreateUser}},
	"deleted and invited anew": {plan.WhyAccountMissing, func(f *following) {
		f.writer.Drop(f.accountOf("ann@example.com"))
		f.writer.Invite("ann@example.com")
	}, []plan.Kind{plan.AddMember, plan.AddMember, plan.AdoptUser}},
	"many put into an exclusive team": {guard.WhyTeamLimit, func(f *following) {
		var strangers []plan.RemoteID
		for i := range 8 {
			strangers = append(strangers, f.writer.Invite(fmt.Sprintf("stranger%d@example.com", i)))
		}
		if _, err := f.writer.EditTeam(f.t.Context(), "team-Engineering", apply.TeamEdit{Add: strangers}); err != nil {
			f.t.Fatal(err)
		}
	}, slices.Repeat([]plan.Kind{plan.RemoveMember}, 8)},
}

// TestQuestionsOfAFullReadStay: passes that do not read Writer in full leave what one
// that did has asked, until it is answered.
func TestQuestionsOfAFullReadStay(t *testing.T) {
	for name, c := range asked {
		t.Run(name, func(t *testing.T) {
			f := newFollowing(t)
			f.options.Policy.Rules[0].Exclusive = true
			c.happen(f)
			first := holdsOf(f.verify().Run, c.why)
			if len(first) != 1 {
				t.Fatalf("want one hold, %s: %v", c.why, first)
			}
			f.ring()
			f.users[9].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Jon"}
			f.publish()
			for _, pass := range []func() syncer.Outcome{f.ring, f.pass, f.pass} {
				if now := holdsOf(pass().Run, c.why); len(now) != 1 || now[0].Hash() != first[0].Hash() {
					t.Fatalf("the hold was lost or changed: %v", now)
				}
			}
			f.approve(c.why)
			if out := f.pass(); !slices.Equal(kindsOf(out.Plan), c.want) || len(out.Run.Held) > 0 {
				t.Errorf("what was approved was not done: held %v\n%s", out.Run.Held, out.Plan)
			}
		})
	}
}

// TestAnsweredInTheDirectory: a question of a full read is none any more once the
// directory has answered it, and follows what the directory says meanwhile.
func TestAnsweredInTheDirectory(t *testing.T) {
	newly := func(t *testing.T, why string) *following {
		f := newFollowing(t)
		asked[why].happen(f)
		if len(holdsOf(f.verify().Run, asked[why].why)) != 1 {
			t.Fatal("nothing is asked")
		}
		return f
	}
	for _, why := range []string{"deactivated", "deleted"} {
		t.Run(why+", and then disabled", func(t *testing.T) {
			f := newly(t, why)
			f.users[0].Status = connectors.StatusDisabled
			f.publish()
			if out := f.ring(); len(out.Run.Held) > 0 {
				t.Errorf("held still: %v", out.Run.Held)
			}
		})
	}
	t.Run("deleted, and then renamed", func(t *testing.T) {
		f := newly(t, "deleted")
		f.users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Ann"}
		f.publish()
		f.pass()
		f.approve(plan.WhyAccountMissing)
		if out := f.pass(); !slices.Equal(kindsOf(out.Plan), asked["deleted"].want) || len(out.Run.Held) > 0 {
			t.Errorf("what was approved was not done: held %v\n%s", out.Run.Held, out.Plan)
		}
	})
}

// TestReportsStay: what was changed in Writer and is only reported is shown until it is
// undone there, or the directory wants it so.
func TestReportsStay(t *testing.T) {
	f := newFollowing(t)
	f.users[1].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Bob"}
	f.publish()
	f.pass()
	f.options.Policy.Drift = plan.DriftPolicy{Attributes: plan.Report, Members: plan.Report}
	f.writer.Edit(f.accountOf("bob@example.com"), func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "Robert" })
	cid := f.accountOf("cid@example.com")
	if _, err := f.writer.EditTeam(t.Context(), "team-Sales", apply.TeamEdit{Remove: []plan.RemoteID{cid}}); err != nil {
		t.Fatal(err)
	}
	first := f.verify()
	if len(holdsOf(first.Run, plan.WhyDrift)) != 2 {
		t.Fatalf("want two reports: %v", first.Run.Held)
	}
	for _, pass := range []func() syncer.Outcome{f.pass, f.ring} {
		if now := holdsOf(pass().Run, plan.WhyDrift); len(now) != 2 {
			t.Errorf("reported are %v", now)
		}
	}
	f.groups[1].Members = []string{"ann", "bob"}
	f.publish()
	if now := holdsOf(f.ring().Run, plan.WhyDrift); len(now) != 1 || now[0].Ops[0].Kind != plan.UpdateUser {
		t.Errorf("reported are %v, and cid is to be in the team no more", now)
	}
	f.writer.Edit(f.accountOf("bob@example.com"), func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "Bob" })
	if out := f.verify(); len(out.Run.Held) > 0 {
		t.Errorf("held still: %v", out.Run.Held)
	}
}

// TestRevivedStays: so does the question about somebody who is gone and whose account an
// admin brought back.
func TestRevivedStays(t *testing.T) {
	f := newFollowing(t)
	ann := f.accountOf("ann@example.com")
	f.users = f.users[1:]
	f.publish()
	f.pass()
	f.writer.Edit(ann, func(a *plan.Account) { a.Active = true })
	f.verify()
	f.pass()
	f.ring()
	f.approve(plan.WhyRevivedThere)
	if out := f.pass(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate}) {
		t.Errorf("what was approved was not done: held %v\n%s", out.Run.Held, out.Plan)
	}
}

// TestPausedIsNoQuestion: what only the kill switch held is not held any more once it is
// off, and what a full read showed meanwhile is repaired.
func TestPausedIsNoQuestion(t *testing.T) {
	f := newFollowing(t)
	f.pause(true)
	cid := f.accountOf("cid@example.com")
	if _, err := f.writer.EditTeam(t.Context(), "team-Sales", apply.TeamEdit{Remove: []plan.RemoteID{cid}}); err != nil {
		t.Fatal(err)
	}
	f.users[0].Status = connectors.StatusDisabled
	f.publish()
	if out := f.verify(); len(holdsOf(out.Run, guard.WhyPaused)) == 0 {
		t.Fatalf("nothing is held:\n%s", out.Plan)
	}
	f.pause(false)
	if out := f.ring(); len(out.Run.Held) != 1 || len(holdsOf(out.Run, guard.WhySource)) != 1 || !slices.Contains(kindsOf(out.Plan), plan.AddMember) {
		t.Errorf("held: %v\n%s", out.Run.Held, out.Plan)
	}
	if out := f.pass(); len(out.Run.Held) > 0 || !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate}) || !slices.Contains(f.writer.Members("Sales"), "cid@example.com") {
		t.Errorf("held: %v\n%s", out.Run.Held, out.Plan)
	}
}

// TestManyQuestions: taking over what is asked costs as much as there is of it, and not
// its square: a source may ring every few seconds.
func TestManyQuestions(t *testing.T) {
	cost := func(n int) float64 {
		f := newFollowing(t)
		for i := range n {
			id := fmt.Sprintf("p%03d", i)
			f.users = append(f.users, connectors.User{ID: id, Email: id + "@example.com", Status: connectors.StatusActive, Container: "people"})
			f.groups[0].Members = append(f.groups[0].Members, id)
		}
		f.publish()
		f.pass()
		for _, a := range f.writer.Accounts() {
			f.writer.Edit(a.ID, func(a *plan.Account) { a.Active = false })
		}
		f.verify()
		if asked := holdsOf(f.ring().Run, plan.WhyDeactivatedThere); len(asked) < n {
			t.Fatalf("%d questions, want more than %d", len(asked), n)
		}
		return testing.AllocsPerRun(1, func() { f.ring() })
	}
	if few, many := cost(50), cost(800); many > 32*few {
		t.Errorf("%.0f allocations for sixteen times as many questions, and %.0f for few", many, few)
	}
}

// TestRolesStay: that somebody is to become an org admin, or one again, is asked until it
// is approved.
func TestRolesStay(t *testing.T) {
	const role = connectors.Attribute("urn:x:role")
	f := newFollowing(t)
	f.options.Base, f.options.Policy.Roles = "rules 2", plan.Roles{Attribute: role, Admins: map[string]bool{"ann@example.com": true}}
	f.users[1].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Bob"}
	f.publish()
	f.pass()
	f.approve(guard.WhyGate)
	for _, pass := range []func() syncer.Outcome{f.pass, f.verify, f.pass, f.ring, f.pass} {
		if out := pass(); len(holdsOf(out.Run, guard.WhyRole)) != 1 {
			t.Fatalf("the role is asked for no more: %v\n%s", out.Run.Held, out.Plan)
		}
	}
	f.approve(guard.WhyRole)
	if out := f.pass(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.SetRole}) || len(out.Run.Held) > 0 {
		t.Fatalf("what was approved was not done: held %v\n%s", out.Run.Held, out.Plan)
	}
	f.users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Ann"}
	f.publish()
	f.pass()
	f.options.Policy.Drift.Attributes = plan.Report
	f.writer.Edit(f.accountOf("ann@example.com"), func(a *plan.Account) {
		a.Attributes[role], a.Attributes[connectors.DisplayName] = plan.RoleMember, "Other"
	})
	if out := f.verify(); len(out.Run.Held) != 2 {
		t.Fatalf("want the role and the name: %v", out.Run.Held)
	}
	for _, pass := range []func() syncer.Outcome{f.pass, f.ring, f.pass} {
		if out := pass(); len(out.Run.Held) != 2 {
			t.Fatalf("want the role and the name: %v", out.Run.Held)
		}
	}
	f.approve(guard.WhyRole)
	if out := f.pass(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.SetRole}) {
		t.Errorf("what was approved was not done: held %v\n%s", out.Run.Held, out.Plan)
	}
}

// TestRevivedOverTheLimitStay: so does what the limits hold of people who are disabled
// and whose accounts an admin brought back.
func TestRevivedOverTheLimitStay(t *testing.T) {
	f := newFollowing(t)
	accounts := []plan.RemoteID{f.accountOf("ann@example.com"), f.accountOf("bob@example.com")}
	f.users[0].Status, f.users[1].Status = connectors.StatusDisabled, connectors.StatusDisabled
	f.publish()
	f.pass()
	f.clock.Add(8 * 24 * time.Hour)
	f.options.Limits.Run = 1
	for _, a := range accounts {
		f.writer.Edit(a, func(a *plan.Account) { a.Active = true })
	}
	first := holdsOf(f.verify().Run, guard.WhyRunLimit)
	if len(first) != 1 {
		t.Fatalf("want one hold: %v", first)
	}
	for _, pass := range []func() syncer.Outcome{f.pass, f.ring, f.pass} {
		if now := holdsOf(pass().Run, guard.WhyRunLimit); len(now) != 1 || now[0].Hash() != first[0].Hash() {
			t.Fatalf("the hold was lost or changed: %v", now)
		}
	}
	f.approve(guard.WhyRunLimit)
	if out := f.pass(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate}) || len(out.Run.Held) > 0 {
		t.Errorf("what was approved was not done: held %v\n%s", out.Run.Held, out.Plan)
	}
}
