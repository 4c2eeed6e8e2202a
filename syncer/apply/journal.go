package apply

import (
	"context"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Journal remembers what may be sent and what became of it. Its methods may be
// called from several goroutines.
type Journal interface {
	// Advance closes what is settled and opens an intent for each of next, in one
	// durable step: all of it or, with an error, nothing. One intent stands for one
	// request. What has an intent may have been sent, what has none must not be. The
	// intents come in the order of next.
	//
	// Outcomes change the ledger in the order of settled, one for each op of its
	// intent. An intent is closed once: it is an error to close it again, or to close
	// one that was never opened. Ops that send nothing need none: they come under the
	// ID zero.
	//
	// If ctx has ended, nothing is opened: a call with next does nothing and returns
	// ctx's error. One without next records all the same. With neither, Advance does
	// nothing.
	Advance(ctx context.Context, settled []Settled, next [][]plan.Op) ([]Intent, error)
	// Unsettled returns the intents that are open, oldest first.
	Unsettled(ctx context.Context) ([]Intent, error)
}

// An Intent is one request that is about to be sent, or may have been.
type Intent struct {
	ID  uint64
	Ops []plan.Op
}

// A Settled is an intent and what became of it.
type Settled struct {
	Intent
	Outcomes []Outcome // one for each op, in their order
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

// same returns an outcome of that result for each op.
func same(ops []plan.Op, result Result) []Outcome {
	out := make([]Outcome, len(ops))
	for i := range out {
		out[i].Result = result
	}
	return out
}

// record writes what became of requests, in one step. If that fails it is tried for
// each alone: a fault of one must not lose the others. What cannot be written stays
// open.
func (a *Applier) record(ctx context.Context, settled []Settled) error {
	if len(settled) == 0 {
		return nil
	}
	_, err := a.o.Journal.Advance(ctx, settled, nil)
	if err == nil {
		return nil
	}
	lost := 0
	for i := range settled {
		if _, alone := a.o.Journal.Advance(ctx, settled[i:i+1], nil); alone != nil {
			lost, err = lost+1, alone
		}
	}
	if lost == 0 {
		return nil
	}
	return fmt.Errorf("what became of %d of %d requests to Writer could not be recorded, and the next run looks for it there: %w", lost, len(settled), err)
}

// unrecorded returns lost, an error of record, with what had ended the run before, if
// anything had. It does not wrap the latter: nobody must take the error for a mere
// pause or the program's end.
func unrecorded(lost, ended error) error {
	if ended == nil {
		return lost
	}
	return fmt.Errorf("%w (before that, the run had ended: %s)", lost, ended.Error())
}
