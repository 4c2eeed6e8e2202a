package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/trigger"
)

// TestStatusOfADaemon: it says what runs now, and when the schedule asks again.
func TestStatusOfADaemon(t *testing.T) {
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	clock := clockwork.NewFakeClockAt(time.Now())
	queue := trigger.NewQueue()
	ticker, err := newTicker(queue, schedule{every: time.Hour, verify: "0 3 * * *", clock: clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ticker.start()
	e := &engine{store: store, queue: queue, next: ticker.next, build: func(syncer.Request) (*syncer.Syncer, error) { return nil, errors.New("no secret") }}
	ctx, cancel := context.WithCancel(t.Context())
	began, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		queue.Work(ctx, func(ctx context.Context, _ syncer.Request) (syncer.Outcome, error) {
			close(began)
			<-ctx.Done()
			return syncer.Outcome{}, nil
		})
	}()
	defer func() {
		if err := errors.Join(ticker.stop(), store.Close()); err != nil {
			t.Error(err)
		}
	}()
	e.soon(syncer.TriggerResume)
	<-began
	if said := textOf(t, e); !regexp.MustCompile(`Running +a pass since .*, asked for by resume\n`).MatchString(said) || !dueSoon.MatchString(said) {
		t.Errorf("while a pass runs:\n%s", said)
	}
	cancel()
	<-done
	if said := textOf(t, e); regexp.MustCompile(`Running +a pass`).MatchString(said) || !dueSoon.MatchString(said) {
		t.Errorf("while none runs:\n%s", said)
	}
}

// TestStatusOfWatches: it says of each source that is to be watched whether it is.
func TestStatusOfWatches(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	writeStatus(&b, syncer.Status{Now: now, Watches: []syncer.Watch{
		{Source: "corp", Since: now.Add(-20 * time.Second), Error: "connect to dc1.example.com:636: refused.", Again: now.Add(16 * time.Second)},
		{Source: "hr", Since: now.Add(-time.Hour)},
	}}, 3, true)
	for _, want := range []string{
		`Changes of corp: not watched since \d\d:\d\d:\d\d \(20s ago\), so that they wait for the schedule: connect to dc1.example.com:636: refused; it is tried again \d\d:\d\d:\d\d \(in 16s\).\n`,
		`Changes of hr: watched since \d\d:\d\d \(60m ago\).\n`,
	} {
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("%s\nis not in\n%s", want, b.String())
		}
	}
}

// The hourly tick, or the daily one if that comes first.
var dueSoon = regexp.MustCompile(`Next pass +due .*\(in ([1-5]?\d|60)m\)\n`)

func textOf(t *testing.T, e *engine) string {
	t.Helper()
	status, err := e.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	writeStatus(&b, status, 3, true)
	return b.String()
}
