package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
		return "", fmt.Errorf("keep the state that is there: %w", denied(filepath.Dir(path), err))
	}
	placed, err := restoreAside(ctx, from, path, now, kept != "")
	if !placed && kept != "" { // the state is at its place, and has one name
		err = errors.Join(err, os.Remove(kept))
		kept = ""
	}
	if err != nil {
		return kept, fmt.Errorf("restore the state: %w", err)
	}
	return kept, nil
}

// restoreAside makes what is restored beside path, and puts it in place once it is as it is
// to be used: a process that waits for the state, or comes after a power cut, finds one that
// is paused, or the one that was there.
func restoreAside(ctx context.Context, from, path string, now time.Time, present bool) (placed bool, err error) {
	dir := filepath.Dir(path)
	if err := checkDir(dir); err != nil {
		return false, err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+unfinished) // 0600
	if err != nil {
		return false, denied(dir, err)
	}
	err = errors.Join(copyInto(ctx, f, from), f.Close())
	if err == nil {
		err = Check(ctx, f.Name())
	}
	var db *DB
	if err == nil {
		db, err = open(ctx, f.Name(), Options{}, false) // the backup itself is the copy from before a migration
	}
	if err == nil {
		err = settleRestored(ctx, db, now)
	}
	if err == nil {
		err = putRestored(f.Name(), path, present) // its lock is held all along
	}
	if err == nil {
		return true, errors.Join(syncDir(dir), db.Close())
	}
	if db != nil {
		err = errors.Join(err, db.Close())
	}
	return false, errors.Join(err, os.Remove(f.Name()))
}

// putRestored puts what is restored in the place of the state that is there, or of none: one
// that was made there meanwhile has an owner.
func putRestored(aside, path string, present bool) error {
	like := path
	if !present {
		like = filepath.Dir(path)
	}
	if err := ownAs(aside, like); err != nil {
		return err
	}
	if present {
		return os.Rename(aside, path)
	}
	if err := os.Link(aside, path); err != nil {
		return fmt.Errorf("a state was made there meanwhile: %w", err)
	}
	return os.Remove(aside)
}

// settleRestored keeps a state of the past from acting as if nothing had happened
// since: it is paused, its approvals are void, and the next pass reads Writer in
// full.
func settleRestored(ctx context.Context, db *DB, now time.Time) error {
	return db.Update(ctx, func(tx syncer.Writer) error {
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
