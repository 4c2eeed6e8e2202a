package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"writersync/state"
)

// TestCompactReadOnlyDirectory compacts a state in a directory that takes no new file. Root
// may write anywhere, so it becomes another user, as far as files go, on this thread.
func TestCompactReadOnlyDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	must(t, wasteful(t, path, 100).Close())
	content, err := os.ReadFile(path)
	must(t, err)
	const other = 65534
	dir := filepath.Dir(path)
	if os.Getuid() == 0 {
		must(t, os.Chown(path, other, other))
		must(t, os.Chown(dir, other, other))
		must(t, os.Chmod(filepath.Dir(dir), 0o755)) //nolint:gosec // the other user passes through
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		must(t, syscall.Setfsuid(other))
		defer func() { must(t, syscall.Setfsuid(0)) }()
	}
	must(t, os.Chmod(dir, 0o500)) //nolint:gosec // the fault under test
	_, err = state.Compact(t.Context(), path)
	must(t, os.Chmod(dir, 0o700)) //nolint:gosec // so that it can be removed
	var place *state.PlaceError
	if !errors.As(err, &place) || place.Path != dir || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("compaction says %v", err)
	}
	unchanged(t, path, content)
}
