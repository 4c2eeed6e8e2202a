package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"writersync/syncer"
)

// Restore puts the backup at from in the place of the state at path, whose file, if
// there is one, is kept beside it under the name that is returned; a broken one too.
// The backup is checked, and stays as it is. What is restored is paused. Nobody may
// have the state open.
func Restore(ctx context.Context, from, path string, now time.Time) (kept string, err error) {
	if sameFile(from, path) {
		return "", fmt.Errorf("restore the state: %s is the state itself: name a backup", from)
	}
	if err := Check(ctx, from); err != nil {
		return "", fmt.Errorf("restore the state: %w", err)
	}
	release, err := lockOut(path)
	if err != nil {
		return "", fmt.Errorf("restore the state: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	aside := path + ".before-" + now.UTC().Format("20060102T150405Z")
	switch err := os.Link(path, aside); {
	case err == nil:
		kept = aside
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("keep the state that is there: %w", err)
	}
	err = replace(path, func(to *os.File) error { return copyInto(ctx, to, from) }, func(aside string) error { return Check(ctx, aside) })
	if err == nil {
		err = errors.Join(release(), settleRestored(ctx, path, now))
		release = func() error { return nil }
	}
	if err != nil {
		return kept, fmt.Errorf("restore the state: %w", err)
	}
	return kept, nil
}

// settleRestored keeps a state of the past from acting as if nothing had happened
// since: it is paused, its approvals are void, and the next pass reads Writer in
// full.
func settleRestored(ctx context.Context, path string, now time.Time) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	err = db.Update(ctx, func(tx syncer.Writer) error {
		approvals, err := tx.Approvals(time.Time{})
		if err != nil {
			return err
		}
		for _, a := range approvals {
			if err := tx.EndApproval(a.Hold); err != nil {
				return err
			}
		}
		c, err := tx.Control()
		if err != nil {
			return err
		}
		c.Verified, c.Paused, c.PausedBy, c.PausedAt = time.Time{}, true, "state restore", now
		return tx.SetControl(c)
	})
	return errors.Join(err, db.Close())
}

// lockOut locks the file at path, if there is one, against everybody who would open
// the state.
func lockOut(path string) (release func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	if err := lockFile(f, false, lockTimeout); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

func copyInto(ctx context.Context, to *os.File, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	_, err = io.Copy(stoppable{ctx, to}, f)
	return errors.Join(err, f.Close())
}
