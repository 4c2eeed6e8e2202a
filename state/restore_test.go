package state_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
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
	db, err := state.Open(t.Context(), path, state.Options{LockTimeout: 10 * time.Second})
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

// TestRestoreIsPausedFromTheFirstMoment interrupts a restore once the backup is in the
// place of the state: what is there must be paused already, with its approvals void, or
// it must still be the file from before. A kill, a full disk and a daemon that waits for
// the lock come at the same moment.
func TestRestoreIsPausedFromTheFirstMoment(t *testing.T) {
	clock := statetest.NewClock()
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "state.db"), filepath.Join(dir, "backup.db")
	db := openAt(t, path, clock.Now)
	fillSample(t, db, clock) // with an approval
	must(t, db.Backup(t.Context(), backup, false))
	pausedNow := store.Control{Paused: true, PausedBy: "ann", PausedAt: clock.Now()}
	must(t, db.Update(t.Context(), func(tx syncer.Writer) error { return tx.SetControl(pausedNow) }))
	must(t, db.Close())
	before, err := os.Stat(path)
	must(t, err)

	ctx := asked{t.Context(), func() error {
		now, err := os.Stat(path)
		if err == nil && !os.SameFile(before, now) {
			return context.Canceled
		}
		return nil
	}}
	_, err = state.Restore(ctx, backup, path, clock.Now())
	t.Logf("restore: %v", err)

	db = openAt(t, path, clock.Now)
	must(t, db.View(t.Context(), func(tx syncer.Reader) error {
		c, err := tx.Control()
		if !c.Paused {
			t.Error("an interrupted restore left a state that is not paused")
		}
		approvals, aerr := tx.Approvals(clock.Now())
		if c.PausedBy != "ann" && len(approvals) > 0 {
			t.Errorf("and approvals of the past are live: %+v", approvals)
		}
		return errors.Join(err, aerr)
	}))
}

// TestRestoreBesideABeginner makes a state at the path after Restore found none there.
func TestRestoreBesideABeginner(t *testing.T) {
	clock := statetest.NewClock()
	backup, path := sample(t), filepath.Join(t.TempDir(), "state.db")
	var db *state.DB
	ctx := asked{t.Context(), func() error {
		left, err := filepath.Glob(path + ".unfinished-*")
		if db == nil && len(left) > 0 { // the backup is being copied
			if db, err = state.Open(t.Context(), path, state.Options{Now: clock.Now}); err == nil {
				err = db.Update(context.Background(), func(tx syncer.Writer) error {
					return tx.SetControl(store.Control{Paused: true, PausedBy: "the daemon"})
				})
			}
		}
		return err
	}}
	_, err := state.Restore(ctx, backup, path, clock.Now())
	if db == nil {
		t.Fatal("no state was made meanwhile")
	}
	must(t, db.Close())
	if err != nil {
		t.Logf("refused: %v", err)
		return
	}
	db = openAt(t, path, clock.Now)
	must(t, db.View(t.Context(), func(tx syncer.Reader) error {
		c, err := tx.Control()
		if c.PausedBy != "the daemon" {
			t.Errorf("Restore said that all is well, and took the file from under the process that had it open and locked; paused by %q", c.PausedBy)
		}
		return err
	}))
}

// TestFailedRestoreLeavesOneName: a restore that did not come about leaves the state under
// its one name. Under two, two processes can have it open once one of them compacts it.
func TestFailedRestoreLeavesOneName(t *testing.T) {
	path, backup := sample(t), sample(t)
	ctx := asked{t.Context(), func() error {
		if left, _ := filepath.Glob(path + ".unfinished-*"); len(left) > 0 {
			return syscall.ENOSPC
		}
		return nil
	}}
	if _, err := state.Restore(ctx, backup, path, time.Now()); err == nil {
		t.Fatal("restored")
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%v is left: %v", entries, err)
	}
}

// asked is a context that calls f whenever it is asked whether it has ended.
type asked struct {
	context.Context //nolint:containedctx // it is one

	f func() error
}

func (a asked) Err() error { return errors.Join(a.f(), a.Context.Err()) }
