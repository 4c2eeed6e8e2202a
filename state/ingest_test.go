package state_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// crowd is n people, with titles that make their records of some size.
func crowd(n int, title string) []connectors.User {
	users := make([]connectors.User, n)
	for i := range users {
		users[i] = statetest.User(fmt.Sprintf("p%07d", i))
		users[i].Attributes[connectors.Title] = title
	}
	return users
}

// TestLargeReadings merges more than one transaction takes and more than memory
// holds, over a snapshot that is there: the result is that of the same readings
// in another order. The second one gives memory back.
func TestLargeReadings(t *testing.T) {
	const people = 60_000
	db := open(t, nil)
	db.GiveBackFrom(people)
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	first := crowd(people, strings.Repeat("a rather long title ", 5))
	all := statetest.Group("all")
	for _, u := range first {
		all.Members = append(all.Members, u.ID)
	}
	slices.Reverse(first)
	small := statetest.Group("small", "p0000001", "p0000002", "stranger")
	w.Read("corp", first, all, small)
	w.Do(statetest.Create(first[0]), statetest.Create(first[people-1]), statetest.Feed("small", "t1", "One", "small => One"))
	wantCrowd(t, w, people, map[string]int{"all": people, "small": 2})

	// Half of them change, a third vanish, some are new, one group vanishes.
	second := crowd(people+100, strings.Repeat("another long title ", 5))
	for i := range second[:people/2] {
		second[i].Attributes = statetest.User("x").Attributes
	}
	kept := second[:people/2]
	kept = append(kept, second[people/2+people/3:]...)
	w.Read("corp", kept, all)
	in := wantCrowd(t, w, len(kept)+0, map[string]int{"all": len(kept) - 100})
	if p := in.People[len(in.People)-101]; !p.Gone.IsZero() || p.Standing != plan.Live {
		t.Errorf("the last of the first is %+v", p)
	}
	var container string
	var ids []string
	w.View(func(tx syncer.Reader) (err error) {
		container, ids, err = tx.Neighbours(connectors.GroupObject, statetest.Ref("small"), 1)
		return err
	})
	if container != "ou=groups" || !slices.Equal(ids, []string{"all"}) {
		t.Errorf("neighbours of the group that vanished: %q %v", container, ids)
	}

	// Everybody but a few vanish, the last with an account among them.
	w.Read("corp", kept[:10])
	in = wantCrowd(t, w, 11, nil)
	if last := in.People[10]; last.Gone.IsZero() || last.Ref.ID != "p0059999" {
		t.Errorf("the one who is missed is %+v", last)
	}
	w.Read("corp", kept, all, small) // and all are back
	wantCrowd(t, w, len(kept), map[string]int{"all": len(kept) - 100, "small": 2})
}

func wantCrowd(t *testing.T, w *statetest.World, people int, members map[string]int) plan.Input {
	t.Helper()
	in := w.Load()
	if len(in.People) != people {
		t.Errorf("%d people, want %d", len(in.People), people)
	}
	got := map[string]int{}
	for _, g := range in.Groups {
		got[g.Ref.ID] = len(g.Members)
		if !slices.IsSorted(g.Members) {
			t.Errorf("the members of %s are not sorted", g.Ref)
		}
	}
	if diff := cmp.Diff(members, got); len(members)+len(got) > 0 && diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if !slices.IsSortedFunc(in.People, func(a, b plan.Person) int { return a.Ref.Compare(b.Ref) }) {
		t.Error("the people are not sorted")
	}
	return in
}

// TestNumbersStay reads people and members in and out: a number is never given
// again, or a group would take in strangers.
func TestNumbersStay(t *testing.T) {
	db := open(t, nil)
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	group := statetest.Group("g", "ann", "bob", "cid")
	w.Read("corp", statetest.Users("ann", "bob", "cid"), group)
	w.Read("corp", statetest.Users("ann"), group)
	w.Read("corp", statetest.Users("ann", "dan", "eve"), group)
	in := w.Load()
	if diff := cmp.Diff([]uint32{0}, in.Groups[0].Members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	w.Read("corp", statetest.Users("ann", "bob", "dan", "eve"), group)
	if diff := cmp.Diff([]uint32{0, 1}, w.Load().Groups[0].Members); diff != "" {
		t.Errorf("members when bob is back (-want +got):\n%s", diff)
	}
}

// TestDuplicates feeds a reading what connectors.Reading would have refused.
func TestDuplicates(t *testing.T) {
	db := open(t, nil)
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	try := func(users []connectors.User, groups ...connectors.Group) error {
		in, err := db.Ingest(t.Context(), "corp")
		must(t, err)
		defer func() { must(t, in.Discard()) }()
		for _, u := range users {
			if err := in.User(u); err != nil {
				return err
			}
		}
		for _, g := range groups {
			if err := in.Group(g); err != nil {
				return err
			}
		}
		return in.Commit(t.Context(), proof(t), statetest.Start())
	}
	twins := append(statetest.Users("ann", "bob"), statetest.User("ann"))
	for range 2 { // once new, once known
		if err := try(twins); !errors.Is(err, connectors.ErrDuplicate) {
			t.Errorf("two users of one ID: %v", err)
		}
		if err := try(twins[:2], statetest.Group("g"), statetest.Group("g")); !errors.Is(err, connectors.ErrDuplicate) {
			t.Errorf("two groups of one ID: %v", err)
		}
		w.Read("corp", twins[:2], statetest.Group("g"))
	}
}

func proof(t *testing.T) connectors.Complete {
	t.Helper()
	r := connectors.NewReading("corp", nothing{})
	must(t, r.User(statetest.User("x")))
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: 1, Groups: connectors.Uncounted})
	must(t, err)
	return c
}

type nothing struct{}

func (nothing) User(connectors.User) error   { return nil }
func (nothing) Group(connectors.Group) error { return nil }

// TestCommitStops ends a large merge in the middle: nothing of it is seen, the
// next one succeeds, and nothing is left beside the state.
func TestCommitStops(t *testing.T) {
	db := open(t, nil)
	w := &statetest.World{T: t, Store: db, Clock: statetest.NewClock()}
	w.Read("corp", statetest.Users("ann", "bob"))
	in, err := db.Ingest(t.Context(), "corp")
	must(t, err)
	c := w.Stage(in, "corp", crowd(60_000, strings.Repeat("a rather long title ", 5)))
	if err := in.Commit(&patience{Context: t.Context(), left: 3}, c, statetest.Start()); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	wantCrowd(t, w, 2, nil)
	if err := in.Commit(t.Context(), c, statetest.Start()); !errors.Is(err, state.ErrClosed) {
		t.Errorf("second commit: %v", err)
	}
	must(t, db.Check(t.Context()))
	w.Read("corp", crowd(60_000, "title"))
	wantCrowd(t, w, 60_000, nil)
	must(t, filepath.WalkDir(filepath.Dir(db.Path()), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path != db.Path() {
			t.Errorf("%s was left", path)
		}
		return err
	}))
}

// patience is a context that ends after it was asked some times.
type patience struct {
	context.Context
	left int
}

func (p *patience) Err() error {
	if p.left--; p.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestReadingHidesItsFile sees that no name leads to what a reading spills.
func TestReadingHidesItsFile(t *testing.T) {
	db := open(t, nil)
	in, err := db.Ingest(t.Context(), "corp")
	must(t, err)
	for _, u := range crowd(60_000, strings.Repeat("a rather long title ", 5)) {
		must(t, in.User(u))
	}
	entries, err := os.ReadDir(filepath.Dir(db.Path()))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("beside the state: %v", entries)
	}
	must(t, in.Discard())
}
