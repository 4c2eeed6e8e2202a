package main

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"

	"writersync/syncer"
	"writersync/syncer/trigger"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// started returns a ticker that ticks until the test ends.
func started(t *testing.T, s schedule) *ticker {
	t.Helper()
	ticker, err := newTicker(trigger.NewQueue(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ticker.start()
	t.Cleanup(func() {
		if err := ticker.stop(); err != nil {
			t.Error(err)
		}
	})
	return ticker
}

// TestClocksChange follows a pass at half past two through both nights: in spring,
// when that time is skipped, it comes an hour later by the wall clock; in autumn, when it comes
// twice, it comes once.
func TestClocksChange(t *testing.T) {
	l := berlin(t)
	tests := []struct {
		name string
		from time.Time
		want []string
	}{
		{"spring", time.Date(2026, 3, 28, 12, 0, 0, 0, l), []string{"2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00", "2026-03-31T02:30:00+02:00"}},
		{"autumn", time.Date(2026, 10, 24, 12, 0, 0, 0, l), []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-27T02:30:00+01:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := clockwork.NewFakeClockAt(tt.from)
			ticker := started(t, schedule{cron: "30 2 * * *", location: l, clock: clock})
			var got []string
			next, err := ticker.scheduler.Jobs()[0].NextRuns(3)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range next {
				got = append(got, at.In(l).Format(time.RFC3339))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTicksCoalesce lets an hour of ticks come while one pass runs: one more pass
// follows, not sixty.
func TestTicksCoalesce(t *testing.T) {
	q := trigger.NewQueue()
	ticker, err := newTicker(q, schedule{every: time.Minute}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	passes := 0
	ticker.tick(syncer.Request{Trigger: "schedule"})
	q.Work(ctx, func(context.Context, syncer.Request) (syncer.Outcome, error) {
		if passes++; passes == 1 {
			for range 60 {
				ticker.tick(syncer.Request{Trigger: "schedule"})
			}
			return syncer.Outcome{}, nil
		}
		cancel()
		return syncer.Outcome{}, nil
	})
	if passes != 2 {
		t.Errorf("%d passes, want 2", passes)
	}
}

// TestSilence: a tick that was due and did not come is noticed after some grace, and hours
// without a pass that the schedule means to have are none.
func TestSilence(t *testing.T) {
	friday := time.Date(2026, 3, 6, 18, 56, 0, 0, berlin(t))
	tests := []struct {
		name     string
		schedule schedule
		stopped  bool
		after    time.Duration
		late     bool
	}{
		{"just started", schedule{every: time.Minute}, false, 0, false},
		{"stopped for a moment", schedule{every: time.Minute}, true, 2 * time.Minute, false},
		{"stopped", schedule{every: time.Minute}, true, 4 * time.Minute, true},
		{"at night", schedule{cron: "*/5 8-18 * * 1-5", verify: "0 3 * * 0"}, true, 9 * time.Hour, false},
		{"stopped in the morning", schedule{cron: "*/5 8-18 * * 1-5"}, true, 61*time.Hour + 10*time.Minute, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := clockwork.NewFakeClockAt(friday)
			tt.schedule.clock, tt.schedule.location = clock, berlin(t)
			ticker := started(t, tt.schedule)
			if tt.stopped {
				if err := ticker.scheduler.StopJobs(); err != nil {
					t.Fatal(err)
				}
			}
			clock.Advance(tt.after)
			if late := ticker.late(); (late > 0) != tt.late {
				t.Errorf("after %s it is late by %s", tt.after, late)
			}
		})
	}
}

// TestStopWhileTicking: a tick that has just begun, and wants to know the schedule, does
// not keep the daemon from stopping.
func TestStopWhileTicking(t *testing.T) {
	for range 100 {
		queue, ticked := trigger.NewQueue(), make(chan struct{}, 1)
		ticker, err := newTicker(queue, schedule{every: 50 * time.Microsecond}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var worker sync.WaitGroup
		worker.Go(func() {
			queue.Work(ctx, func(context.Context, syncer.Request) (syncer.Outcome, error) {
				select {
				case ticked <- struct{}{}:
				default:
				}
				return syncer.Outcome{}, nil
			})
		})
		ticker.start()
		<-ticked
		if err := ticker.stop(); err != nil {
			t.Fatal(err)
		}
		cancel()
		worker.Wait()
	}
}
