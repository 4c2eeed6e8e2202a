package connectors

import (
	"errors"
	"fmt"
)

// A Cursor is a place in a directory's own history, as the connector that made it
// writes it: neither a secret nor personal. The empty Cursor is none.
type Cursor string

// maxCursor is the longest Cursor that is kept, in bytes.
const maxCursor = 64 << 10

// ErrCursorLost is returned by Changes, wrapped perhaps, when the directory cannot
// tell what happened since the cursor: the caller reads it whole.
var ErrCursorLost = errors.New("the directory cannot tell what changed since the last reading")

// A ChangeSink takes what changed. As with a Sink, calls are serial, and an error ends
// the reading.
type ChangeSink interface {
	Sink
	// Gone takes the ID of an object that the directory says is there no longer.
	Gone(kind ObjectKind, id string) error
}

// NewChanges starts a reading of what changed in the named source, into sink. Complete
// refuses it: what it leaves out says nothing.
func NewChanges(source string, sink ChangeSink) *Reading {
	r := NewReading(source, sink)
	r.changes = sink
	return r
}

// Gone states that an object is there no longer. It counts for nothing by itself: as
// with everybody who is absent, that has to be proven before anything follows.
func (r *Reading) Gone(kind ObjectKind, id string) error {
	if r.changes == nil {
		return fmt.Errorf("%s is gone: %w", kind, errWhole)
	}
	seen := r.users
	if kind == GroupObject {
		seen = r.groups
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

// Delta closes a reading of what changed. next is the cursor from which the next one
// goes on; to lose it would be to lose what follows, so there must be one.
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
	return Delta{source: r.source, next: next, users: len(r.users), groups: len(r.groups), gone: r.gone}, nil
}

// A Delta is the proof that everything that changed since a cursor was stated, up to
// the next. Only Reading makes one that is valid. It licenses nothing about anybody
// whom it does not state.
type Delta struct {
	source              string
	next                Cursor
	users, groups, gone int
}

// Valid reports whether d proves anything.
func (d Delta) Valid() bool { return d.source != "" && d.next != "" }

// Source returns the name of the source that was read.
func (d Delta) Source() string { return d.source }

// Next returns the cursor from which the next reading of changes goes on.
func (d Delta) Next() Cursor { return d.next }

// Stated returns how many users and groups were stated, those that are gone included.
func (d Delta) Stated() int { return d.users + d.groups }

// Gone returns how many of them are there no longer.
func (d Delta) Gone() int { return d.gone }
