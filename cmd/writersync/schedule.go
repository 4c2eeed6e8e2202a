package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
	"github.com/jonboulle/clockwork"

	"writersync/syncer"
	"writersync/syncer/trigger"
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
	queue *trigger.Queue
	log   *slog.Logger

	mu        sync.Mutex
	schedule  schedule
	scheduler gocron.Scheduler
}

func newTicker(q *trigger.Queue, s schedule, log *slog.Logger) (*ticker, error) {
	t := &ticker{queue: q, log: log}
	s = s.withDefaults()
	scheduler, err := t.build(s)
	t.schedule, t.scheduler = s, scheduler
	return t, err
}

func (s schedule) withDefaults() schedule {
	if s.location == nil {
		s.location = time.UTC
	}
	if s.clock == nil {
		s.clock = clockwork.NewRealClock()
	}
	return s
}

// build makes a scheduler that is not running yet.
func (t *ticker) build(s schedule) (gocron.Scheduler, error) {
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(s.location), gocron.WithClock(s.clock), gocron.WithStopTimeout(goodbye))
	if err != nil {
		return nil, fmt.Errorf("make schedule: %w", err)
	}
	if err := t.jobs(scheduler, s); err != nil {
		return nil, errors.Join(err, scheduler.Shutdown()) // it has a goroutine already
	}
	return scheduler, nil
}

// jobs adds the ticks of a schedule.
func (t *ticker) jobs(scheduler gocron.Scheduler, s schedule) error {
	definition := gocron.DurationJob(s.every)
	if s.cron != "" {
		definition = gocron.CronJob(s.cron, false)
	}
	if err := t.job(scheduler, definition, syncer.Request{Trigger: syncer.TriggerSchedule}); err != nil {
		return fmt.Errorf("make schedule: %w", err)
	}
	if s.verify == "" {
		return nil
	}
	if err := t.job(scheduler, gocron.CronJob(s.verify, false), syncer.Request{Trigger: syncer.TriggerSchedule, Verify: true}); err != nil {
		return fmt.Errorf("make verify schedule: %w", err)
	}
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
	t.mu.Unlock()
	scheduler.Start()
	if first {
		t.tick(syncer.Request{Trigger: syncer.TriggerStart})
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

// grace is how late a tick may come: the machine may have slept.
const grace = 2 * time.Minute

// late returns how long ago a tick was due that did not come, zero if none was.
func (t *ticker) late() time.Duration {
	due := t.next()
	t.mu.Lock()
	now := t.schedule.clock.Now()
	t.mu.Unlock()
	if late := now.Sub(due); !due.IsZero() && late > grace {
		return late
	}
	return 0
}

// replace returns what puts another schedule in the place of this one and starts it, or
// why that schedule is not usable.
func (t *ticker) replace(s schedule) (begin func(), err error) {
	s = s.withDefaults()
	scheduler, err := t.build(s)
	if err != nil {
		return nil, err
	}
	return func() {
		if err := t.stop(); err != nil {
			t.log.Warn("the old schedule did not stop cleanly", "error", err)
		}
		t.mu.Lock()
		t.schedule, t.scheduler = s, scheduler
		t.mu.Unlock()
		t.start()
	}, nil
}

func (t *ticker) stop() error {
	t.mu.Lock()
	scheduler := t.scheduler
	t.mu.Unlock() // a tick that has just begun wants it, and is waited for
	if err := scheduler.Shutdown(); err != nil {
		return fmt.Errorf("stop schedule: %w", err)
	}
	return nil
}
