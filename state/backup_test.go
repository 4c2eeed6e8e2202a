package state_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(plan.Input{}, "Version")); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}

func TestBackup(t *testing.T) {
	clock := statetest.NewClock()
	db := open(t, clock.Now)
	fillSample(t, db, clock)
	path := filepath.Join(t.TempDir(), "backup.db")
	must(t, db.Backup(t.Context(), path, false))
	older, err := os.ReadFile(path)
	must(t, err)
	(&statetest.World{T: t, Store: db, Clock: clock}).Do(statetest.Create(statetest.User("newer")))

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Backup(ended, path, true); !errors.Is(err, context.Canceled) {
		t.Errorf("backup after its context ended: %v", err)
	}
	unchanged(t, path, older)

	must(t, os.Chmod(path, 0o644)) //nolint:gosec // it holds names, and is replaced all the same
	must(t, db.Backup(t.Context(), path, true))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has mode %04o", info.Mode().Perm())
	}
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
		if err := db.Backup(t.Context(), path, true); err == nil {
			t.Errorf("backed up onto %s", path)
		}
	}
}

// TestBackupReplacesNothingElse: what is there stays, whatever it is, but for an earlier
// backup that is to be replaced.
func TestBackupReplacesNothingElse(t *testing.T) {
	clock := statetest.NewClock()
	db := open(t, clock.Now)
	fillSample(t, db, clock)
	earlier, err := os.ReadFile(sample(t))
	must(t, err)
	tests := map[string]struct {
		content []byte
		force   bool
	}{
		"an earlier backup":                {earlier, false},
		"a text":                           {[]byte("notes"), false},
		"a text, by force":                 {[]byte("notes"), true},
		"nothing":                          {[]byte{}, false},
		"nothing, by force":                {[]byte{}, true},
		"half an earlier backup, by force": {earlier[:len(earlier)/2], true},
	}
	for what, tt := range tests {
		path := filepath.Join(t.TempDir(), "backup.db")
		must(t, os.WriteFile(path, tt.content, 0o600))
		if err := db.Backup(t.Context(), path, tt.force); err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("%s: %v", what, err)
		}
		unchanged(t, path, tt.content)
	}
	// The state of another daemon is an earlier backup by its content.
	other := open(t, clock.Now)
	var locked *state.LockedError
	if err := db.Backup(t.Context(), other.Path(), true); !errors.As(err, &locked) {
		t.Errorf("a state that is open, by force: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(sample(t), link))
	var place *state.PlaceError
	for _, path := range []string{link, t.TempDir()} {
		if err := db.Backup(t.Context(), path, true); !errors.As(err, &place) {
			t.Errorf("onto %s, by force: %v", path, err)
		}
	}
}

func TestBackupNowhere(t *testing.T) {
	db := open(t, nil)
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "none", "backup.db"), false); err == nil {
		t.Error("backed up into a directory that is not there")
	}
}
