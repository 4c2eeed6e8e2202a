package state_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"writersync/state"
)

// TestOwnerStays: who makes another file in the place of the state leaves it to its owner.
// An admin restores and compacts as root, and the daemon runs as a user of its own.
func TestOwnerStays(t *testing.T) {
	user := os.Getuid()
	if user == 0 { // only root can give a file away
		user = 65534
	}
	owner := func(path string) uint32 {
		info, err := os.Stat(path)
		must(t, err)
		return info.Sys().(*syscall.Stat_t).Uid
	}
	for name, do := range map[string]func(path string) error{
		"compact": func(path string) error { _, err := state.Compact(t.Context(), path); return err },
		"restore": func(path string) error {
			_, err := state.Restore(t.Context(), sample(t), path, time.Now())
			return err
		},
	} {
		path := sample(t)
		must(t, os.Chown(path, user, -1))
		must(t, do(path))
		if got := owner(path); int(got) != user {
			t.Errorf("%s: the state was that of user %d and is that of %d", name, user, got)
		}
	}
	path := older(t, "schema-2.db.gz")
	must(t, os.Chown(path, user, -1))
	db, err := state.Open(t.Context(), path, state.Options{})
	must(t, err)
	must(t, db.Close())
	if got := owner(path + ".schema-2"); int(got) != user {
		t.Errorf("the copy from before a migration is that of user %d", got)
	}
}
