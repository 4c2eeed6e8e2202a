package store

import (
	"errors"
	"time"

	"writersync/connectors"
)

// ErrMoved is returned where something that was read in an earlier transaction is used
// in a later one, and is not so any more: read again.
var ErrMoved = errors.New("the state changed since it was read")

// A Reader reads in one transaction: all that it returns is of one moment, and stays
// valid after it. A method may be called again and again; its error is about the file,
// or that the context of the transaction has ended.
type Reader interface {
	Sources
	Decisions
	Past
	Work
}

// Sources are what is remembered of the reads of sources.
type Sources interface {
	// Sources returns every source that was ever read in full, sorted by name.
	Sources() ([]Source, error)
	// Neighbours returns the container in which the object was when it was last listed,
	// and the IDs of up to n objects of the same kind that the last full read lists in
	// that container; in an order that varies with the object, so that not every
	// look-up leans on the same few.
	Neighbours(kind connectors.ObjectKind, object connectors.Ref, n int) (container string, ids []string, err error)
}

// Decisions are what admins decided.
type Decisions interface {
	// Control returns the switches.
	Control() (Control, error)
	// Holds returns what the newest run held.
	Holds() ([]Hold, error)
	// Approvals returns the approvals that have not expired at now, oldest first.
	Approvals(now time.Time) ([]Approval, error)
	// Approved returns, by hash, those of the ops of such approvals that were not done
	// yet. A first plan has millions.
	Approved(now time.Time) (map[string]bool, error)
}

// Past is what was done.
type Past interface {
	// Runs returns the last n runs, newest first.
	Runs(n int) ([]Run, error)
	// Removals returns what was taken since then, oldest first.
	Removals(since time.Time) ([]Removal, error)
	// Events returns the last n events that match, newest first. Only so many are
	// remembered.
	Events(n int, match func(Event) bool) ([]Event, error)
}

// Work is what is not finished.
type Work interface {
	// Retries returns the ops that failed, sorted by key.
	Retries() ([]Retry, error)
	// Imports returns what import made in sources, or began to make.
	Imports() ([]Imported, error)
	// Unsettled returns the requests that have no outcome, oldest first.
	Unsettled() ([]Intent, error)
}

// A Writer reads and writes in one transaction: nothing of it is visible before it has
// ended, and if it ends with an error, nothing of it was done. What it reads is not
// changed by others meanwhile.
type Writer interface {
	Reader
	Decider
	Recorder
	Concluder
	Observer
}

// A Decider stores what admins decide.
type Decider interface {
	SetControl(c Control) error
	// Approve stores an approval of those ops. An approval of the same hold is replaced.
	Approve(a Approval, ops []Op) error
	// EndApproval drops an approval, if there is one of that hold.
	EndApproval(hold string) error
	// EndApproved takes from the approvals that were given at a time or before it the ops that
	// are not planned, by their hashes.
	EndApproved(given time.Time, planned map[string]bool) error
	// Split forgets that a user is the person of another one, and returns that one.
	Split(user connectors.Ref) (connectors.Ref, error)
}

// KeptRuns is how many runs are remembered: three days at one in five minutes.
const KeptRuns = 1000

// A Recorder stores what runs did.
type Recorder interface {
	// Record stores a finished run, one small record, and drops what is too old. What the
	// run before held stays until Hold.
	Record(r Run) error
	// Hold stores what is held from now on, if that is anything else than before.
	Hold(held []Hold) error
	// Import records that an object of a source is being made of what Writer has, if
	// i.Ref has no ID, or that it was made. Forget drops such a record: it was not made.
	Import(i Imported) error
	Forget(i Imported) error
}

// A Concluder stores what runs conclude from what was read.
type Concluder interface {
	// Accept records that no safeguard doubts the last full read of a source: later ones
	// are compared with it.
	Accept(source string) error
	// JudgeMarks forgets what the users of ended showed before and do not show now, and
	// remembers of those of stay that it counts until it is shown or approved.
	JudgeMarks(ended, stay []connectors.Ref) error
	// Exclude stores the groups that keep users out, in the place of those before.
	Exclude(groups []Excluded) error
	// SetOutside stores since when people with an account are out of scope. One who has no
	// account is passed over.
	SetOutside(people []Outside) error
}

// A File is a file of a source as it was read last.
type File struct {
	connectors.File
	Read time.Time // when this version of it was read first
}

// A Source is what is remembered of the reads of one source.
type Source struct {
	Name       string
	Generation uint64          // number of full reads so far
	At         time.Time       // of the last full read
	Size       connectors.Size // as known now: of that read, with what changed since
	Accepted   connectors.Size // of the last accepted read; zero if none was
	Identity   string          // what its IDs are; see connectors.Evidence
	Files      [2]File         // as they were read last; see connectors.Evidence
	// Cursor is where a delta read goes on; empty: it cannot. Followed is when the last
	// one was made.
	Cursor   connectors.Cursor
	Followed time.Time
	// Credible says that the last full read was accepted.
	Credible bool
	// States are the attributes, connectors.Email among them, that the source ever
	// listed of any user, sorted.
	States []connectors.Attribute
}
