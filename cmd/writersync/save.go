package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An output is a file that a verb writes where it is told to. It names people, and so is
// for its owner alone.
type output struct {
	path string
	what string // "plan"
	// isOne reports whether a file holds an earlier one, which may be replaced; nil: none
	// is.
	isOne func(content []byte) bool
}

// free says what is in the way: a file that is there and is no earlier one, unless it is
// empty. None is replaced unasked.
func (o output) free() error {
	if _, err := os.Stat(filepath.Dir(o.path)); err != nil {
		return usageError{fmt.Errorf("save the %s: there is no folder for %s: %w", o.what, o.path, err)}
	}
	info, err := os.Lstat(o.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("save the %s: %w", o.what, err)
	case !info.Mode().IsRegular():
		return usageError{fmt.Errorf("%s is no file that a %s can be saved to: name another one", o.path, o.what)}
	case info.Size() == 0:
		return nil
	}
	content, err := os.ReadFile(o.path)
	if err != nil {
		return fmt.Errorf("save the %s: %w", o.what, err)
	}
	if o.isOne == nil || !o.isOne(content) {
		return usageError{fmt.Errorf("%s is there already, and is no earlier %s: name a file that is not, or remove it", o.path, o.what)}
	}
	return nil
}

// save writes the file aside, and puts it in place in one step: path holds all of it, or
// what it held before.
func (o output) save(write func(io.Writer) error) error {
	if err := o.free(); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(o.path), filepath.Base(o.path)+".unfinished-*") // 0600
	if err != nil {
		return fmt.Errorf("save the %s: %w", o.what, err)
	}
	if err = errors.Join(write(f), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), o.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save the %s: %w", o.what, err), os.Remove(f.Name()))
	}
	return nil
}
