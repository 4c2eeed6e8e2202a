package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"writersync/state"
	"writersync/state/statetest"
)

// TestRestore puts a backup in the place of a state that went on, and keeps that.
func TestRestore(t *testing.T) {
	clock := statetest.NewClock()
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "state.db"), filepath.Join(dir, "backup.db")
	db := openAt(t, path, clock.Now)
	fillSample(t, db, clock)
	must(t, db.Backup(t.Context(), backup, false))
	want := load(t, db)
	(&statetest.World{T: t, Store: db, Clock: clock}).Do(statetest.Create(statetest.User("later")))
	later := load(t, db)

	var locked *state.LockedError
	if _, err := state.Restore(t.Context(), backup, path, clock.Now()); !errors.As(err, &locked) {
		t.Errorf("restored under the hands of somebody: %v", err)
	}
	must(t, db.Close())
	if _, err := state.Restore(t.Context(), path, path, clock.Now()); err == nil {
		t.Error("restored from itself")
	}
	kept, err := state.Restore(t.Context(), backup, path, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	must(t, err)
	if kept != path+".before-20260302T090000Z" {
		t.Errorf("kept as %s", kept)
	}
	sameInput(t, load(t, openAt(t, path, clock.Now)), want)
	sameInput(t, load(t, openAt(t, kept, clock.Now)), later)
}

// TestRestoreRefuses leaves everything as it is when the backup is none.
func TestRestoreRefuses(t *testing.T) {
	path := sample(t)
	before, err := os.ReadFile(path)
	must(t, err)
	broken := filepath.Join(t.TempDir(), "backup.db")
	must(t, os.WriteFile(broken, before[:len(before)/2], 0o600))
	if _, err := state.Restore(t.Context(), broken, path, time.Now()); err == nil {
		t.Error("half a backup was restored")
	}
	unchanged(t, path, before)
	// Where there was no state, there is one now.
	fresh := filepath.Join(t.TempDir(), "state.db")
	kept, err := state.Restore(t.Context(), path, fresh, time.Now())
	must(t, err)
	if kept != "" {
		t.Errorf("kept as %s", kept)
	}
	must(t, state.Check(t.Context(), fresh))
}
