package connectors

import (
	"errors"
	"fmt"
)

// A Cursor is a place in a directory's own history, in a form of the connector's own. It is
// stored and may be shown: it holds no secret and nothing about a person. The empty Cursor
// is no place.
type Cursor string

// maxCursor is the longest Cursor that is stored, in bytes.
const maxCursor = 64 << 10

// ErrCursorLost is the error of Changes, wrapped perhaps, when the directory cannot tell
// what changed since the cursor: the caller then reads it whole.
var ErrCursorLost = errors.New("the directory cannot tell what changed since the last reading")

// A ChangeSink takes the records of a reading of changes. As with a Sink, it is called by
// one goroutine at a time, and an error ends the reading.
type ChangeSink interface {
	Sink
	// Gone takes the ID of an object of which the directory says that it was deleted.
	Gone(kind ObjectKind, id string) error
}

// NewChanges starts a reading of what changed in the named source, into sink. It ends with
// Delta; Complete returns an error, since what such a reading leaves out says nothing.
func NewChanges(source string, sink ChangeSink) *Reading {
	r := NewReading(source, sink)
	r.changes = sink
	return r
}

// Gone states that the directory says of an object that it was deleted. That alone takes
// nothing from anybody: a Prover has to confirm it first, as of everybody who is missing.
// The ID is checked as in User. In a whole reading it is an error: there, whoever is not
// stated is missing.
func (r *Reading) Gone(kind ObjectKind, id string) error {
	if r.changes == nil {
		return fmt.Errorf("%s is gone: %w", kind, errWhole)
	}
	seen := &r.users
	if kind == GroupObject {
		seen = &r.groups
	}
	if err := r.admit(seen, string(kind), id); err != nil {
		return err
	}
	r.gone++
	return r.changes.Gone(kind, id)
}

var (
	errWhole   = errors.New("a whole reading says that by leaving it out")
	errChanges = errors.New("the reading is one of changes")
)

// Delta closes a reading of changes and returns the proof that all of them were stated.
// next is the cursor for the next call of Changes. It must not be empty, or what happens
// from now on would never be read: ErrUnproven then, and ErrClosed where the reading was
// closed before.
func (r *Reading) Delta(next Cursor) (Delta, error) {
	switch {
	case r.closed:
		return Delta{}, ErrClosed
	case r.changes == nil:
		return Delta{}, fmt.Errorf("close as changes: %w", errWhole)
	case next == "":
		return Delta{}, fmt.Errorf("%w: the connector names no cursor to go on from", ErrUnproven)
	case len(next) > maxCursor:
		return Delta{}, fmt.Errorf("%w: the cursor is longer than %d bytes", ErrUnproven, maxCursor)
	}
	r.closed = true
	return Delta{source: r.source, next: next, users: r.users.n, groups: r.groups.n, gone: r.gone}, nil
}

// A Delta is the proof that everything that changed from one cursor to the next was
// stated. Only Reading makes one that is valid. It says nothing about anybody whom the
// reading did not state.
type Delta struct {
	source              string
	next                Cursor
	users, groups, gone int
}

// Valid reports whether d proves anything.
func (d Delta) Valid() bool { return d.source != "" && d.next != "" }

// Source returns the name of the source that was read.
func (d Delta) Source() string { return d.source }

// Next returns the cursor for the next reading of changes.
func (d Delta) Next() Cursor { return d.next }

// Stated returns how many users and groups were stated, together with those that are gone.
func (d Delta) Stated() int { return d.users + d.groups }

// Gone returns how many of them were stated by Reading.Gone.
func (d Delta) Gone() int { return d.gone }
