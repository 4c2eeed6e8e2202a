package syncer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// following is a house whose one source is a Fake that tells what changed.
type following struct {
	*house
	fake   *connectortest.Fake
	users  []connectors.User
	groups []connectors.Group
}

func newFollowing(t *testing.T) *following {
	t.Helper()
	f := &following{house: newHouse(t), fake: &connectortest.Fake{}}
	var members []string
	for _, id := range strings.Fields("ann bob cid dan eve fay gus hal ivy jon") {
		f.users = append(f.users, connectors.User{ID: id, Email: id + "@example.com", Status: connectors.StatusActive, Container: "people"})
		members = append(members, id)
	}
	f.groups = []connectors.Group{
		{ID: "g1", Name: "engineering", Members: members}, {ID: "g2", Name: "sales", Members: members[:3]}, {ID: "g3", Name: "nobody's"},
	}
	f.publish()
	f.options.Sources = []syncer.Source{{Name: "corp", Connector: f.fake}}
	f.approveAll(f.pass())
	f.pass()
	if out := f.pass(); len(out.Plan.Ops) > 0 || len(out.Plan.Held) > 0 {
		t.Fatalf("something is left to do:\n%s", out.Plan)
	}
	return f
}

func (f *following) publish() { f.fake.Set(f.users, f.groups) }

// ring runs the pass for the source that rang.
func (f *following) ring() syncer.Outcome {
	f.t.Helper()
	f.clock.Add(1)
	out, err := syncer.New(f.options).Run(f.t.Context(), syncer.Request{Trigger: "ring", Rings: []string{"corp"}})
	if err != nil {
		f.t.Fatalf("pass: %v\n%s", err, out.Plan)
	}
	return out
}

func kindsOf(p plan.Plan) (out []plan.Kind) {
	for _, op := range p.Ops {
		out = append(out, op.Kind)
	}
	slices.Sort(out)
	return out
}

// TestRingDoesWhatChanged: one pass after one ring does what each kind of change asks
// for.
func TestRingDoesWhatChanged(t *testing.T) {
	f := newFollowing(t)
	f.users[0].Status = connectors.StatusDisabled
	f.users[1].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Bob"}
	f.users = append(f.users, connectors.User{ID: "kim", Email: "kim@example.com", Status: connectors.StatusActive, Container: "people"})
	f.groups[0].Members = append(f.groups[0].Members, "kim")
	f.groups[1].Members = []string{"bob", "eve"} // without ann, who goes anyway, and cid
	f.publish()
	out := f.ring()
	want := []plan.Kind{plan.AddMember, plan.AddMember, plan.CreateUser, plan.Deactivate, plan.RemoveMember, plan.UpdateUser}
	slices.Sort(want)
	if got := kindsOf(out.Plan); !slices.Equal(got, want) {
		t.Errorf("planned %v, want %v\n%s", got, want, out.Plan)
	}
	if s := out.Run.Sources[0]; out.Run.Result != syncer.ResultDone || !s.Followed || s.Complete || s.Stated != 5 {
		t.Errorf("result %s, %+v", out.Run.Result, s)
	}
	if out := f.pass(); len(out.Plan.Ops) > 0 {
		t.Errorf("a whole reading finds something left to do:\n%s", out.Plan)
	}
}

// TestRingLooksUpWhoIsGone: who the directory says is gone is looked up. A user who is found
// keeps everything, as a note says; another one leaves.
func TestRingLooksUpWhoIsGone(t *testing.T) {
	f := newFollowing(t)
	f.users = f.users[1:]
	f.publish()
	if out := f.ring(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate}) || f.fake.Proves() == 0 {
		t.Errorf("%d look-ups\n%s", f.fake.Proves(), out.Plan)
	}
	f.users = slices.DeleteFunc(f.users, func(u connectors.User) bool { return u.ID == "cid" })
	f.publish()
	f.options.Sources[0].Connector = lying{f.fake}
	f.approveAll(f.ring()) // so many of ten are a question
	out := f.ring()
	if len(out.Plan.Ops) != 1 || out.Plan.Ops[0].Person.ID != "cid" || len(out.Plan.Held) > 0 || out.Run.Result != syncer.ResultDone {
		t.Errorf("%s, want cid to leave alone:\n%s", out.Run.Result, out.Plan)
	}
	if len(out.Run.Warnings) != 1 || out.Run.Warnings[0].Code != "found" || !strings.Contains(out.Run.Warnings[0].Text, "1 (user bob@example.com)") {
		t.Errorf("notes: %v", out.Run.Warnings)
	}
}

// lying says of bob and cid that they are gone.
type lying struct{ *connectortest.Fake }

func (l lying) Changes(_ context.Context, _ connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	for _, id := range []string{"bob", "cid"} {
		if err := r.Gone(connectors.UserObject, id); err != nil {
			return connectors.Delta{}, err
		}
	}
	return r.Delta("0")
}

