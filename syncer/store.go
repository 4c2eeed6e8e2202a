package syncer

import (
	"context"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// A Store remembers between runs. Its methods may be called from several goroutines;
// none of them waits for the network.
type Store interface {
	apply.Journal
	Reads
	// View runs fn in a transaction that reads, and Update in one that writes: see
	// store.Reader and store.Writer. fn is run once, and must call nothing of the Store
	// itself. Update returns once what fn wrote is durable; if fn fails, nothing was
	// written. An end of ctx ends the transaction before fn, or at its next long step.
	View(ctx context.Context, fn func(Reader) error) error
	Update(ctx context.Context, fn func(Writer) error) error
}

// A Reader reads the state in one transaction.
type Reader interface {
	store.Reader
	Picture
}

// A Writer reads and writes the state in one transaction.
type Writer interface {
	store.Writer
	Picture
}

// A Picture is the state's part of a plan.Input.
type Picture interface {
	// Load returns the people, groups, feeds, teams and retries of a plan.Input.
	// Policy, Now, Accounts and all that Writer says are left for the caller; of
	// Sources it fills Name. People come without User and Link. Settled
	// is true for those with a link whose record is the one last applied and of whom
	// nothing else is open, for those without a link, and for those absent whose
	// account is not live.
	Load() (plan.Input, error)
	// Fill loads User and Link of the people with those indexes, and of everybody
	// whose e-mail, stated or last applied, is also that of one of them, or where
	// Verified or Approved are set that of an active one of Accounts; their
	// Settled becomes false. If what Load returned is not so any more, it returns
	// store.ErrMoved.
	Fill(in *plan.Input, people []uint32) error
	// Find returns, as indexes into the People of Load, those who have the ID, with
	// the source ("corp/4711") or without, or the e-mail, stated or last applied; if
	// there is none, those who are stated under that display name.
	Find(text string) ([]uint32, error)
	// Users calls fn with every user that a source lists, in the order of IDs, without
	// names; an error of fn ends that.
	Users(source string, fn func(connectors.User) error) error
	// Accounts returns how many live accounts the ledger has. It costs less than Load.
	Accounts() (int, error)
}

// Reads take reads of sources into the snapshot.
type Reads interface {
	// Ingest begins a full read of a source. Nothing of it is visible until Commit.
	// One read of a source can be under way at a time.
	Ingest(ctx context.Context, source string) (Ingest, error)
	// Follow begins a delta read of a source, since its store.Source.Cursor, which must
	// not be empty. As with Ingest, nothing of it is visible until Commit, and it is
	// the one read under way.
	Follow(ctx context.Context, source string) (Following, error)
}

// An Ingest takes one reading into the state.
type Ingest interface {
	connectors.Sink
	// Commit makes the reading the source's snapshot, in one step. It refuses a
	// Complete that is not valid or is of another source. If nothing changed it
	// writes nothing before the next transaction does.
	Commit(ctx context.Context, c connectors.Complete, at time.Time) error
	// Discard drops the reading. After Commit it does nothing.
	Discard() error
}

// A Following takes what changed since the last reading into the state.
type Following interface {
	connectors.ChangeSink
	// Commit merges what changed into the snapshot, together with the cursor to go on
	// from, in one step, and returns whom it is about. It is no complete reading, and
	// who is gone by it is missing from none yet. It refuses a Delta that is not valid
	// or is of another source, and one that states more than fits one step with
	// connectors.ErrCursorLost: the source is then read whole.
	Commit(ctx context.Context, d connectors.Delta, at time.Time) (Changed, error)
	// Discard drops the reading. After Commit it does nothing.
	Discard() error
}

// Changed is whom a reading of changes says something about, by their IDs in the source.
type Changed struct {
	Stated []string // people who are stated, changed or not, or gone
	Lost   []Lost
}

// Lost is whom a stated group no longer has, or had when it went.
type Lost struct {
	Group   string
	Members []string // people
	Nested  []string // groups
}
