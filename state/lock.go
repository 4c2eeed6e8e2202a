//go:build unix

package state

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockEvery is how often a lock that another process holds is tried again.
const lockEvery = 20 * time.Millisecond

// errReplaced says that another file was put in the place of the one that was locked,
// and the lock is worth nothing.
var errReplaced = errors.New("another file was put in its place meanwhile: try again")

// lockFile takes the lock that bbolt takes, on the same open file, so that
// nobody else writes while the pages are checked; bbolt's own attempt then
// succeeds at once.
func lockFile(f *os.File, shared bool, timeout time.Duration) error {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	again := time.NewTicker(lockEvery)
	defer again.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return inPlace(f)
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("lock state: %w", err)
		}
		select {
		case <-deadline.C:
			return &LockedError{Path: f.Name()}
		case <-again.C:
		}
	}
}

// inPlace refuses a file that is no longer the one at its path.
func inPlace(f *os.File) error {
	locked, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at state: %w", err)
	}
	there, err := os.Stat(f.Name())
	if errors.Is(err, os.ErrNotExist) || (err == nil && !os.SameFile(locked, there)) {
		return fmt.Errorf("lock %s: %w", f.Name(), errReplaced)
	}
	return err
}
