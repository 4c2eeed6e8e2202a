package syncer_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// TestDriftIsConfirmed: what an earlier run saw in Writer is looked at once more before it is
// repaired, and left alone where an admin of Writer undid it.
func TestDriftIsConfirmed(t *testing.T) {
	f := newRenamed(t) // three accounts have another name
	gone := f.accountOf(f.users[3].Email)
	if _, err := f.writer.EditTeam(t.Context(), f.teamOf(gone), apply.TeamEdit{Remove: []plan.RemoteID{gone}}); err != nil {
		t.Fatal(err)
	}
	if seen := f.planOnly().Plan; len(seen.Ops) != 4 {
		t.Fatalf("want three names and a membership\n%s", seen)
	}
	f.writer.Edit(f.accountOf(f.users[0].Email), func(a *plan.Account) {
		a.Attributes[connectors.DisplayName] = f.users[0].Attributes[connectors.DisplayName]
	})
	var wrote atomic.Int32 // requests of one run are sent side by side
	f.writer.Before = func(applytest.Entry) error { wrote.Add(1); return nil }
	if out := f.pass(); !out.Run.More || wrote.Load() != 3 {
		t.Errorf("%d requests, want the two names that are still others, and the membership\n%s", wrote.Load(), out.Plan)
	}
	if out := f.pass(); len(out.Plan.Ops) > 0 || f.others() > 0 {
		t.Errorf("it does not settle\n%s", out.Plan)
	}
}

// TestPartOfAnUpdateGoes: of an update, what the directory shows goes although what others
// changed in Writer is not as it was seen.
func TestPartOfAnUpdateGoes(t *testing.T) {
	f := newRenamed(t)
	f.planOnly()
	f.users[0].Attributes[connectors.Title] = "Engineer"
	f.publish()
	ann := f.accountOf(f.users[0].Email)
	f.writer.Edit(ann, func(a *plan.Account) { a.Attributes[connectors.DisplayName] = "Third" })
	out := f.pass()
	at := slices.IndexFunc(out.Plan.Ops, func(o plan.Op) bool { return o.Account == ann })
	if at < 0 || out.Plan.Ops[at].Reason.Basis != plan.Shown || len(out.Plan.Ops[at].Changes) != 1 || !out.Run.More {
		t.Errorf("want the title alone, and another run\n%s", out.Plan)
	}
	if out := f.pass(); len(out.Plan.Ops) != 1 || out.Plan.Ops[0].Reason.Basis != plan.Drift {
		t.Errorf("want the name, as it was seen last\n%s", out.Plan)
	}
	if out := f.pass(); len(out.Plan.Ops) > 0 || f.others() > 0 {
		t.Errorf("it does not settle\n%s", out.Plan)
	}
}

// planOnly makes a dry run that reads Writer in full.
func (f *following) planOnly() syncer.Outcome {
	f.t.Helper()
	out, err := syncer.New(f.options).Plan(f.t.Context(), syncer.Request{Verify: true})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// teamOf returns a team that the account is in.
func (f *following) teamOf(account plan.RemoteID) plan.RemoteID {
	f.t.Helper()
	all, err := f.writer.ReadAll(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	i := slices.IndexFunc(all.Teams, func(team plan.ListedTeam) bool { return slices.Contains(team.Members, account) })
	if i < 0 {
		f.t.Fatal("the account is in no team")
	}
	return all.Teams[i].ID
}
