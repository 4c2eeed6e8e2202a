package syncer_test

import (
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

func (f *following) explain(text string) syncer.Explanation {
	f.t.Helper()
	x, err := syncer.New(f.options).Explain(f.t.Context(), text)
	if err != nil {
		f.t.Fatal(err)
	}
	return x
}

// TestExplainAfterRings: what a ring told is said to be as old as the ring.
func TestExplainAfterRings(t *testing.T) {
	f := newFollowing(t)
	before := f.explain("ann").People[0].Records[0]
	f.users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Ann"}
	f.publish()
	f.ring()
	after := f.explain("ann").People[0].Records[0]
	if !before.Read.Equal(after.Read) || !after.Followed.Equal(f.clock.Now()) {
		t.Errorf("read %s and followed %s, want %s and %s", after.Read, after.Followed, before.Read, f.clock.Now())
	}
}

// TestExplainLeftOut: whoever a team's group lists and who gets no account is named, with
// the reason.
func TestExplainLeftOut(t *testing.T) {
	f := newFollowing(t)
	f.users[2].Status = connectors.StatusDisabled
	f.options.Policy.ExcludeGroups = []string{"nobody's"}
	f.groups[2].Members = []string{"bob"}
	f.publish()
	f.pass()
	team := f.explain("Sales").Teams[0]
	want := []string{
		"bob@example.com: is in group nobody's, which people.exclude_groups names",
		"cid@example.com: is disabled in corp",
	}
	if team.Wanted != 1 || team.LeftOut != 2 || !slices.Equal(team.Barred, want) {
		t.Errorf("%d wanted, %d left out: %q", team.Wanted, team.LeftOut, team.Barred)
	}
}

// TestExplainGate: the gate is that of the rules of now, also where no pass has seen them.
func TestExplainGate(t *testing.T) {
	f := newFollowing(t)
	if gate := f.explain("ann").Gate; gate != guard.GateOpen {
		t.Errorf("the gate is %s", gate)
	}
	f.options.Base = "rules 2"
	if gate := f.explain("ann").Gate; gate != guard.GateClosed {
		t.Errorf("under other rules the gate is %s", gate)
	}
}

// TestEmailRemoved: an e-mail that the directory does not state any more stays, every pass
// says so, and nothing is planned, noted or held for it.
func TestEmailRemoved(t *testing.T) {
	f := newFollowing(t)
	f.users[0].Email = ""
	f.publish()
	for i := range 3 {
		out := f.pass()
		said := slices.ContainsFunc(out.Run.Warnings, func(w plan.Warning) bool { return w.Code == "email-unstated" })
		if !said || len(out.Plan.Ops) > 0 || out.Run.Result != syncer.ResultDone {
			t.Errorf("pass %d ended %s, with warnings %v\n%s", i, out.Run.Result, out.Run.Warnings, out.Plan)
		}
	}
	person := f.explain("ann@example.com").People[0]
	if person.Link.Email() != "ann@example.com" || len(person.Planned) > 0 {
		t.Errorf("the account has %q, planned %v", person.Link.Email(), person.Planned)
	}
}
