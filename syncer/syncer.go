package syncer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// A Source is one configured directory.
type Source struct {
	Name      string
	Connector connectors.Connector // a connectors.Prover too, if it can prove
}

// A Target is Writer: single reads and writes, and one read of everything.
type Target interface {
	apply.Target
	apply.Reader
	// ReadAll returns every account and team. A listing that cannot be shown to
	// be whole is said to be so in the result; it is not an error.
	ReadAll(ctx context.Context) (plan.Listing, error)
}

// Options are what a Syncer needs. All of them are required but those that say
// otherwise.
type Options struct {
	Sources   []Source
	Store     Store
	Target    Target
	Policy    plan.Policy
	Protected guard.Protected
	Limits    guard.Limits // may be zero
	// Keep says which attributes of people are kept of a reading: what nothing looks
	// at is not. Nil: all.
	Keep func(connectors.Attribute) bool
	// Base is the text of everything in the configuration that decides. When it
	// changes, the next pass is plan-only.
	Base string
	// Endpoint names the Writer organization.
	Endpoint string
	// Verify is how long a full read of Writer stays good: a pass that comes later
	// makes one. Zero: for ever, but for first passes and those that ask for one.
	Verify      time.Duration
	Slice       time.Duration // how long one pass may apply
	Concurrency int           // requests to Writer at a time
	Now         func() time.Time
	Log         *slog.Logger // may be nil
	Metrics     *Metrics     // may be nil
	// Ready says whether a pass can begin, before anything is read; may be nil.
	Ready func(context.Context) error
	// Requests returns what was sent to Writer so far; may be nil.
	Requests func() Requests
}

// A Syncer runs passes, one at a time: callers queue, as package trigger does.
type Syncer struct {
	o       Options
	rules   string // hash of Options.Base
	applier *apply.Applier
	splits  atomic.Uint64 // as the run under way found them
}

// New returns a Syncer.
func New(o Options) *Syncer {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Requests == nil {
		o.Requests = func() Requests { return Requests{} }
	}
	s := &Syncer{o: o, rules: BaseOf(o.Base)}
	s.applier = apply.New(apply.Options{
		Target: o.Target, Reader: o.Target, Journal: o.Store, Now: o.Now, Log: o.Log,
		Concurrency: o.Concurrency, Stop: s.stopped,
	})
	return s
}

// Plan reads and thinks. It changes nothing in Writer; the readings it makes are
// kept, and the run is recorded as a dry one.
func (s *Syncer) Plan(ctx context.Context, r Request) (Outcome, error) {
	r.DryRun = true
	return s.Run(ctx, r)
}

// Run makes one whole pass. Whatever happens, the run is recorded; the error is
// what ended the pass early. A pass that ended as it should, but held or failed
// ops, is no error: Run.Result says so.
//
// No pass is made, and none recorded, for sources that rang before the first plan was
// approved: what somebody approves must not move under their hands; nor for those that
// are not configured any more. Where the first plan is approved and was not carried out
// yet, for want of a source perhaps, a ring makes the pass that does, and reads everything. So it
// does where Writer was not read in full since the state was made or restored: accounts may be
// otherwise than the state has them.
func (s *Syncer) Run(ctx context.Context, r Request) (Outcome, error) {
	if len(r.Rings) > 0 {
		control, err := control(ctx, s.o.Store)
		known := slices.ContainsFunc(s.o.Sources, func(o Source) bool { return slices.Contains(r.Rings, o.Name) })
		gate := gateOf(control.Base, s.o.Now())
		switch {
		case err != nil || !known || control.Base.Hash != s.rules || gate == guard.GateClosed:
			return Outcome{}, err
		case gate == guard.GateOpening, control.Verified.IsZero():
			r.Rings, r.Trigger = nil, TriggerAgain
		}
	}
	p := newPass(s, r)
	err := apply.Contain(func() error { return p.do(ctx) })
	p.logFault(err)
	// The record must be kept even of a pass that was told to stop.
	ctx = context.WithoutCancel(ctx)
	run := p.close(ctx, err)
	if rerr := s.record(ctx, run, p.blind); rerr != nil {
		err = errors.Join(err, fmt.Errorf("record the run: %w", rerr))
	}
	s.o.Metrics.observe(run, p.states, s.o.Sources)
	p.log(ctx) // last: who waits for the line finds the record and the metrics
	return Outcome{Run: run, Plan: p.plan, Match: p.match, Written: p.written}, err
}

// record stores a run and what it held. One that is blind could not learn what waits:
// that stays as it is stored.
func (s *Syncer) record(ctx context.Context, run Run, blind bool) error {
	record, held := run.stored()
	return s.o.Store.Update(ctx, func(tx Writer) error {
		if err := tx.Record(record); err != nil || blind {
			return err
		}
		return tx.Hold(held)
	})
}

// stopped is asked before every request that writes: the kill switch takes effect within a
// pass, and so does a split.
func (s *Syncer) stopped(ctx context.Context) error {
	control, err := control(ctx, s.o.Store)
	if err != nil {
		return fmt.Errorf("read kill switch: %w", err)
	}
	switch {
	case control.Paused:
		return ErrPaused
	case control.Splits != s.splits.Load():
		return errSplit
	}
	return nil
}
