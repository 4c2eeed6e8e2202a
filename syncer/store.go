package syncer

import (
	"context"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// A Store remembers between passes. Its methods may be called from several
// goroutines; none of them waits for the network.
type Store interface {
	apply.Journal
	Views
	Readings
	Decisions
	Memory
}

// Views are the state's part of a plan.Input.
type Views interface {
	// Load returns the people, groups, feeds, teams and retries of a plan.Input,
	// as of the last commit. Policy, Now, Accounts and all that Writer says are
	// left for the caller; of Sources it fills Name and Generation. People come
	// without User and Link. Settled is true for those with a link whose record
	// is the one last applied and of whom nothing else is open, for those without
	// a link, and for those absent whose account is not live.
	Load(ctx context.Context) (plan.Input, error)
	// Fill loads User and Link of the people with those indexes, and of everybody
	// whose e-mail, stated or last applied, is also that of one of them; their
	// Settled becomes false. It must follow Load with no commit between.
	Fill(ctx context.Context, in *plan.Input, people []uint32) error
	// Find returns, as indexes into the People of Load, those who have the ID, with
	// the source ("corp/4711") or without, or the e-mail, stated or last applied; if
	// nobody has, those who are stated under that display name.
	Find(ctx context.Context, text string) ([]uint32, error)
}

// Readings are the snapshot: the last complete reading of each source.
type Readings interface {
	// Ingest begins a new reading of a source. Nothing of it is visible until
	// Commit. One reading of a source can be under way at a time.
	Ingest(ctx context.Context, source string) (Ingest, error)
	// Follow begins a reading of what changed in a source since its SourceState.Cursor,
	// which must not be empty. As with Ingest, nothing of it is visible until Commit,
	// and it is the one reading under way.
	Follow(ctx context.Context, source string) (Following, error)
	// Sources returns every source that was ever read, sorted by name.
	Sources(ctx context.Context) ([]SourceState, error)
	// Neighbours returns the container in which the claimed object stood when it
	// was last stated, and the IDs of up to n objects of the same kind that the
	// last complete reading states in that container; in an order that varies with
	// the claim, so that not every proof leans on the same few.
	Neighbours(ctx context.Context, gone plan.Claim, n int) (container string, ids []string, err error)
	// Accept records that the last complete reading of a source was found
	// credible: later ones are compared with it.
	Accept(ctx context.Context, source string) error
}

// An Ingest takes one reading into the state.
type Ingest interface {
	connectors.Sink
	// Commit makes the reading the source's snapshot, in one step. It refuses a
	// Complete that is not valid or is of another source. If nothing changed it
	// writes the header only.
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

// A SourceState is what is remembered of a source's readings.
type SourceState struct {
	Name       string
	Generation uint64          // number of complete readings so far
	At         time.Time       // of the last complete reading
	Size       connectors.Size // as known now: of that reading, with what changed since
	Accepted   connectors.Size // of the last accepted reading; zero if none was
	Unresolved int             // members that resolved to nothing
	Identity   string          // what its IDs are; see connectors.Evidence
	Editions   bool            // readings of one edition are one statement; see connectors.Evidence
	// Cursor is where a reading of changes goes on; empty: it cannot. Followed is when
	// the last one was made.
	Cursor   connectors.Cursor
	Followed time.Time
	// Credible says that the last complete reading was accepted.
	Credible bool
	// States are the attributes, connectors.Email among them, that the source ever
	// stated of anybody, sorted.
	States []connectors.Attribute
}

// Decisions are what admins decided: the holds that somebody approved, and who is
// not one.
type Decisions interface {
	// Approve remembers an approval of ops. Approving a hold again renews it, and ends it
	// if the new approval has expired already.
	Approve(ctx context.Context, a Approval, ops []plan.Op) error
	// Approved returns the approvals that have not expired at now, and by op hash
	// those of their ops that were not done yet.
	Approved(ctx context.Context, now time.Time) ([]Approval, map[plan.Hash]bool, error)
	// Part forgets that a person is somebody of another source, and returns who.
	Part(ctx context.Context, person connectors.Ref) (connectors.Ref, error)
}

// An Approval lets the ops of one hold through, each once, until it expires.
type Approval struct {
	Hold    plan.Hash
	Why     plan.Why
	By      string // who approved: the operating system's user, or a console login
	At      time.Time
	Expires time.Time
	Ops     int
	Left    int // of Ops, those that were not done yet; Approved fills it in
	// Removals are those of a gate's plan: they are shown with it and not approved.
	Removals int `cbor:",omitempty" json:",omitempty"`
}

// Memory is what a pass needs to know of earlier passes.
type Memory interface {
	// Control returns the switches, and UpdateControl changes them in one step.
	Control(ctx context.Context) (Control, error)
	UpdateControl(ctx context.Context, change func(*Control)) error
	// Record stores a finished run. A run that changed nothing costs one small
	// write; Held is stored only when it differs from the run before.
	Record(ctx context.Context, r Run) error
	// Runs returns the last n runs, newest first. Only the newest carries Held.
	Runs(ctx context.Context, n int) ([]Run, error)
	Past
}

// Past is what was done.
type Past interface {
	// Removed returns what was taken from people since then, oldest first.
	Removed(ctx context.Context, since time.Time) ([]Removal, error)
	// History returns the last n events that match, newest first. Only so many
	// events are remembered.
	History(ctx context.Context, n int, match func(Event) bool) ([]Event, error)
	Imports
}

// An Event is something that was done about a person, or that Writer did not take.
type Event struct {
	At      time.Time
	Person  connectors.Ref
	From    connectors.Ref // of a moved link: whose account it was
	Kind    plan.Kind
	Account plan.RemoteID
	Team    string   // name, as it was then
	Changed []string // words of the attributes that changed
	Reason  string
	Result  apply.Result
	Text    string // of a failure: what Writer said
}

// A Removal is one done op that took something away.
type Removal struct {
	At       time.Time
	Kind     plan.Kind
	Person   connectors.Ref
	Team     plan.RemoteID
	Approved bool // an approval let it through
}

// Control holds the switches that outlive a pass.
type Control struct {
	Paused   bool
	PausedBy string
	PausedAt time.Time
	Base     Base
	Verified time.Time // when Writer was last read in full
	Again    bool      // the next pass reads it in full once more
	// Writer is the endpoint that the ledger was filled against; empty as long as it
	// holds nothing.
	Writer string
}

// A Base identifies what a diff was made under: rules, scope, sources, Writer
// organization. When it moves, everything is evaluated again, plan-only.
type Base struct {
	Hash     string    // of the configuration that decides
	Approved time.Time // when the first plan under it was approved; zero: not yet
	Settled  bool      // the approved plan was carried out; the gate is open
}

// Imports remember what import made in sources. Load returns all of it in
// plan.Input.Imported.
type Imports interface {
	// Importing records, before a source is asked, that an object of it is being made
	// of i.From. Until Imported tells what became of it, it may be there or not.
	Importing(ctx context.Context, i plan.Imported) error
	// Imported records that the object was made, and has the ID of i.Ref; without an
	// ID, that it was not.
	Imported(ctx context.Context, i plan.Imported) error
}
