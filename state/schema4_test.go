package state_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
)

// TestFromSchema3 opens a file of schema 3 that has nested groups and members who are not
// listed, in two sources: the groups are as they were, and the next full read of the same
// lists finds nobody who left.
func TestFromSchema3(t *testing.T) {
	for _, step := range []int{0, 1} {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			path := older(t, "schema-3.db.gz")
			clock := statetest.NewClock()
			db := openWith(t, path, state.Options{Step: step, Now: clock.Now})
			must(t, db.Check(t.Context()))
			must(t, state.Check(t.Context(), path+".schema-3"))
			w := &statetest.World{T: t, Store: db, Clock: clock}
			groups := func() []plan.Group { return w.Load().Groups[:3] }
			// corp: ann, bob, cid, dan, fay and off, of whom a link remembers cid, dan and off.
			want := []plan.Group{
				{Ref: statetest.Ref("g1"), Name: "name of g1", Members: []uint32{0, 1}, Nested: []uint32{2}, Unresolved: 1},
				{Ref: statetest.Ref("g2"), Name: "name of g2", Members: []uint32{0}},
				{Ref: statetest.Ref("inner"), Name: "name of inner", Members: []uint32{1, 4}},
			}
			if diff := cmp.Diff(want, groups()); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			for _, g := range w.Load().Groups[3:] {
				if n := map[string]int{"all": 40, "some": 2}[g.Ref.ID]; len(g.Members) != n {
					t.Errorf("%s has %d members", g.Ref, len(g.Members))
				}
			}
			if _, err := w.Follow("corp", "cursor-5", statetest.Changes{}); err == nil {
				t.Error("changes were taken in before a full read")
			}
			outer, other := statetest.Group("g1", "ann", "bob", "zoe", "eve"), statetest.Group("g2", "ann", "gus")
			outer.Groups = []string{"inner", "elsewhere"}
			w.ReadAt("corp", "cursor-5", statetest.Users("ann", "bob", "fay"), outer, other, statetest.Group("inner", "bob", "fay"))
			want[0].Unresolved, want[1].Unresolved = 3, 1
			if diff := cmp.Diff(want, groups()); diff != "" {
				t.Errorf("groups after a read (-want +got):\n%s", diff)
			}
			if step > 0 { // what changed is taken in by one step
				return
			}
			_, err := w.Follow("corp", "cursor-6", statetest.Changes{Users: []connectors.User{statetest.User("gus")}})
			must(t, err)
			want[1].Members, want[1].Unresolved = []uint32{0, 5}, 0
			if diff := cmp.Diff(want, groups()); diff != "" {
				t.Errorf("groups after a member was listed (-want +got):\n%s", diff)
			}
			must(t, db.Check(t.Context()))
		})
	}
}
