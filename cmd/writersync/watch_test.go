package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/config"
	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/trigger"
)

// ringsOnce rings once, as soon as it is watched.
type ringsOnce struct{ connectors.Connector }

func (ringsOnce) Watch(ctx context.Context, changed func()) error {
	changed()
	<-ctx.Done()
	return ctx.Err()
}

// TestReloadKeepsRetries: what Writer did not take is tried again, although the
// configuration was read again meanwhile and everything is watched anew.
func TestReloadKeepsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := &daemon{
			engine: &engine{queue: trigger.NewQueue()}, watches: trigger.NewWatches((*syncer.Metrics)(nil)), log: slog.New(slog.DiscardHandler),
			watched: func() ([]syncer.Source, error) { return []syncer.Source{{Name: "corp", Connector: ringsOnce{}}}, nil },
		}
		var mu sync.Mutex
		var asked []syncer.Request
		var wg sync.WaitGroup
		wg.Go(func() {
			d.engine.queue.Work(ctx, func(_ context.Context, r syncer.Request) (syncer.Outcome, error) {
				mu.Lock()
				defer mu.Unlock()
				if asked = append(asked, r); len(asked) > 1 {
					return syncer.Outcome{}, nil
				}
				return syncer.Outcome{Run: syncer.Run{Counts: []syncer.Count{{Kind: plan.Deactivate, Planned: 1, Failed: 1}}}}, nil
			})
		})
		bell := trigger.NewBell(d.engine.Pass)
		wg.Go(func() { bell.Work(ctx) })
		watch := d.startWatch(ctx, bell)
		synctest.Wait()
		wait(time.Second)
		watch.stop()
		watch = d.startWatch(ctx, bell)
		wait(time.Minute)
		mu.Lock()
		if !slices.ContainsFunc(asked, func(r syncer.Request) bool { return r.Trigger == syncer.TriggerAgain && r.Rings == nil }) {
			t.Errorf("asked for %+v, want what failed once more", asked)
		}
		mu.Unlock()
		watch.stop()
		cancel()
		wg.Wait()
	})
}

// TestRefusedReload: a configuration that is refused leaves the watch of the old one as it
// is, and status says so until one is taken.
func TestRefusedReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		queue := trigger.NewQueue()
		log := slog.New(slog.DiscardHandler)
		fault, used, dropped, begun := errors.New("teams[0] is not one"), 0, 0, 0
		d := &daemon{
			engine: &engine{queue: queue}, watches: trigger.NewWatches((*syncer.Metrics)(nil)), log: log,
			watched: func() ([]syncer.Source, error) {
				begun++
				return []syncer.Source{{Name: "corp", Connector: ringsOnce{}}}, nil
			},
		}
		next := reloaded{schedule: schedule{every: time.Hour}, use: func() { used++ }, drop: func() { dropped++ }}
		d.reload = func(context.Context) (*reloaded, error) { return &next, fault }
		ticker, err := newTicker(queue, schedule{every: time.Hour}, log)
		if err != nil {
			t.Fatal(err)
		}
		ticker.start()
		bell := trigger.NewBell(d.engine.Pass)
		watch := d.startWatch(ctx, bell)
		reload := func(refused bool, wantUsed, wantDropped, wantBegun int) {
			t.Helper()
			watch = d.reloadNow(ctx, ticker, bell, watch)
			wait(time.Second)
			if was := d.engine.refused.Load(); (was != nil) != refused {
				t.Errorf("refused: %v", was)
			}
			if used != wantUsed || dropped != wantDropped || begun != wantBegun {
				t.Errorf("used %d times, dropped %d, watched %d; want %d, %d, %d", used, dropped, begun, wantUsed, wantDropped, wantBegun)
			}
		}
		wait(time.Second)
		reload(true, 0, 0, 1)
		fault, next.schedule = nil, schedule{cron: "no schedule"}
		reload(true, 0, 1, 1)
		next.schedule = schedule{every: time.Minute}
		reload(false, 1, 1, 2)
		watch.stop()
		cancel()
		if err := ticker.stop(); err != nil {
			t.Error(err)
		}
	})
}

// wait lets time pass on a fake clock.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// opens is the configuration of a source that counts what is open.
type opens struct {
	connectors.Config
	open  *int
	fails bool
}

func (o opens) Open(connectors.Env) (connectors.Connector, error) {
	if o.fails {
		return nil, errors.New("the certificate cannot be read")
	}
	*o.open++
	return closing{open: o.open}, nil
}

type closing struct {
	connectors.Connector
	open *int
}

func (c closing) Close() error { *c.open--; return nil }

// TestNothingStaysOpen: where a source cannot be opened, those opened before it are
// closed again, however often it is tried.
func TestNothingStaysOpen(t *testing.T) {
	open := 0
	cfg := config.Default()
	cfg.Sources = []config.Source{{Name: "corp", Config: opens{open: &open}}, {Name: "hr", Config: opens{open: &open, fails: true}}}
	b := newBuilder(cfg, nil, nil, slog.New(slog.DiscardHandler))
	for range 3 {
		if _, err := b.sources(); err == nil {
			t.Fatal("no error")
		}
	}
	if open != 0 {
		t.Errorf("%d are open", open)
	}
}
