package connectors

import "context"

// A Connector reads one directory.
type Connector interface {
	// Read states every user and group in scope to r, then returns what
	// r.Complete gives. On any doubt (a short page, a lost cursor, a referral, a
	// size limit) it returns an error: the caller keeps the previous reading.
	// Read may be called again at any time with a fresh Reading, never changes
	// the directory, and returns soon after ctx ends, with an error.
	Read(ctx context.Context, r *Reading) (Complete, error)
}

// A Prover can look at one object by its immutable ID. It is optional: a source
// whose connector is not a Prover needs two complete readings before a person's
// absence counts.
type Prover interface {
	// Prove answers whether the object of c exists, as the same credential sees
	// it now. Absent needs every control found: a credential that lost its
	// rights also finds nothing. It never changes the directory and may be
	// called again; an error means that nothing was learnt.
	Prove(ctx context.Context, c Claim) (Presence, error)
}

// ObjectKind says what a Claim is about.
type ObjectKind string

// The kinds of object a Claim can be about.
const (
	UserObject  ObjectKind = "user"
	GroupObject ObjectKind = "group"
)

// A Claim says that an object is gone, for a Prover to confirm or deny.
type Claim struct {
	Kind      ObjectKind
	ID        string   // immutable ID of the object that is missing
	Container string   // where the object stood when last seen; see User.Container
	Controls  []string // IDs of objects of the same kind and container that the new reading does state
}

// Presence is what a Prover found.
type Presence string

// What a Prover can find.
const (
	Undecided Presence = "undecided" // no control, or a control was not found either
	Absent    Presence = "absent"    // not found, while every control was
	Present   Presence = "present"   // found: the reading that missed it was false
)
