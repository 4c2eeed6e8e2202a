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
