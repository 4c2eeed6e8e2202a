package trigger

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"writersync/syncer"
)

// How passes follow the rings of sources.
const (
	// ringSettle is how long a ring waits for others after a quiet time: who moves somebody
	// from one group to another writes twice. ringLinger is how long it waits where the
	// pass is the last of ringBurst: what comes too late for it waits for ringGap.
	ringSettle = 200 * time.Millisecond
	ringLinger = 1200 * time.Millisecond
	// ringGap is how far apart passes begin that sources ask for, where they always do,
	// and ringBurst is how many need not wait for it after a quiet time: the second half
	// of a change that one pass saw the first half of. Together they make at most twelve
	// a minute, however many changes.
	ringGap   = 5500 * time.Millisecond
	ringBurst = 2
	// A source that rang and could not be read is rung for again, after a wait that
	// doubles from the first to the longest.
	firstRingAgain   = 30 * time.Second
	longestRingAgain = 8 * time.Minute
)

// everything stands for all sources: each is to be read whole.
const everything = ""

// A Bell turns the rings of sources into passes. A ring that comes alone is answered at
// once; those that come together, or while a pass runs, by one pass.
type Bell struct {
	ring func(context.Context, syncer.Request) (syncer.Outcome, error)

	mu    sync.Mutex
	rang  map[string]bool
	wake  chan struct{}     // has a value while somebody rang
	again map[string]*again // sources that could not be read
}

// again is when a source is rung for again.
type again struct {
	wait    time.Duration // the next
	pending bool
}

// NewBell returns a bell whose passes are made by pass, which returns once the pass has
// ended.
func NewBell(pass func(context.Context, syncer.Request) (syncer.Outcome, error)) *Bell {
	return &Bell{ring: pass, rang: map[string]bool{}, again: map[string]*again{}, wake: make(chan struct{}, 1)}
}

// Ring says that something changed in the source. It returns at once and may be called
// from any goroutine.
func (b *Bell) Ring(source string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rang[source] = true
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Work answers rings until ctx ends.
func (b *Bell) Work(ctx context.Context) {
	limit := rate.NewLimiter(rate.Every(ringGap), ringBurst)
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		settle := ringSettle
		if limit.Tokens() < ringBurst {
			settle = ringLinger
		}
		if pause(ctx, max(settle, limit.Reserve().Delay())) != nil {
			return
		}
		sources := b.take()
		request := syncer.Request{Trigger: syncer.TriggerRing, Rings: sources}
		if slices.Contains(sources, everything) {
			request = syncer.Request{Trigger: syncer.TriggerAgain}
		}
		out, err := b.ring(ctx, request)
		if ctx.Err() != nil {
			return
		}
		b.retry(ctx, sources, failedOf(sources, out.Run, err))
	}
}

// take returns the sources that rang, sorted, and silences them.
func (b *Bell) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.wake:
	default:
	}
	out := make([]string, 0, len(b.rang))
	for source := range b.rang {
		out = append(out, source)
	}
	clear(b.rang)
	slices.Sort(out)
	return out
}

// failedOf returns the sources of which a pass did not see what changed, and everything
// if it saw what it could not do: what it rests on is not told a second time.
func failedOf(sources []string, run syncer.Run, err error) []string {
	if err != nil && !slices.ContainsFunc(run.Sources, func(s syncer.SourceRun) bool { return s.Complete || s.Followed }) {
		return sources
	}
	if err != nil {
		return append(slices.Clone(sources), everything)
	}
	var out []string
	for _, s := range run.Sources {
		if s.Error != "" {
			out = append(out, s.Name)
		}
	}
	unread := slices.Contains(sources, everything) && len(out) > 0
	if unread || slices.ContainsFunc(run.Counts, func(c syncer.Count) bool { return c.Failed+c.Skipped > 0 }) {
		out = append(out, everything)
	}
	return out
}

// retry rings once more, after a while, for those sources that could not be read: what
// changed in them is not lost, and the schedule may be far. Everything is left to the
// schedule in the end: what Writer refuses for minutes it refuses for longer.
func (b *Bell) retry(ctx context.Context, rang, failed []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, source := range append(slices.Clone(rang), everything) {
		a := b.again[source]
		if !slices.Contains(failed, source) {
			// A pass that did all of its own has not done what an earlier one could not.
			if a == nil || !a.pending || slices.Contains(rang, source) {
				delete(b.again, source)
			}
			continue
		}
		if a == nil {
			a = &again{wait: firstRingAgain}
			b.again[source] = a
		}
		if a.pending || (source == everything && a.wait == longestRingAgain) {
			continue
		}
		wait := a.wait
		a.wait, a.pending = min(2*wait, longestRingAgain), true
		time.AfterFunc(wait, func() { b.ringAgain(ctx, source, a) })
	}
}

// ringAgain rings for a source, unless it was read in the meantime.
func (b *Bell) ringAgain(ctx context.Context, source string, a *again) {
	b.mu.Lock()
	a.pending = false
	wanted := b.again[source] == a && ctx.Err() == nil
	b.mu.Unlock()
	if wanted {
		b.Ring(source)
	}
}

// pause waits for d, or until ctx ends and then returns its error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
