package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"writersync/connectors"
	"writersync/dashboards/console"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/store"
	"writersync/syncer/trigger"
)

// engine does what the verbs ask, in this process. With a queue it is a
// daemon's; without one each pass runs at once, for the single verb that asked.
type engine struct {
	store *state.DB
	queue *trigger.Queue
	next  func() time.Time // when the schedule asks for a pass; nil: there is no schedule
	build func(syncer.Request) (*syncer.Syncer, error)
	done  func()           // closes what build opened; nil: it opened nothing
	now   func() time.Time // nil: time.Now
	base  func() string    // what of the configuration decides; nil: it is not compared
	// watches returns how sources are watched; nil: nobody watches them.
	watches func() []syncer.Watch
	refused atomic.Pointer[syncer.Refused] // the configuration read last, if it was not taken
	upkeep  *upkeep                        // nil: the state file is left as it is
	turn    turn                           // of the pass under way, and of a compaction
}

// A turn is had by one at a time, who waits for it no longer than the context lasts.
type turn struct {
	once sync.Once
	free chan struct{}
}

func (t *turn) take(ctx context.Context) (leave func(), err error) {
	t.once.Do(func() { t.free = make(chan struct{}, 1) })
	select {
	case t.free <- struct{}{}:
		return func() { <-t.free }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var _ console.Engine = (*engine)(nil)

// close lets go of the sources, of Writer and of the state. Nothing runs any more.
func (e *engine) close() error {
	if e.done != nil {
		e.done()
	}
	return e.store.Close()
}

// time is now, for what is stored.
func (e *engine) time() time.Time {
	if e.now == nil {
		return time.Now()
	}
	return e.now()
}

// Status implements console.Engine.
func (e *engine) Status(ctx context.Context) (syncer.Status, error) {
	status, err := syncer.ReadStatus(ctx, e.store, e.time())
	if e.base != nil {
		status.Base = syncer.BaseOf(e.base())
	}
	if e.queue != nil {
		status.Running = e.queue.Running()
	}
	if e.next != nil {
		status.Next = e.next()
	}
	if e.watches != nil {
		status.Watches = e.watches()
	}
	status.Refused = e.refused.Load()
	return status, err
}

// Explain implements console.Engine.
func (e *engine) Explain(ctx context.Context, text string) (syncer.Explanation, error) {
	s, err := e.build(syncer.Request{DryRun: true})
	if err != nil {
		return syncer.Explanation{}, err
	}
	return s.Explain(ctx, text)
}

// Snapshot implements console.Engine.
func (e *engine) Snapshot(ctx context.Context) (syncer.Snapshot, error) {
	return syncer.ReadSnapshot(ctx, e.store)
}

// Pass implements console.Engine.
func (e *engine) Pass(ctx context.Context, r syncer.Request) (syncer.Outcome, error) {
	if e.queue == nil {
		e.tidy(ctx) // the runs of single verbs end when they end
		return e.run(ctx, r)
	}
	ticket, err := e.queue.Submit(r)
	if err != nil {
		return syncer.Outcome{}, err
	}
	return ticket.Wait(ctx)
}

// run makes one pass with the configuration of this moment, and tidies up after it.
func (e *engine) run(ctx context.Context, r syncer.Request) (syncer.Outcome, error) {
	leave, err := e.turn.take(ctx)
	if err != nil {
		return syncer.Outcome{}, err
	}
	defer leave()
	defer e.upkeep.tidy(ctx)
	s, err := e.build(r)
	if err != nil {
		return syncer.Outcome{}, err
	}
	return s.Run(ctx, r)
}

// tidy sees to the state file before the first run.
func (e *engine) tidy(ctx context.Context) {
	leave, err := e.turn.take(ctx)
	if err != nil {
		return // the program ends
	}
	defer leave()
	e.upkeep.tidy(ctx)
}

// readable reports whether the state can be read.
func (e *engine) readable(ctx context.Context) error {
	return e.store.View(ctx, func(tx syncer.Reader) error {
		_, err := tx.Control()
		return err
	})
}

// Approve implements console.Engine.
func (e *engine) Approve(ctx context.Context, hash, by string) (store.Approval, error) {
	base := ""
	if e.base != nil {
		base = syncer.BaseOf(e.base())
	}
	approval, err := syncer.Approve(ctx, e.store, syncer.ApproveRequest{Hash: hash, By: by, Base: base, At: e.time()})
	if err == nil {
		e.soon(syncer.TriggerApprove)
	}
	return approval, err
}

// soon has a daemon make the pass that somebody waits for now: its schedule may be far.
func (e *engine) soon(trigger string) {
	if e.queue != nil {
		// One that is shutting down makes it when it starts again.
		_, _ = e.queue.Submit(syncer.Request{Trigger: trigger})
	}
}

// Part implements console.Engine.
func (e *engine) Part(ctx context.Context, person connectors.Ref) (connectors.Ref, error) {
	return syncer.Split(ctx, e.store, person)
}

// Pause implements console.Engine.
func (e *engine) Pause(ctx context.Context, on bool, by string) error {
	err := syncer.Pause(ctx, e.store, on, by, e.time())
	if err == nil && !on {
		e.soon(syncer.TriggerResume)
	}
	return err
}

// Backup implements console.Engine.
func (e *engine) Backup(ctx context.Context, path string, force bool) error {
	return e.store.Backup(ctx, path, force)
}

// Compact implements console.Engine. It waits for the end of a pass under way, whose
// requests would have to wait for the copy else.
func (e *engine) Compact(ctx context.Context) (console.Compaction, error) {
	leave, err := e.turn.take(ctx)
	if err != nil {
		return console.Compaction{}, err
	}
	defer leave()
	c, err := e.store.Compact(ctx)
	if err == nil {
		e.upkeep.export(c.After)
	}
	return compactionOf(c), err
}
