package connectors

import "context"

// A Connector reads one directory. What else it can do, it says by the further interfaces
// of this file, of Checker and of Receiver: all of them are optional.
//
// Read, Changes, Check, CreateUser and CreateGroup of one Connector are called one after
// the other, never two at the same time: what one of them keeps in memory for the next
// needs no lock for their sake. Watch, Prove, WentBack and Close may be called while one
// of them runs.
type Connector interface {
	// Read states to r every user and then every group that the configuration selects, each
	// once, and then returns what r.Complete returns.
	//
	// In any doubt whether that was everything (a page that is too short, a link that
	// leads back, a referral, a size limit) Read returns an error. An error of r itself
	// ends it too. What was stated before an error is thrown away: the caller keeps the
	// reading before. An error that a person can act on is an *Error.
	//
	// Read is called again and again, after an error too, each time with a new Reading.
	// It never changes the directory. When ctx ends, it returns soon, with an error.
	Read(ctx context.Context, r *Reading) (Complete, error)
}

// A Prover can look for one object by its immutable ID. It is optional: where the
// connector is not a Prover, a user who is missing leaves only once the source has said so
// twice: by a newer file, or by a full read an hour later.
type Prover interface {
	// Prove answers whether the object of c exists now, as far as the credential of the
	// connector can see. The answer Absent needs that every control of c is found: a
	// credential that has lost its rights finds nothing either. An error means that
	// nothing was learnt; the Presence beside it is not looked at.
	//
	// Prove never changes the directory and may be called again. When ctx ends, it
	// returns soon, with an error.
	Prove(ctx context.Context, c Claim) (Presence, error)
}

// ObjectKind says what something is about.
type ObjectKind string

// The kinds of object.
const (
	UserObject  ObjectKind = "user"
	GroupObject ObjectKind = "group"
	// MembershipObject is that a group has a user as a member, of which the user's own entry
	// says so too. Only claims are about it.
	MembershipObject ObjectKind = "membership"
)

// A Claim says that an object is gone. A Prover confirms or denies it.
//
// That a membership is gone is for the user's own list of groups to say, since the list of the
// group is not visible: Present if it names the group; Absent if it does not, and
// names every control, which are groups that list the user; Undecided in all other cases, also
// where the directory keeps no such lists. Without a control it is Absent only where the
// directory itself keeps such a list, and it names other groups.
type Claim struct {
	Kind      ObjectKind
	ID        string   // immutable ID of the object that is missing; of a membership, of the user
	Group     string   // of a membership: immutable ID of the group
	Container string   // where the object stood when it was last seen; see User.Container
	Controls  []string // IDs of objects of the same kind and container that the new read lists; of a membership, of groups that list the user; perhaps none
}

// Presence is what a Prover found.
type Presence string

// What a Prover can find.
const (
	Undecided Presence = "undecided" // the object was not found, and there was no control, or one was not found either
	Absent    Presence = "absent"    // the object was not found, and every control was
	Present   Presence = "present"   // the object was found: the reading without it was false
	// Deselected: the object was found, and is not among those that the configuration
	// selects; every control is.
	Deselected Presence = "deselected"
)

// A Watcher can tell that its directory changed. It is optional.
type Watcher interface {
	// Watch calls changed once as soon as it has begun to watch, for what happened while
	// nobody was watching. From then on it calls changed whenever something that Read
	// states may have changed; it does not say what. A call too many costs a reading of
	// changes, a call too few makes a change late. changed returns at once and may be
	// called from any goroutine.
	//
	// Watch returns when ctx ends, soon, with ctx's error; or when it can no longer tell
	// of changes, with an error that says why: the caller then waits and calls it again.
	// It returns for no other reason, and never nil. It never changes the directory.
	Watch(ctx context.Context, changed func()) error
}

// A Changer can state what changed since a reading, for less than a whole reading costs.
// It is optional. The first cursor comes from a whole reading, as Evidence.Cursor.
type Changer interface {
	// Changes states to r every user and every group that was made or changed since the
	// cursor, each one whole, as Read would state it now, in any order. By r.Gone it states the IDs of
	// those of which the directory itself says that they were deleted. What it leaves out
	// says nothing: it may be unchanged, or gone. Something that did not change may be
	// stated too. Then Changes returns what r.Delta returns.
	//
	// The error ErrCursorLost, wrapped perhaps, means that the directory cannot tell what
	// changed since the cursor: the caller then calls Read. Every other error is as with
	// Read, and so is the end of ctx. Changes may be called again with the same cursor,
	// after an error too, and never changes the directory.
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

// An Importer can make objects in its directory. It is optional, and for the verb
// `import` alone: nothing else writes into a directory.
//
// It makes new objects and does nothing else: what is there is neither changed nor
// deleted, and a password is never set. An error is an *Error, and its class says what is
// known:
//
//   - Conflict: an object of that address or name is there already. If it is one of
//     those that the connector reads, or would have made itself, its ID is returned
//     beside the error; so that a call whose outcome was Unknown can be repeated.
//   - Unknown: the object may have been made. So it is if ctx ends after the request
//     was sent.
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
