package state_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// open opens a new state in a directory of its own, and checks it at the end.
func open(t *testing.T, now func() time.Time) *state.DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "state.db"), now)
}

func openAt(t *testing.T, path string, now func() time.Time) *state.DB {
	t.Helper()
	return openWith(t, path, state.Options{Now: now})
}

func openWith(t *testing.T, path string, o state.Options) *state.DB {
	t.Helper()
	db, err := state.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := state.Check(context.Background(), path); err != nil {
			t.Error(err)
		}
	})
	return db
}

// tryLoad is what a transaction of its own loads.
func tryLoad(db *state.DB) (in plan.Input, err error) {
	err = db.View(context.Background(), func(tx syncer.Reader) (err error) { in, err = tx.Load(); return err })
	return in, err
}

func TestStore(t *testing.T) { runSuite(t, state.Options{}) }

// runSuite holds a state with those options against the contract of stores.
func runSuite(t *testing.T, o state.Options) {
	t.Helper()
	runSuiteOn(t, o, func(*testing.T, *state.DB) {})
}

// runSuiteOn does so with what prepare makes of each state that is opened.
func runSuiteOn(t *testing.T, o state.Options, prepare func(*testing.T, *state.DB)) {
	t.Helper()
	clocks := map[*state.DB]func() time.Time{}
	statetest.Run(t, statetest.Harness{
		Open: func(t *testing.T, now func() time.Time) syncer.Store {
			with := o
			with.Now = now
			db := openWith(t, filepath.Join(t.TempDir(), "state.db"), with)
			prepare(t, db)
			clocks[db] = now
			return db
		},
		Reopen: func(t *testing.T, s syncer.Store) syncer.Store {
			db := s.(*state.DB)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			with := o
			with.Now = clocks[db]
			again := openWith(t, db.Path(), with)
			prepare(t, again)
			return again
		},
	})
}
