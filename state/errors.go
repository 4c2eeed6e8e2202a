package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"writersync/syncer/plan"
)

// What Open can find wrong. Each names the path and the way out, and whatever it
// is, the file was not changed.
type (
	// A LockedError says that another process holds the state.
	LockedError struct{ Path string }
	// A CorruptError says that the state is not what was once stored.
	CorruptError struct {
		Path string
		Err  error
	}
	// A ForeignError says that a file is no state, as far as can be told: it is of
	// another program, or damaged beyond recognition.
	ForeignError struct {
		Path string
		Err  error // what was missed
	}
	// A SchemaError says that another version of the program wrote the state.
	SchemaError struct {
		Path       string
		Have, Want uint32
	}
	// A LaterError says that a record of the state is of a later version.
	LaterError struct {
		Path string
		Err  error // what this version does not know
	}
	// A PlaceError says that the file, or its directory, is no safe place for the
	// state.
	PlaceError struct {
		Path string
		Msg  string // what is wrong and what to do
	}
	// A SpaceError says that there is not enough room to compact the state.
	SpaceError struct {
		Path       string
		Need, Free int64 // bytes
	}
)

// Error says who holds the state and what to do.
func (e *LockedError) Error() string {
	return fmt.Sprintf("another writersync works with the state %s, and answers at no socket that was looked at, as `writersync sync` does: wait until it ends, or stop it; do not delete the file", e.Path)
}

// Error says what is wrong and what to do.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("the state %s cannot be trusted: %v. It was left as it is. "+
		"Restore a backup (`writersync state restore FILE`), or move the file away: the next pass then reads everything and is plan-only", e.Path, e.Err)
}

// Unwrap returns what was found.
func (e *CorruptError) Unwrap() error { return e.Err }

// Error says what the file is not and what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is no state file: %v. It was left as it is. Name the file of `state.path`, or a backup of it. "+
		"If it is that file, restore a backup (`writersync state restore FILE`), or move it away: the next pass then reads everything and is plan-only", e.Path, e.Err)
}

// Unwrap returns what was missed.
func (e *ForeignError) Unwrap() error { return e.Err }

// Error says which versions meet and what to do.
func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		text := fmt.Sprintf("the state %s has schema %d and this writersync knows %d: run the version that wrote it, or a newer one", e.Path, e.Have, e.Want)
		if aside := schemaCopy(e.Path, e.Want); isThere(aside) {
			text += fmt.Sprintf(". The state from before it was brought there is in %s: `writersync state restore %s` goes back to it", aside, aside)
		}
		return text
	}
	return fmt.Sprintf("the state %s has schema %d, which cannot be brought to %d: run an older version once, or restore a backup", e.Path, e.Have, e.Want)
}

// Error says what is not known and what to do.
func (e *LaterError) Error() string {
	return fmt.Sprintf("the state %s holds what this writersync does not know: %v. A later version wrote it: run that one, or a newer one", e.Path, e.Err)
}

// Unwrap returns what is not known.
func (e *LaterError) Unwrap() error { return e.Err }

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Error says what is wrong with the place.
func (e *PlaceError) Error() string { return e.Path + ": " + e.Msg }

// denied makes an error that a person can act on of one that says that this user may not do
// what it must at path.
func denied(path string, err error) error {
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return &PlaceError{Path: path, Msg: fmt.Sprintf("is closed to this user (%v): run writersync as the user who owns the state, or as root; nothing was changed", err)}
}

// Error says how much room there is, how much is needed and what to do.
func (e *SpaceError) Error() string {
	const mib = 1 << 20
	return fmt.Sprintf("its volume has %d MiB free, and a copy of %s beside it needs %d MiB: make room there; nothing was changed", e.Free/mib, e.Path, (e.Need+mib-1)/mib)
}

// What methods of a DB can refuse.
var (
	// ErrBusy is returned by Ingest while another reading of the source is under
	// way.
	ErrBusy = errors.New("another reading of the source is under way")
	// ErrIntent is returned by Advance for an intent that is not open, or for
	// outcomes that do not match its ops.
	ErrIntent = errors.New("no such open intent")
	// ErrUnproven is returned by Commit for a Complete that is not valid, or is
	// of another source.
	ErrUnproven = errors.New("the reading is not proven complete")
	// ErrUnlinked is returned by Advance for an op that needs a link which is not
	// there.
	ErrUnlinked = errors.New("the person has no link")
	// ErrClosed is returned by a reading that was committed or discarded.
	ErrClosed = errors.New("the reading is closed")
)

// errRecord marks a value that is not the record that was stored. It leaves the
// package within a CorruptError.
var errRecord = errors.New("not a valid record")

// errLater marks a record that is sound, and says what this version does not know. It leaves
// the package within a LaterError.
var errLater = errors.New("not known")

// explained returns what was found in the file at path as a person can act on it: a
// CorruptError, a LaterError if nothing worse was found, or err if it is no such thing.
func explained(path string, err error) error {
	var corrupt *CorruptError
	var later *LaterError
	switch {
	case errors.As(err, &corrupt), errors.As(err, &later):
	case errors.Is(err, errRecord):
		return &CorruptError{Path: path, Err: err}
	case errors.Is(err, errLater), errors.Is(err, plan.ErrStored):
		return &LaterError{Path: path, Err: err}
	}
	return err
}
