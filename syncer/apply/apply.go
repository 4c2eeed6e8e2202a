package apply

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Options are what an Applier needs.
type Options struct {
	Target      Target
	Reader      Reader
	Journal     Journal
	Concurrency int // requests at a time, and as many journaled ahead of them; at least 1
	Now         func() time.Time
	Log         *slog.Logger
	// Stop is asked before every request: an error ends the run with it.
	Stop func(context.Context) error
}

// An Applier applies plans. One run or resolve at a time.
type Applier struct {
	o Options
	// open are the people and teams on which an outcome is unknown.
	open map[string]bool
}

// New returns an Applier.
func New(o Options) *Applier {
	o.Concurrency = max(1, o.Concurrency)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stop == nil {
		o.Stop = func(context.Context) error { return nil }
	}
	return &Applier{o: o, open: map[string]bool{}}
}

// Run applies p in its order, phase by phase. It stops early, with an error, when
// Writer refuses the credential or cannot be reached any more, when the journal
// cannot be written, or when Stop says so; and without an error, with
// Report.More, when slice is over (zero: never). An op that fails by itself stops
// nothing. If ctx ends, the requests under way are finished and settled, and no
// other is sent. However a run ends, what became of its requests is in the journal,
// or the error says of how many it is not.
func (a *Applier) Run(ctx context.Context, p plan.Plan, slice time.Duration) (Report, error) {
	r := newRun(a, p, slice)
	err := r.phases(ctx)
	if errors.Is(err, errSlice) {
		r.report.More, err = true, nil
	}
	if lost := r.record(ctx, r.settled); lost != nil {
		return r.report, unrecorded(lost, err)
	}
	if r.report.Unknown > 0 && err == nil && !r.report.More && ctx.Err() == nil {
		var resolved Resolved
		resolved, err = a.resolve(ctx, unanswered)
		r.report.Unknown = resolved.Open
		r.report.merge(resolved.Report)
	}
	if err == nil {
		err = ctx.Err()
	}
	return r.report, err
}

func (r *Report) merge(o Report) {
	for kind, t := range o.Counts {
		have := r.Counts[kind]
		r.Counts[kind] = Tally{have.Done + t.Done, have.Failed + t.Failed, have.Skipped + t.Skipped}
	}
	r.Failures = append(r.Failures, o.Failures...)
}

// outcomeOf turns the error of a call into an outcome, or says that there is none
// yet. What surely was not sent, or was turned away for being too much, is
// skipped: the next run plans it again.
func outcomeOf(err error) (out Outcome, known bool) {
	var refused *RefusedError
	switch class := connectors.ClassOf(err); {
	case err == nil:
		return Outcome{Result: Done}, true
	case class == connectors.Unknown || class == connectors.Corrupt:
		return Outcome{}, false
	case class == connectors.Transient || class == connectors.Throttled || class == connectors.Denied:
		return Outcome{Result: Skipped, Class: class, Text: err.Error()}, true
	case errors.As(err, &refused) && refused.Attribute == plan.UserName:
		return Outcome{Result: Failed, Class: class, Text: err.Error(), RefusedEmail: "the e-mail of the op"}, true
	default:
		return Outcome{Result: Failed, Class: class, Text: err.Error()}, true
	}
}

// fatal returns the error that ends a run, if err does.
func fatal(err error) error {
	if connectors.ClassOf(err) == connectors.Denied {
		return fmt.Errorf("Writer refuses the credential, nothing more is sent: %w", err) //nolint:staticcheck // a name
	}
	return nil
}
