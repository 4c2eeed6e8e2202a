package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/store"
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

// TestRestoreIsPausedAtOnce opens the state as soon as it can be: a process that waited for
// the one before must not act by a past one.
func TestRestoreIsPausedAtOnce(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		path, backup := filepath.Join(dir, "state.db"), filepath.Join(dir, "backup.db")
		clock := statetest.NewClock()
		db := openAt(t, path, clock.Now)
		fillSample(t, db, clock)
		must(t, db.Backup(t.Context(), backup, false))
		must(t, db.Close())
		before, err := os.Stat(path)
		must(t, err)
		paused := make(chan error, 1)
		kept := path + ".before-" + clock.Now().UTC().Format("20060102T150405Z")
		go func() { paused <- waitForPaused(t, path, kept, before) }()
		if _, err := state.Restore(t.Context(), backup, path, clock.Now()); err != nil {
			t.Fatal(err)
		}
		must(t, <-paused)
	}
}

// waitForPaused waits until a restore has begun, opens the state, and returns an error if it
// is another one than before and not paused.
func waitForPaused(t *testing.T, path, kept string, before os.FileInfo) error {
	for {
		if _, err := os.Lstat(kept); err == nil {
			break
		}
		if t.Context().Err() != nil {
			return t.Context().Err()
		}
		runtime.Gosched()
	}
	db, err := state.Open(path, state.Options{LockTimeout: 10 * time.Second})
	if err != nil {
		return err
	}
	after, err := os.Stat(path)
	var control store.Control
	if err == nil && !os.SameFile(before, after) {
		err = db.View(t.Context(), func(tx syncer.Reader) (err error) { control, err = tx.Control(); return err })
		if err == nil && !control.Paused {
			err = errors.New("the restored state was opened before it was paused")
		}
	}
	return errors.Join(err, db.Close())
}

// TestRestoreLeavesTheStateAlone: nothing else is left beside it, and it is paused.
func TestRestoreLeavesTheStateAlone(t *testing.T) {
	path := sample(t)
	dir := t.TempDir()
	fresh := filepath.Join(dir, "state.db")
	_, err := state.Restore(t.Context(), path, fresh, time.Now())
	must(t, err)
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("beside the state is %v", entries)
	}
	db := openAt(t, fresh, time.Now)
	must(t, db.View(t.Context(), func(tx syncer.Reader) error {
		c, err := tx.Control()
		if !c.Paused || c.PausedBy != "state restore" {
			t.Errorf("restored with %+v", c)
		}
		approvals, aerr := tx.Approvals(time.Time{})
		if len(approvals) != 0 {
			t.Errorf("restored with the approvals %v", approvals)
		}
		return errors.Join(err, aerr)
	}))
}
