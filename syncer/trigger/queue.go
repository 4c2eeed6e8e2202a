package trigger

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"writersync/syncer"
)

// ErrClosed is returned to those who ask a queue that no longer works.
var ErrClosed = errors.New("writersync is shutting down")

// A Queue runs one pass at a time. Requests of the same kind that come while a
// pass runs are coalesced into one that runs after it: whoever asks is told the
// id of the pass that will have seen the world as it was when they asked, or
// later.
type Queue struct {
	mu      sync.Mutex
	ready   chan struct{} // has a value while somebody waits
	waiting []*waiting
	running *syncer.Running
	closed  bool
}

// waiting is a pass that was asked for and has not ended.
type waiting struct {
	request syncer.Request
	done    chan struct{} // closed once outcome and err are set
	outcome syncer.Outcome
	err     error
}

// A Ticket stands for a pass that was asked for.
type Ticket struct {
	ID        string // of the run
	Coalesced bool   // the pass had been asked for already
	waiting   *waiting
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{ready: make(chan struct{}, 1)} }

// Submit asks for a pass and returns at once. One that waits already is shared,
// unless it is of another kind; it then does what either wants: reads Writer in full,
// and every source whole, or all that rang.
func (q *Queue) Submit(r syncer.Request) (Ticket, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return Ticket{}, ErrClosed
	}
	for _, w := range q.waiting {
		if sameKind(w.request, r) {
			w.request = both(w.request, r)
			return Ticket{ID: w.request.ID, Coalesced: true, waiting: w}, nil
		}
	}
	if r.ID == "" {
		r.ID = uuid.Must(uuid.NewV7()).String()
	}
	w := &waiting{request: r, done: make(chan struct{})}
	q.waiting = append(q.waiting, w)
	q.wake()
	return Ticket{ID: r.ID, waiting: w}, nil
}

// sameKind reports whether one pass can answer both requests.
func sameKind(r, o syncer.Request) bool {
	return r.DryRun == o.DryRun && r.Only == o.Only && r.Import == o.Import && r.Into == o.Into
}

// both returns what one pass does that answers two requests, under the ID of the first.
func both(r, o syncer.Request) syncer.Request {
	r.Verify = r.Verify || o.Verify
	switch {
	case len(r.Rings) == 0: // every source is read whole
	case len(o.Rings) == 0:
		r.Rings, r.Trigger = nil, o.Trigger
	default:
		r.Rings = append(slices.Clone(r.Rings), o.Rings...)
	}
	return r
}

func (q *Queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Work runs the passes that are asked for, one after the other, until ctx ends.
// It returns once the pass under way has.
func (q *Queue) Work(ctx context.Context, run func(context.Context, syncer.Request) (syncer.Outcome, error)) {
	defer q.close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.ready:
		}
		if ctx.Err() != nil {
			return // both were ready: nothing new is begun
		}
		w := q.take()
		w.outcome, w.err = run(ctx, w.request)
		close(w.done)
		q.rest()
	}
}

func (q *Queue) take() *waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	q.running = &syncer.Running{ID: w.request.ID, Trigger: w.request.Trigger, Since: time.Now()}
	return w
}

func (q *Queue) rest() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = nil
	if len(q.waiting) > 0 {
		q.wake()
	}
}

func (q *Queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, w := range q.waiting {
		w.err = ErrClosed
		close(w.done)
	}
	q.waiting = nil
}

// Running returns the pass under way, or nil.
func (q *Queue) Running() *syncer.Running {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running
}

// Wait returns what the ticket's pass did, once it has ended.
func (t Ticket) Wait(ctx context.Context) (syncer.Outcome, error) {
	select {
	case <-ctx.Done():
		return syncer.Outcome{}, ctx.Err()
	case <-t.waiting.done:
		return t.waiting.outcome, t.waiting.err
	}
}
