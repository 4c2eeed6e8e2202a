package state_test

import (
	"fmt"
	"testing"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
)

// manyGroups returns 800 groups of 3,000 among n users, which begin at turn, between a
// small group a that sorts first and a small group z that sorts last.
func manyGroups(users []connectors.User, turn int, a, z []string) []connectors.Group {
	groups := []connectors.Group{statetest.Group("a", a...)}
	for g := range 800 {
		members := make([]string, 3000)
		for i := range members {
			members[i] = users[(g*7+i+turn)%len(users)].ID
		}
		groups = append(groups, statetest.Group(fmt.Sprintf("big-%04d", g), members...))
	}
	return append(groups, statetest.Group("z", z...))
}

// membersOf returns how many members a group has in the snapshot.
func membersOf(in plan.Input, id string) int {
	for _, g := range in.Groups {
		if g.Ref.ID == id {
			return len(g.Members)
		}
	}
	return -1
}

// TestReadBeyondAStep reads a company whose changed groups are more than one step takes,
// while few records change: all of it is stored before the read counts, by a full read
// and by a delta read alike.
func TestReadBeyondAStep(t *testing.T) {
	w := &statetest.World{T: t, Store: open(t, nil), Clock: statetest.NewClock()}
	users := crowd(5000, "")
	id := func(i int) string { return users[i].ID }
	holds := func(a, z int) {
		t.Helper()
		in := w.Load()
		if len(in.Groups) != 802 || membersOf(in, "a") != a || membersOf(in, "z") != z || membersOf(in, "big-0799") != 3000 {
			t.Fatalf("%d groups, %d in a, %d in z, %d in the last big one; want 802, %d, %d, 3000",
				len(in.Groups), membersOf(in, "a"), membersOf(in, "z"), membersOf(in, "big-0799"), a, z)
		}
	}
	w.ReadAt("corp", "1", users, manyGroups(users, 0, []string{id(0), id(1)}, []string{id(2)})...)
	holds(2, 1)
	w.ReadAt("corp", "2", users, manyGroups(users, 1, []string{id(0)}, []string{id(1), id(2)})...)
	holds(1, 2)
	changed, err := w.Follow("corp", "3", statetest.Changes{Groups: manyGroups(users, 2, []string{id(3)}, []string{id(0), id(1), id(2)})})
	must(t, err)
	holds(1, 3)
	if len(changed.Lost) != 801 {
		t.Errorf("%d groups lost members, want 801", len(changed.Lost))
	}
}

// TestSmallSteps runs the suite with steps of a few records.
func TestSmallSteps(t *testing.T) {
	runSuite(t, state.Options{Step: 16 << 10})
}
