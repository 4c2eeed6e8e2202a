package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Backup writes a copy of the state, as it is now, to path. The copy is made
// aside, checked in full, and put in place in one step: path holds a whole backup
// or what it held before. What is there already is never replaced, but for an earlier
// backup if force says so. Passes go on meanwhile.
func (db *DB) Backup(ctx context.Context, path string, force bool) error {
	if sameFile(path, db.path) {
		return fmt.Errorf("back up the state: %s is the state itself: name another file", path)
	}
	if err := mayReplace(path, force); err != nil {
		return fmt.Errorf("back up the state: %w", err)
	}
	err := replace(path, func(f *os.File) error {
		return db.view(func(tx *bolt.Tx) error {
			_, err := tx.WriteTo(stoppable{ctx, f})
			return err
		})
	}, func(aside string) error { return Check(ctx, aside) })
	if ctx.Err() != nil {
		err = ctx.Err() // bbolt's own error does not wrap it
	}
	if err != nil {
		return fmt.Errorf("back up the state: %w", err)
	}
	return nil
}

// MakeRoom makes a folder beside the state at path, for a copy of it that is soon removed, by
// the next process that opens the state at the latest. It is for the owner of the state: a
// daemon that runs as another user is to write there.
func MakeRoom(path string) (dir string, err error) {
	if dir, err = os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+unfinished); err != nil {
		return "", err
	}
	if err := ownAs(dir, filepath.Dir(path)); err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}

// errEarlier says that a backup is where another one is to be.
var errEarlier = errors.New("is there already, and is an earlier backup")

// mayReplace says what is in the way of a backup.
func mayReplace(path string, force bool) error {
	err := checkFile(path)
	if err == nil {
		err = isFree(path)
	}
	var foreign *ForeignError
	var corrupt *CorruptError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &foreign), errors.As(err, &corrupt):
		return fmt.Errorf("%s is there already, and is no whole backup: remove it, or name another file", path)
	case err != nil:
		return err
	case !force:
		return fmt.Errorf("%s %w: name another file, or replace it with --force", path, errEarlier)
	}
	return nil
}

// isFree says why the file is no state, or who holds it.
func isFree(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = lockState(f, true, lockTimeout)
	return errors.Join(err, f.Close())
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// replace makes a file beside path, and puts it in path's place once it is
// durable and sound.
func replace(path string, write func(*os.File) error, sound func(aside string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+unfinished) // 0600
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = errors.Join(syncFile(f.Name()), sound(f.Name()))
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// stoppable ends a long copy when its context does: until then no page that it
// reads can be used again.
type stoppable struct {
	ctx context.Context //nolint:containedctx // for the length of one call
	w   io.Writer
}

// Write writes unless the context has ended.
func (s stoppable) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(b)
}
