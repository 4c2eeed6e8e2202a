package connectors

import (
	"errors"
	"fmt"
	"hash/maphash"
	"time"
)

// The errors of a Reading, wrapped perhaps. After each of them the whole reading has
// failed.
var (
	// ErrDuplicate is returned when a source states one ID twice.
	ErrDuplicate = errors.New("the source stated the same ID twice")
	// ErrNoID is returned for a record without an immutable ID.
	ErrNoID = errors.New("the source stated a record without an ID")
	// ErrLongID is returned for an ID that is too long to be one: it would be stored for
	// as long as the account lives.
	ErrLongID = fmt.Errorf("the source stated an ID that is longer than %d bytes", maxID)
	// ErrOrder is returned for a user who comes after a group in a full read.
	ErrOrder = errors.New("the source stated a user after a group")
	// ErrEmpty is returned by Complete when not one user was read: no company has
	// an empty directory, and a lost permission looks just like one.
	ErrEmpty = errors.New("the source stated no users at all")
	// ErrUnproven is returned by Complete and Delta when the evidence says too little.
	ErrUnproven = errors.New("the end of the source was not proven")
	// ErrCount is returned by Complete when the source's own count differs.
	ErrCount = errors.New("the source counts differently from what it stated")
	// ErrClosed is returned by every method once Complete or Delta was called.
	ErrClosed = errors.New("the reading is closed")
)

// A Sink takes the records of a reading as they come, each ID once. It is called by one
// goroutine at a time; an error ends the reading.
type Sink interface {
	User(User) error
	Group(Group) error
}

// A Reading is one read of a source, while it goes on. It checks each record and hands
// it to a Sink, so that no reading is ever in memory as a whole. It serves one call of
// Read or Changes, from one goroutine at a time.
type Reading struct {
	source      string
	sink        Sink
	seed        maphash.Seed
	users       hashes
	groups      hashes
	memberships int
	closed      bool
	changes     ChangeSink // of a reading of changes; nil: it is whole or an error
	gone        int
}

// NewReading starts a reading of the named source into sink.
func NewReading(source string, sink Sink) *Reading {
	return &Reading{source: source, sink: sink, seed: maphash.MakeSeed()}
}

// User states one person. An attribute that cannot be used (longer than 1024 bytes, not
// UTF-8, with control characters) does not fail the reading: it is left out, and named in
// User.Unusable. An ID that is missing, too long or stated before
// does, and so does an error of the Sink. In a full read all users come before the first
// group: so their names are known when lists name them.
func (r *Reading) User(u User) error {
	if r.changes == nil && r.groups.n > 0 {
		return fmt.Errorf("user %s: %w", shownID(u.ID, r.users.n+1), ErrOrder)
	}
	if err := r.admit(&r.users, "user", u.ID); err != nil {
		return err
	}
	return r.sink.User(checkUser(u))
}

// Group states one group with all of its members. What cannot be used in its name is left
// out of the name. An ID and an error of the Sink are as with User.
func (r *Reading) Group(g Group) error {
	if err := r.admit(&r.groups, "group", g.ID); err != nil {
		return err
	}
	r.memberships += len(g.Members)
	return r.sink.Group(checkGroup(g))
}

func (r *Reading) admit(seen *hashes, kind, id string) error {
	if r.closed {
		return ErrClosed
	}
	if id == "" {
		return fmt.Errorf("%s number %d: %w", kind, seen.n+1, ErrNoID)
	}
	if len(id) > maxID {
		return fmt.Errorf("%s number %d: %w", kind, seen.n+1, ErrLongID)
	}
	// A hash of 64 bits keeps a million IDs in a few MiB; a collision (one in
	// 10^7 such readings) fails the reading, which is safe.
	if !seen.add(maphash.String(r.seed, id)) {
		return fmt.Errorf("%s %s: %w", kind, shownID(id, seen.n+1), ErrDuplicate)
	}
	return nil
}

