package state

import (
	"fmt"
	"path/filepath"
	"testing"

	"writersync/connectors"
)

// TestReferencesOfALargeRead reads users by names, more than one step takes, into groups that
// list them by these, in other groups and in no group: a first read, one that changes nothing,
// and one in which every name is another.
func TestReferencesOfALargeRead(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), Options{Step: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	const people, size = 3000, 50
	world := func(unit string) ([]connectors.User, []connectors.Group) {
		users, _ := company(people)
		var groups []connectors.Group
		for i := range users {
			users[i].Names = []string{fmt.Sprintf("uid=%d,ou=%s", i, unit)}
			if i%size == 0 {
				id := fmt.Sprintf("g%04d", i/size)
				groups = append(groups, connectors.Group{ID: id, Name: id, Names: []string{"cn=" + id}, Members: []string{"cn=g0000", "uid=gone,ou=" + unit}})
			}
			g := &groups[len(groups)-1]
			g.Members = append(g.Members, users[i].Names[0])
		}
		return users, groups
	}
	check := func(what string) {
		t.Helper()
		in, err := loadAll(db)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range in.Groups {
			if len(g.Members) != size || len(g.Nested) != 1 || g.Unresolved != 1 || len(g.Dangling) != 0 {
				t.Fatalf("%s: group %s has %d members, %d nested, %d dangling, %d unresolved", what, g.Ref, len(g.Members), len(g.Nested), len(g.Dangling), g.Unresolved)
			}
		}
	}
	users, groups := world("people")
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	check("first")
	if n := written(t, db, func() error { return readInto(db, users, groups) }); n != 0 {
		t.Errorf("a read that changes nothing writes %d bytes", n)
	}
	users, groups = world("staff")
	if err := readInto(db, users, groups); err != nil {
		t.Fatal(err)
	}
	check("renamed, and the lists follow")
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	_, stale := world("people")
	if err := readInto(db, users, stale); err != nil {
		t.Fatal(err)
	}
	in, err := loadAll(db)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range in.Groups {
		if len(g.Members) != size || len(g.Dangling) != size || g.Unresolved != size+1 {
			t.Fatalf("lists of old names: group %s has %d members, %d dangling, %d unresolved", g.Ref, len(g.Members), len(g.Dangling), g.Unresolved)
		}
	}
}