// TestRingCarriesHolds: what a whole reading showed and the limits held stays to be
// approved, under the same hash, while passes follow that look at something else.
func TestRingCarriesHolds(t *testing.T) {
	f := newFollowing(t)
	for i := range 4 {
		f.users[i].Status = connectors.StatusDisabled
	}
	f.publish()
	full := f.pass()
	if held(full, guard.WhyRunLimit) != 2 {
		t.Fatalf("want two people over the limit:\n%s", full.Plan)
	}
	f.users[9].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Jon"}
	f.publish()
	out := f.ring()
	if !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.UpdateUser}) || len(out.Run.Held) != 1 || out.Run.Held[0].Hash() != full.Plan.Held[0].Hash() {
		t.Fatalf("the hold was lost or changed:\n%v\n%s", out.Run.Held, out.Plan)
	}
	if out.Run.Result != syncer.ResultHeld {
		t.Errorf("result %s, want held", out.Run.Result)
	}
	f.ring() // once more: it is carried on
	f.approveAll(full)
	if out := f.pass(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate, plan.Deactivate}) {
		t.Errorf("what was approved was not done:\n%s", out.Plan)
	}
}

// TestRingBeforeTheFirstPlan: nothing moves under the hands of whoever approves it.
func TestRingBeforeTheFirstPlan(t *testing.T) {
	f := newFollowing(t)
	f.options.Base = "rules 2"
	f.groups[0].Members = f.groups[0].Members[1:]
	f.publish()
	first := f.pass()
	if out := f.ring(); out.Run.ID != "" {
		t.Errorf("a pass was made: %+v", out.Run)
	}
	runs, err := syncer.LastRuns(t.Context(), f.store, 1)
	if err != nil || runs[0].ID != first.Run.ID {
		t.Errorf("the last run is %s, %v", runs[0].ID, err)
	}
}

// TestRingReadsWholeWhenLost: a source that cannot tell what changed is read whole.
func TestRingReadsWholeWhenLost(t *testing.T) {
	f := newFollowing(t)
	f.users = f.users[1:]
	f.publish()
	f.options.Sources[0].Connector = forgotten{f.fake}
	out := f.ring()
	if s := out.Run.Sources[0]; !s.Complete || s.Followed || !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate}) {
		t.Errorf("%+v\n%s", s, out.Plan)
	}
}

type forgotten struct{ *connectortest.Fake }

func (forgotten) Changes(context.Context, connectors.Cursor, *connectors.Reading) (connectors.Delta, error) {
	return connectors.Delta{}, connectors.ErrCursorLost
}

// TestRingThatFails changes nothing and says why, and the change is not lost.
func TestRingThatFails(t *testing.T) {
	f := newFollowing(t)
	f.users = f.users[1:]
	f.publish()
	f.fake.FailRead(errors.New("the line is dead"))
	out := f.ring()
	if len(out.Plan.Ops) > 0 || out.Run.Result != syncer.ResultFailed || out.Run.Sources[0].Error != "the line is dead" {
		t.Errorf("result %s, %+v\n%s", out.Run.Result, out.Run.Sources, out.Plan)
	}
	f.fake.FailRead(nil)
	if out := f.ring(); !slices.Equal(kindsOf(out.Plan), []plan.Kind{plan.Deactivate}) {
		t.Errorf("the change was lost:\n%s", out.Plan)
	}
}

// backwards is a directory that was put back to an earlier state.
type backwards struct{ *connectortest.Fake }

func (backwards) WentBack(connectors.Cursor, connectors.Cursor) error {
	return &connectors.Error{Class: connectors.Transient, Op: "compare with the last reading", Err: errors.New("the directory is older than it was")}
}

// TestOlderDirectory: who is missing from a copy that was put back is not gone.
func TestOlderDirectory(t *testing.T) {
	f := newFollowing(t)
	f.users = f.users[1:]
	f.publish()
	f.options.Sources[0].Connector = backwards{f.fake}
	out := f.pass()
	if len(out.Plan.Ops) > 0 || out.Run.Result != syncer.ResultFailed || !strings.Contains(out.Run.Sources[0].Error, "older than it was") {
		t.Errorf("result %s, %+v\n%s", out.Run.Result, out.Run.Sources, out.Plan)
	}
}

// TestPlanTellsNothingAway: what a plan read, or a pass that changed nothing, is told to
// the next ring all the same; the one after that reads what changed again.
func TestPlanTellsNothingAway(t *testing.T) {
	idle := map[string]func(*following) error{
		"plan": func(f *following) error {
			_, err := syncer.New(f.options).Plan(f.t.Context(), syncer.Request{Trigger: "plan"})
			return err
		},
		"import": func(f *following) error {
			_, err := syncer.New(f.options).Run(f.t.Context(), syncer.Request{Trigger: "import", DryRun: true, Import: syncer.ImportCompare})
			return err
		},
		"a plan that moved": func(f *following) error {
			_, err := syncer.New(f.options).Run(f.t.Context(), syncer.Request{Trigger: "apply", Only: "another"})
			if !errors.Is(err, syncer.ErrPlanMoved) {
				return err
			}
			return nil
		},
	}
	for name, look := range idle {
		t.Run(name, func(t *testing.T) {
			f := newFollowing(t)
			f.t = t
			f.users[0].Status = connectors.StatusDisabled
			f.groups[1].Members = []string{"bob"} // without cid, and without ann, who goes anyway
			f.publish()
			if err := look(f); err != nil {
				t.Fatal(err)
			}
			want := []plan.Kind{plan.Deactivate, plan.RemoveMember}
			if out := f.ring(); !slices.Equal(kindsOf(out.Plan), want) {
				t.Errorf("planned %v, want %v: the rest was seen before, and told to nobody\n%s", kindsOf(out.Plan), want, out.Plan)
			}
			if out := f.ring(); !out.Run.Sources[0].Followed {
				t.Errorf("the source is not followed any more: %+v", out.Run.Sources[0])
			}
		})
	}
}
