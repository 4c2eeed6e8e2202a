package apply

import (
	"context"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Journal remembers what was about to be sent and what became of it. Its
// methods may be called from several goroutines.
type Journal interface {
	// Intend makes the intent to do ops with one request durable before it
	// returns. If it fails, nothing may be sent.
	Intend(ctx context.Context, ops ...plan.Op) (Intent, error)
	// Settle records the outcomes, one for each op of the intent in their order,
	// together with what they change in the ledger, in one step, and closes the
	// intent. It must be called even if ctx has ended.
	Settle(ctx context.Context, in Intent, out ...Outcome) error
	// Unsettled returns the intents without an outcome, oldest first.
	Unsettled(ctx context.Context) ([]Intent, error)
}

// An Intent is one request that is about to be sent, or may have been.
type Intent struct {
	ID  uint64
	Ops []plan.Op
}

// A Result is what became of an op.
type Result string

// What can become of an op. An op whose outcome is unknown has no result: its
// intent stays open until a read tells.
const (
	Done    Result = "done"
	Failed  Result = "failed"  // definitely not done; remembered as a plan.Retry
	Skipped Result = "skipped" // definitely not sent; nothing is remembered
)

// An Outcome is the result of one op.
type Outcome struct {
	Result  Result
	Account plan.Account     // for Done ops on an account: as Writer has it now; for a conflicting create: the account in the way, if found
	Class   connectors.Class // for Failed
	Text    string           // for Failed: what happened, without personal data
	// RefusedEmail is set on a failed update whose new e-mail Writer refused.
	RefusedEmail string
}
