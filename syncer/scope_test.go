package syncer_test

import (
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// newGraced has a mapped group of ten. One of them, jon, is in no other, and a group that keeps out
// its members: kim, who is in no other.
func newGraced(t *testing.T) *following {
	t.Helper()
	f := newFollowing(t)
	f.options.Policy.Grace, f.options.Policy.ExcludeGroups = time.Hour, []string{"nobody's"}
	f.users = append(f.users, connectors.User{ID: "kim", Email: "kim@example.com", Status: connectors.StatusActive, Container: "people"})
	f.exclude(false)
	f.pass()
	return f
}

// exclude puts jon into the group that keeps out, or takes him out of it.
func (f *following) exclude(out bool) {
	f.groups[2].Members = []string{"kim"}
	if out {
		f.groups[2].Members = []string{"kim", "jon"}
	}
	f.publish()
}

// since holds since when jon is out of scope, and when his account ends, as explain says.
func (f *following) since(what string, since, ends time.Time) {
	f.t.Helper()
	facts := f.explain("jon").People[0]
	if !facts.OutSince.Equal(since) || !facts.Ends.Equal(ends) {
		f.t.Errorf("%s: out of scope since %s until %s, want %s and %s", what, facts.OutSince, facts.Ends, since, ends)
	}
	if standing := facts.Link.Standing; standing != plan.Live {
		f.t.Errorf("%s: the account is %s", what, standing)
	}
}

// TestScopeBeginsWithAFullRead: a run that a source asked for takes the team, and the next
// full read finds the user out of scope.
func TestScopeBeginsWithAFullRead(t *testing.T) {
	f := newGraced(t)
	f.groups[0].Members = f.groups[0].Members[:9]
	f.publish()
	if out := f.ring(); len(out.Plan.Ops) != 1 || out.Plan.Ops[0].Kind != plan.RemoveMember {
		t.Fatalf("the run does\n%s", out.Plan)
	}
	f.since("after the ring", time.Time{}, time.Time{})
	f.pass()
	began := f.clock.Now()
	f.since("after the full read", began, began.Add(time.Hour))
	f.clock.Add(50 * time.Minute)
	if out := f.pass(); len(out.Plan.Ops)+len(out.Plan.Held) > 0 || out.Run.Result != syncer.ResultDone || len(out.Run.Warnings) != 1 {
		t.Errorf("within the hour the run does\n%s\nand says %v", out.Plan, out.Run.Warnings)
	}
	f.clock.Add(10 * time.Minute)
	if out := f.ring(); len(out.Plan.Ops) > 0 {
		t.Errorf("a ring ends the account:\n%s", out.Plan)
	}
	if out := f.pass(); len(out.Plan.Ops) != 1 || out.Plan.Ops[0].Kind != plan.Deactivate {
		t.Errorf("after the hour the run does\n%s", out.Plan)
	}
}

// TestScopeCountsFromTheRemoval: the hour begins anew when a membership was removed.
func TestScopeCountsFromTheRemoval(t *testing.T) {
	f := newGraced(t)
	f.groups[0].Members = f.groups[0].Members[:9]
	f.publish()
	if err := syncer.Pause(t.Context(), f.store, true, "test", f.clock.Now()); err != nil {
		t.Fatal(err)
	}
	f.pass()
	f.since("while the removal is held", f.clock.Now(), time.Time{})
	f.clock.Add(3 * time.Hour)
	f.pass()
	if err := syncer.Pause(t.Context(), f.store, false, "test", f.clock.Now()); err != nil {
		t.Fatal(err)
	}
	f.pass()
	removed := f.clock.Now()
	f.since("once it was removed", removed, removed.Add(time.Hour))
	f.clock.Add(50 * time.Minute)
	f.pass()
	f.since("within the hour", removed, removed.Add(time.Hour))
	if out := f.pass(); len(out.Plan.Ops) != 1 || out.Plan.Ops[0].Kind != plan.Deactivate {
		t.Errorf("after the hour the run does\n%s", out.Plan)
	}
}

// TestScopeAndDryRuns: a dry run begins nothing, and ends what a group ends.
func TestScopeAndDryRuns(t *testing.T) {
	f := newGraced(t)
	look := func() {
		t.Helper()
		if _, err := syncer.New(f.options).Plan(t.Context(), syncer.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	f.exclude(true)
	look()
	f.since("seen by a dry run", time.Time{}, time.Time{})
	f.pass()
	f.since("seen by a run", f.clock.Now(), f.clock.Now().Add(time.Hour))
	f.exclude(false)
	look()
	f.exclude(true)
	f.clock.Add(time.Hour)
	f.pass()
	f.since("seen again", f.clock.Now(), f.clock.Now().Add(time.Hour))
}

// TestScopeUnderReview: a configuration that leaves out a user is asked about with the
// account that would end, and the hour begins once it is approved.
func TestScopeUnderReview(t *testing.T) {
	f := newGraced(t)
	f.exclude(true)
	f.options.Policy.ExcludeGroups, f.options.Base = nil, "rules 2"
	f.approveAll(f.pass())
	f.pass()
	f.options.Policy.ExcludeGroups, f.options.Base = []string{"nobody's"}, "rules 3"
	for range 2 {
		f.clock.Add(2 * time.Hour)
		out := f.pass()
		if len(out.Plan.Held) != 1 || out.Plan.Held[0].Why != guard.WhyGate || len(out.Plan.Held[0].Ops) != 1 || out.Plan.Held[0].Ops[0].Kind != plan.Deactivate {
			t.Fatalf("asked about is\n%s", out.Plan)
		}
		f.since("under review", time.Time{}, time.Time{})
	}
	f.approveAll(f.pass())
	f.pass()
	began := f.clock.Now()
	f.since("approved", began, began.Add(time.Hour))
	f.clock.Add(50 * time.Minute)
	f.pass()
	f.since("within the hour", began, began.Add(time.Hour))
	if out := f.pass(); len(out.Plan.Ops) != 1 || out.Plan.Ops[0].Kind != plan.Deactivate {
		t.Errorf("after the hour the run does\n%s", out.Plan)
	}
}

// TestScopeOfOneWhoWasDisabled: who was disabled while out of scope, and comes back, has
// nothing left of that time.
func TestScopeOfOneWhoWasDisabled(t *testing.T) {
	f := newGraced(t)
	f.exclude(true)
	f.pass()
	f.users[9].Status = connectors.StatusDisabled
	f.publish()
	f.pass()
	f.users[9].Status = connectors.StatusActive
	f.exclude(false)
	f.clock.Add(2 * time.Hour)
	f.pass()
	f.exclude(true)
	f.pass()
	f.since("left out again", f.clock.Now(), f.clock.Now().Add(time.Hour))
}
