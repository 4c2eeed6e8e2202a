package state_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer/plan"
)

func load(t *testing.T, db *state.DB) plan.Input {
	t.Helper()
	in, err := tryLoad(db)
	must(t, err)
	return in
}

func sameInput(t *testing.T, got, want plan.Input) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(connectors.Complete{}, connectors.Delta{}), cmpopts.IgnoreFields(plan.Input{}, "Version")); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}

func TestBackup(t *testing.T) {
	clock := statetest.NewClock()
	db := open(t, clock.Now)
	fillSample(t, db, clock)
	path := filepath.Join(t.TempDir(), "backup.db")
	must(t, os.WriteFile(path, []byte("an older backup"), 0o600))

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Backup(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("backup after its context ended: %v", err)
	}
	unchanged(t, path, []byte("an older backup"))

	must(t, db.Backup(t.Context(), path))
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("beside the backup: %v", entries)
	}
	want := load(t, db)
	w := &statetest.World{T: t, Store: db, Clock: clock}
	w.Do(statetest.Create(statetest.User("later")))
	sameInput(t, load(t, openAt(t, path, clock.Now)), want)
}

func TestBackupOverItself(t *testing.T) {
	db := open(t, nil)
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(db.Path(), link))
	for _, path := range []string{db.Path(), link} {
		if err := db.Backup(t.Context(), path); err == nil {
			t.Errorf("backed up onto %s", path)
		}
	}
}

func TestBackupNowhere(t *testing.T) {
	db := open(t, nil)
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "none", "backup.db")); err == nil {
		t.Error("backed up into a directory that is not there")
	}
}

func TestCompact(t *testing.T) {
	clock := statetest.NewClock()
	db := open(t, clock.Now)
	fillSample(t, db, clock)
	w := &statetest.World{T: t, Store: db, Clock: clock}
	w.Read("big", crowd(20_000, "title"))
	w.Read("big", crowd(1, "title"))
	want := load(t, db)
	path := db.Path()
	var locked *state.LockedError
	if err := state.Compact(t.Context(), path); !errors.As(err, &locked) {
		t.Errorf("compacted a state that is open: %v", err)
	}
	must(t, db.Close())
	before, err := os.Stat(path)
	must(t, err)
	must(t, state.Compact(t.Context(), path))
	after, err := os.Stat(path)
	must(t, err)
	if after.Size() >= before.Size() || after.Mode().Perm() != 0o600 {
		t.Errorf("%d bytes became %d, mode %o", before.Size(), after.Size(), after.Mode().Perm())
	}
	again := openAt(t, path, clock.Now)
	sameInput(t, load(t, again), want)
	w.Store = again
	w.Do(statetest.Create(statetest.User("bob2"))) // sequences went along: numbers stay unique
	must(t, again.Check(t.Context()))
}
