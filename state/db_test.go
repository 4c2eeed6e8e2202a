package state_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
)

// open opens a new state in a directory of its own, and checks it at the end.
func open(t *testing.T, now func() time.Time) *state.DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "state.db"), now)
}

func openAt(t *testing.T, path string, now func() time.Time) *state.DB {
	t.Helper()
	db, err := state.Open(path, state.Options{Now: now})
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

func TestStore(t *testing.T) {
	clocks := map[*state.DB]func() time.Time{}
	statetest.Run(t, statetest.Harness{
		Open: func(t *testing.T, now func() time.Time) syncer.Store {
			db := open(t, now)
			clocks[db] = now
			return db
		},
		Reopen: func(t *testing.T, s syncer.Store) syncer.Store {
			db := s.(*state.DB)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			return openAt(t, db.Path(), clocks[db])
		},
	})
}
