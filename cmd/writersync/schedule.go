package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
	"github.com/jonboulle/clockwork"

	"writersync/syncer"
)

// schedule says when passes run.
type schedule struct {
	every    time.Duration // between passes, if cron is empty
	cron     string        // five fields
	verify   string        // five fields: when Writer is read in full; empty: never by itself
	splay    time.Duration // each tick waits a random time of at most this
	location *time.Location
	atStart  bool            // a pass as soon as the daemon is up
	clock    clockwork.Clock // nil: the real one
}

// ticker ticks the queue on schedule. gocron decides when; the queue, which knows
// what runs, decides what becomes of a tick.
type ticker struct {
	queue *syncer.Queue
	log   *slog.Logger

	mu        sync.Mutex
	schedule  schedule
	scheduler gocron.Scheduler
	last      time.Time // of the last tick, or of the start
	interval  time.Duration
}

func newTicker(q *syncer.Queue, s schedule, log *slog.Logger) (*ticker, error) {
	t := &ticker{queue: q, log: log}
	return t, t.set(s)
}

// set builds the scheduler; it is not running yet.
func (t *ticker) set(s schedule) error {
	if s.location == nil {
		s.location = time.UTC
	}
	if s.clock == nil {
		s.clock = clockwork.NewRealClock()
	}
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(s.location), gocron.WithClock(s.clock), gocron.WithStopTimeout(goodbye))
	if err != nil {
		return fmt.Errorf("make schedule: %w", err)
	}
	definition := gocron.DurationJob(s.every)
	if s.cron != "" {
		definition = gocron.CronJob(s.cron, false)
	}
	if err := t.job(scheduler, definition, syncer.Request{Trigger: "schedule"}); err != nil {
		return fmt.Errorf("make schedule: %w", err)
	}
	if s.verify != "" {
		if err := t.job(scheduler, gocron.CronJob(s.verify, false), syncer.Request{Trigger: "schedule", Verify: true}); err != nil {
			return fmt.Errorf("make verify schedule: %w", err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.schedule, t.scheduler = s, scheduler
	return nil
}

// job adds one kind of tick. A run at 02:30 that the clocks skip in spring comes
// at 03:30; one that they repeat in autumn comes once.
func (t *ticker) job(s gocron.Scheduler, when gocron.JobDefinition, r syncer.Request) error {
	_, err := s.NewJob(when, gocron.NewTask(func(ctx context.Context) { t.tickAfter(ctx, t.splay(), r) }),
		gocron.WithSingletonMode(gocron.LimitModeReschedule),
		gocron.WithDaylightSavingsTimePolicy(gocron.DaylightSavingsTimeRunAfterTransition),
		gocron.WithEventListeners(gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, _ string, recovered any) {
			t.log.Error("a tick panicked", "panic", fmt.Sprint(recovered))
		})))
	return err
}

// splay returns how long this tick waits: fleets that share a schedule do not all
// ask their directory in the same second.
func (t *ticker) splay() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.schedule.splay <= 0 {
		return 0
	}
	return rand.N(t.schedule.splay)
}

func (t *ticker) tickAfter(ctx context.Context, wait time.Duration, r syncer.Request) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		t.tick(r)
	}
}

func (t *ticker) tick(r syncer.Request) {
	t.mu.Lock()
	t.last = t.schedule.clock.Now()
	t.mu.Unlock()
	ticket, err := t.queue.Submit(r)
	if err != nil {
		t.log.Warn("a tick was dropped", "error", err)
		return
	}
	t.log.Debug("tick", "run", ticket.ID, "coalesced", ticket.Coalesced)
}

func (t *ticker) start() {
	t.mu.Lock()
	scheduler, first := t.scheduler, t.schedule.atStart
	t.last, t.interval = t.schedule.clock.Now(), 0
	t.mu.Unlock()
	scheduler.Start()
	t.learnInterval(scheduler)
	if first {
		t.tick(syncer.Request{Trigger: "start"})
	}
}

// learnInterval measures how far apart the next ticks of the main job are: that
// is how long silence is normal.
func (t *ticker) learnInterval(s gocron.Scheduler) {
	for _, job := range s.Jobs() {
		next, err := job.NextRuns(2)
		if err != nil || len(next) < 2 {
			continue
		}
		t.mu.Lock()
		if gap := next[1].Sub(next[0]); t.interval == 0 || gap < t.interval {
			t.interval = gap
		}
		t.mu.Unlock()
	}
}

// next returns when the next pass is due, zero if that is not known. With a splay it
// begins a little later.
func (t *ticker) next() time.Time {
	t.mu.Lock()
	scheduler := t.scheduler
	t.mu.Unlock()
	var out time.Time
	for _, job := range scheduler.Jobs() {
		if at, err := job.NextRun(); err == nil && !at.IsZero() && (out.IsZero() || at.Before(out)) {
			out = at
		}
	}
	return out
}

// late returns how long the schedule has been silent, if that is longer than
// three intervals; else zero.
func (t *ticker) late() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	silence := t.schedule.clock.Since(t.last)
	if t.interval == 0 || silence <= 3*t.interval {
		return 0
	}
	return silence
}

// reset replaces the schedule. If the new one is not usable the old one goes on.
func (t *ticker) reset(s schedule) error {
	t.mu.Lock()
	old := t.scheduler
	t.mu.Unlock()
	if err := t.set(s); err != nil {
		return err
	}
	if err := old.Shutdown(); err != nil {
		t.log.Warn("the old schedule did not stop cleanly", "error", err)
	}
	t.start()
	return nil
}

func (t *ticker) stop() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.scheduler.Shutdown(); err != nil {
		return fmt.Errorf("stop schedule: %w", err)
	}
	return nil
}
