package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/syncer/plan"
)

// TestNestedGroupRenamed: a group nested in one of the team got another name, and the list of the
// other one names what is not known. Who was a member by it stays until an admin says otherwise.
func TestNestedGroupRenamed(t *testing.T) {
	world := func(replaced bool) plan.Input {
		w := newWorld(t).live("ann").live("bob").member("g-eng", "bob").hadIn("t1", "ann", "bob").group("g-2", "inner").member("g-2", "ann")
		in := w.input()
		for i := range in.Groups {
			in.Groups[i].Replaced = replaced && in.Groups[i].Name == "engineering"
		}
		return in
	}
	want := `
held not-visible: the list of group engineering (corp/g-eng) named a group and names what is not known in its place; memberships that stay for that: 1. Approve if the members of that group are to leave the team. If it has another name now, let the list name it by that.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; group engineering lists what is not known in the place of a group]
out of scope: corp/ann since 09:00`
	in := world(true)
	if diff := cmp.Diff(want, "\n"+render(in)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	p, _ := plan.Diff(in)
	in.Approved = map[plan.Hash]bool{p.Held[0].Ops[0].Hash(): true}
	if p, _ := plan.Diff(in); len(p.Ops) != 1 || len(p.Held) > 0 {
		t.Errorf("approved:\n%s", p)
	}
	if p, _ := plan.Diff(world(false)); len(p.Ops) != 1 || len(p.Held) > 0 {
		t.Errorf("once the list names no other:\n%s", p)
	}
}
