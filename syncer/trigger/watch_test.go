package trigger_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
	"writersync/syncer/trigger"
)

// flaky is a source whose watch ends as long as it is told to, and then holds.
type flaky struct {
	connectortest.Fake
	fails   int
	watched []time.Time
}

func (b *flaky) Watch(ctx context.Context, changed func()) error {
	b.watched = append(b.watched, time.Now())
	if len(b.watched) <= b.fails {
		if len(b.watched) == 2 {
			panic("a fault of the connector") //nolint:forbidigo // a connector at fault
		}
		return errors.New("the connection was lost")
	}
	changed()
	<-ctx.Done()
	return ctx.Err()
}

// TestWatchBeginsAgain: a watch that ends is begun again, later and later; it is one,
// and rings, once it says so itself.
func TestWatchBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		source := &flaky{fails: 4}
		var rang atomic.Int64
		reg := prometheus.NewRegistry()
		metrics := syncer.NewMetrics(reg)
		done := make(chan struct{})
		go func() {
			defer close(done)
			trigger.Watch(ctx, opened(syncer.Source{Name: "corp", Connector: source},
				syncer.Source{Name: "mute", Connector: struct{ connectors.Connector }{&connectortest.Fake{}}}), func(string) { rang.Add(1) }, metrics, slog.New(slog.DiscardHandler))
		}()
		after(time.Second / 2)
		if got := gauge(t, reg, "writersync_source_watched"); got != 0 {
			t.Errorf("watched, before it could be: %v, want 0", got)
		}
		after(time.Hour)
		var waits []time.Duration
		for i := range source.watched[1:] {
			waits = append(waits, source.watched[i+1].Sub(source.watched[i]))
		}
		if want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}; !slices.Equal(waits, want) {
			t.Errorf("it waited %v, want %v", waits, want)
		}
		if n := rang.Load(); n != 1 {
			t.Errorf("%d rings, want 1", n)
		}
		if got := gauge(t, reg, "writersync_source_watched"); got != 1 {
			t.Errorf("watched: %v, want 1", got)
		}
		if got := gauge(t, reg, "writersync_source_rings_total"); got != 1 {
			t.Errorf("rings: %v, want 1", got)
		}
		cancel()
		<-done
		if n, err := testutil.GatherAndCount(reg, "writersync_source_watched"); err != nil || n != 0 {
			t.Errorf("%d series of what is watched, once nobody is to watch it, and %v", n, err)
		}
	})
}

// cut is a source whose every watch is cut some time after it began, and takes a while to
// begin.
type cut struct {
	connectortest.Fake
	begins, holds time.Duration
	watched       int
}

func (c *cut) Watch(ctx context.Context, changed func()) error {
	c.watched++
	for _, d := range []time.Duration{c.begins, c.holds} {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
		}
		changed()
	}
	return errors.New("the connection was lost")
}

// TestWatchThatHeld: a connection that is cut now and then is made again soon, however
// often; one that ends at once, however long it took to make, is not.
func TestWatchThatHeld(t *testing.T) {
	for _, tt := range []struct {
		begins, holds time.Duration
		watched       int // within 104 s
	}{
		{0, 10 * time.Second, 10},
		{0, 2 * time.Second, 35},
		{0, time.Second / 2, 7}, // 1, 2, 4 and more seconds apart
		{3 * time.Second, time.Second / 2, 7},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			source := &cut{begins: tt.begins, holds: tt.holds}
			done := make(chan struct{})
			go func() {
				defer close(done)
				trigger.Watch(ctx, opened(syncer.Source{Name: "corp", Connector: source}), func(string) {}, (*syncer.Metrics)(nil), slog.New(slog.DiscardHandler))
			}()
			after(104 * time.Second)
			cancel()
			<-done
			if source.watched != tt.watched {
				t.Errorf("begins after %s, holds %s: watched %d times in 104 seconds, want %d", tt.begins, tt.holds, source.watched, tt.watched)
			}
		})
	}
}

// TestWatchWaitsForSources: sources that cannot be opened at first are watched as soon as
// they can be.
func TestWatchWaitsForSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		source, tries := &flaky{}, 0
		open := func() ([]syncer.Source, error) {
			if tries++; tries < 3 {
				return nil, errors.New("a file is missing")
			}
			return []syncer.Source{{Name: "corp", Connector: source}}, nil
		}
		began, done := time.Now(), make(chan struct{})
		go func() {
			defer close(done)
			trigger.Watch(ctx, open, func(string) {}, (*syncer.Metrics)(nil), slog.New(slog.DiscardHandler))
		}()
		after(time.Minute)
		cancel()
		<-done
		if tries != 3 || len(source.watched) != 1 || source.watched[0].Sub(began) != 3*time.Second {
			t.Errorf("opened after %d tries, watched at %v", tries, source.watched)
		}
	})
}

// opened opens these sources.
func opened(sources ...syncer.Source) func() ([]syncer.Source, error) {
	return func() ([]syncer.Source, error) { return sources, nil }
}

// gauge returns the value of the only series of a metric.
func gauge(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name && len(f.GetMetric()) == 1 {
			return f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s with one series", name)
	return 0
}
