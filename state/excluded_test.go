package state_test

import (
	"testing"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/store"
)

// TestExcludedUsersComeBack: a group that is not listed under its name keeps out a user too who
// is not listed when that is stored, and comes back.
func TestExcludedUsersComeBack(t *testing.T) {
	clock := statetest.NewClock()
	db := openWith(t, t.TempDir()+"/state.db", state.Options{Now: clock.Now})
	w := &statetest.World{T: t, Store: db, Clock: clock}
	exclude := func(e store.Excluded) {
		t.Helper()
		e.Group, e.Name = store.Ref(statetest.Ref("g1")), "contractors"
		must(t, db.Update(t.Context(), func(tx syncer.Writer) error { return tx.Exclude([]store.Excluded{e}) }))
	}
	w.Read("corp", statetest.Users("ann", "bob"), statetest.Group("g1", "ann", "bob"))
	exclude(store.Excluded{Users: []string{"ann", "bob"}})
	w.Read("corp", statetest.Users("ann"))
	if in := w.Load(); len(in.Excluded) != 1 || len(in.Excluded[0].Members) != 1 {
		t.Errorf("without bob: %+v", in.Excluded)
	}
	exclude(store.Excluded{Since: clock.Now(), Users: []string{"ann"}})
	w.Read("corp", statetest.Users("ann", "bob"))
	in := w.Load()
	if len(in.Excluded) != 1 || len(in.Excluded[0].Members) != 2 || in.People[1].Ref != (connectors.Ref{Source: "corp", ID: "bob"}) {
		t.Errorf("with bob again: %+v", in.Excluded)
	}
	must(t, db.Check(t.Context()))
}

// TestLastListOfAGroup: the last list of a group that is not listed is known as long as the group
// feeds a team or keeps users out.
func TestLastListOfAGroup(t *testing.T) {
	clock := statetest.NewClock()
	db := openWith(t, t.TempDir()+"/state.db", state.Options{Now: clock.Now})
	w := &statetest.World{T: t, Store: db, Clock: clock}
	users := statetest.Users("ann", "bob")
	exclude := func(groups ...store.Excluded) {
		t.Helper()
		must(t, db.Update(t.Context(), func(tx syncer.Writer) error { return tx.Exclude(groups) }))
	}
	steps := []struct {
		what   string
		before func() // the group is not listed
		kept   int
	}{
		{"it feeds a team still", func() { w.Do(statetest.Unfeed("g1", "t1")) }, 2},
		{"it keeps users out still", func() { w.Do(statetest.Unfeed("g1", "t2")) }, 2},
		{"it is of no use", func() { exclude(); w.Do(statetest.Unfeed("g1", "t1"), statetest.Unfeed("g1", "t2")) }, 0},
		{"it kept users out", func() { exclude() }, 0},
	}
	for i, step := range steps {
		w.Read("corp", users, statetest.Group("g1", "ann", "bob"))
		if i != 3 {
			w.Do(statetest.Feed("g1", "t2", "Two", "a => b"))
		}
		if i == 0 || i == 2 {
			w.Do(statetest.Feed("g1", "t1", "One", "a => b"))
		}
		if i > 0 {
			exclude(store.Excluded{Group: store.Ref(statetest.Ref("g1")), Name: "contractors", Users: []string{"ann"}})
		}
		w.Read("corp", users)
		step.before()
		w.Read("corp", users, statetest.Group("g1"))
		if g := w.Load().Groups[0]; len(g.Members) != step.kept || g.Emptied != (step.kept > 0) {
			t.Errorf("%s: %+v", step.what, g)
		}
		must(t, db.Check(t.Context()))
	}
}
