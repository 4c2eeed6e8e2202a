package console

import (
	"context"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/store"
)

// An Engine does what the verbs ask. Its methods may be called from several
// goroutines; passes run one at a time.
type Engine interface {
	Answers
	Orders
	Upkeep
}

// Answers come from the state alone.
type Answers interface {
	// Status says how things stand.
	Status(ctx context.Context) (syncer.Status, error)
	// Explain says why somebody is, or is not, in a team.
	Explain(ctx context.Context, text string) (syncer.Explanation, error)
	// Snapshot returns what the sources stated when they were last read whole.
	Snapshot(ctx context.Context) (syncer.Snapshot, error)
}

// Orders change something.
type Orders interface {
	// Pass runs a pass and returns when it has ended. If the request's context
	// ends first, the pass goes on.
	Pass(ctx context.Context, r syncer.Request) (syncer.Outcome, error)
	// Approve lets a hold of the last pass through. A daemon makes the pass that does it
	// at once; nobody waits for its end.
	Approve(ctx context.Context, hash, by string) (store.Approval, error)
	// Part says that a person is not the one of another source with whom they were
	// joined, and returns who that is.
	Part(ctx context.Context, person connectors.Ref) (connectors.Ref, error)
	// Pause turns the kill switch on or off. When it goes off a daemon makes a pass, as
	// after an approval.
	Pause(ctx context.Context, on bool, by string) error
	// Backup writes a copy of the state to a file. One that is there is not replaced, but
	// for an earlier backup if force says so.
	Backup(ctx context.Context, path string, force bool) error
}

// Upkeep is of the state itself.
type Upkeep interface {
	// Compact rewrites the state file without the room that was freed in it. It waits for
	// a pass under way.
	Compact(ctx context.Context) (Compaction, error)
}

// A Compaction says how large the state file was before, how large it is after, and how
// much of it is in use then.
type Compaction struct {
	Before int64 `json:"before_bytes"`
	After  int64 `json:"after_bytes"`
	Live   int64 `json:"live_bytes"`
}
