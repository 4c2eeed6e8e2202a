package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"

	"writersync/syncer"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return l
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
			ticker, err := newTicker(syncer.NewQueue(), schedule{cron: "30 2 * * *", location: l, clock: clock}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			ticker.start()
			defer func() {
				if err := ticker.stop(); err != nil {
					t.Error(err)
				}
			}()
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
	q := syncer.NewQueue()
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

// TestSilence is noticed after three intervals without a tick, and not before.
func TestSilence(t *testing.T) {
	clock := clockwork.NewFakeClock()
	ticker, err := newTicker(syncer.NewQueue(), schedule{every: time.Minute, clock: clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ticker.start()
	defer func() {
		if err := ticker.stop(); err != nil {
			t.Error(err)
		}
	}()
	if late := ticker.late(); late != 0 {
		t.Errorf("late by %s from the start", late)
	}
	ticker.mu.Lock()
	ticker.last = ticker.last.Add(-4 * time.Minute)
	ticker.mu.Unlock()
	if late := ticker.late(); late < 4*time.Minute {
		t.Errorf("silent for four minutes, and late by %s", late)
	}
}