// Uncounted stands in Evidence for a count that the source does not give.
const Uncounted = -1

// Evidence is what a source gave to show that its listing was whole. No count in it is
// one that the connector made of the records that it stated.
type Evidence struct {
	// Closed says, for people who read it, how the end of the listing was seen: "result
	// code success, no cookie left". It is required.
	Closed string
	// Users and Groups are counts that the source itself gives, apart from the listing;
	// or Uncounted.
	Users, Groups int
	// Sentinel names what is looked at where the source gives no count of users: an
	// object that must be there, and was read ("the manifest's SHA-256"). It is required
	// where Users is Uncounted.
	Sentinel string
	// Files are what was read, where the source can be read twice without having stated
	// anything anew: of what states people, and of what states groups. A read is further
	// evidence of what a file lists only if that file has another version, and one with a file
	// that was written before the last one that was read must not be taken. Empty: a read an
	// hour later is further evidence.
	Files [2]File
	// Identity says what the IDs of this reading are: the attribute or column they
	// were taken from, and what else would make other people of the same ones. A
	// reading with another Identity than the last accepted one must not be taken:
	// everybody would seem to have left and somebody else to have come. Empty: the
	// source has but one kind of ID.
	Identity string
	// Cursor is the place in the source's history at which the reading began, where the
	// connector is a Changer and can tell; empty otherwise. Every change before it is in
	// the reading; a later one may be.
	Cursor Cursor
}

// A File is a file that was read.
type File struct {
	Path    string
	Version string    // tells it from the next one, even with the same records in it
	Written time.Time // its modification time
}

// Complete closes the reading and returns the proof that it was whole, or one of the
// errors above if the evidence does not show that.
func (r *Reading) Complete(e Evidence) (Complete, error) {
	if r.closed {
		return Complete{}, ErrClosed
	}
	r.closed = true
	switch {
	case r.changes != nil:
		return Complete{}, fmt.Errorf("%w: %w", ErrUnproven, errChanges)
	case len(e.Cursor) > maxCursor:
		return Complete{}, fmt.Errorf("%w: the cursor is longer than %d bytes", ErrUnproven, maxCursor)
	case e.Closed == "":
		return Complete{}, fmt.Errorf("%w: the connector names no end of the listing", ErrUnproven)
	case e.Users == Uncounted && e.Sentinel == "":
		return Complete{}, fmt.Errorf("%w: neither a count of users nor a sentinel", ErrUnproven)
	case e.Users != Uncounted && e.Users != r.users.n:
		return Complete{}, fmt.Errorf("%w: %d users stated, %d counted", ErrCount, r.users.n, e.Users)
	case e.Groups != Uncounted && e.Groups != r.groups.n:
		return Complete{}, fmt.Errorf("%w: %d groups stated, %d counted", ErrCount, r.groups.n, e.Groups)
	case r.users.n == 0:
		return Complete{}, ErrEmpty
	}
	return Complete{
		source: r.source, evidence: e,
		size: Size{Users: r.users.n, Groups: r.groups.n, Memberships: r.memberships},
	}, nil
}

// Size is how much a reading stated. Memberships are the references in lists of members;
// of what is stored, those that are resolved to users.
type Size struct {
	Users, Groups, Memberships int
}

// Complete is the proof that a reading was whole. Only Reading makes one that is
// valid; the zero value proves nothing. It is never stored: nobody is removed because of
// a reading of another day.
type Complete struct {
	source   string
	evidence Evidence
	size     Size
}

// Valid reports whether c proves anything.
func (c Complete) Valid() bool { return c.source != "" && c.evidence.Closed != "" }

// Source returns the name of the source that was read.
func (c Complete) Source() string { return c.source }

// Size returns how much the reading stated.
func (c Complete) Size() Size { return c.size }

// Evidence returns what showed that the reading was whole.
func (c Complete) Evidence() Evidence { return c.evidence }
