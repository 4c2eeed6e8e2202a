package connectors

import "context"

// A Connector reads one directory.
//
// Read, Changes and Check of one Connector are called one after the other, never two at the
// same time: what one of them keeps in memory for the next needs no lock for their sake.
// Watch, Prove and Close may run while one of the three runs.
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

// A Watcher can tell that its directory changed. It is optional.
type Watcher interface {
	// Watch calls changed once when it has begun to watch, for what happened while
	// nobody was watching, and from then on whenever something that Read states may
	// have changed; what it was is not told. It returns only when ctx ends, then with
	// ctx's error, or when it can no longer tell, with an error that says why. The
	// caller then waits and calls it again. changed returns at once, may be called from
	// any goroutine, and too often rather than too seldom. Watch may run beside Read,
	// Changes and Prove; it never changes the directory.
	Watch(ctx context.Context, changed func()) error
}

// A Changer can state what changed since a reading, for less than a whole reading
// costs. It is optional. The first cursor comes with Evidence.Cursor of a whole
// reading.
type Changer interface {
	// Changes states every user and group that was made or changed since the cursor,
	// each whole, just as Read would state it now, and with Reading.Gone those that
	// the directory itself says are there no longer, by their IDs. It says nothing by
	// leaving something out. What did not change may be stated too. It returns what
	// r.Delta gives; an error is as with Read, and ErrCursorLost asks for a whole
	// reading. It may be called again with the same cursor, and never changes the
	// directory.
	Changes(ctx context.Context, since Cursor, r *Reading) (Delta, error)
}

// A Historian can tell whether its directory has gone back in its own history: after a
// backup was put back, everybody who was made since the backup is missing, and has not
// left. It is optional, for connectors that give cursors.
type Historian interface {
	// WentBack compares two cursors of the same directory: since is that of the last
	// reading, now is that of a later one. Where now is the earlier place in the
	// directory's history, it returns an *Error that says so: the later reading is then
	// not used. In every other case it returns nil; also where the two are of different
	// histories, or where one of them cannot be read. It makes no request.
	WentBack(since, now Cursor) error
}

// An Importer can make objects in its directory. It is optional, and for import
// alone: nothing else writes into a directory.
//
// It makes and does nothing else: what is there is neither changed nor deleted, and a
// password is never set. An error is an *Error, and its class says what is known:
//
//   - Conflict: an object of that address or name is there already. If it is one of
//     those that the connector reads, or would have made itself, its ID is returned
//     beside the error; so that a call whose outcome was Unknown can be repeated.
//   - Unknown: the object may have been made.
//   - all others: it was not made.
type Importer interface {
	// CreateUser makes a person and returns the immutable ID that the directory gave.
	CreateUser(ctx context.Context, u NewUser) (id string, err error)
	// CreateGroup makes a group and returns the immutable ID that the directory gave.
	CreateGroup(ctx context.Context, g NewGroup) (id string, err error)
}

// A NewUser is a person to be made. The attributes are all that is known; a directory
// takes those that it has a place for.
type NewUser struct {
	Email      string // valid, in its canonical form
	Attributes map[Attribute]string
}

// A NewGroup is a group to be made.
type NewGroup struct {
	Name    string
	Members []string // IDs of users, at least one
}
