package syncer

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
)

// A watch that ends is begun again after a wait that doubles, from the first to the
// longest; after one that held for as long as that wait it is the first again: what cuts
// connections now and then must not make changes late.
const (
	firstRewatch   = time.Second
	longestRewatch = time.Minute
)

// Watch watches every source that can tell that it changed, and calls ring with its
// name, until ctx ends. What happens while a source is not watched is not known: each
// watch rings when it begins, as connectors.Watcher promises.
func Watch(ctx context.Context, sources []Source, ring func(source string), m *Metrics, log *slog.Logger) {
	var wg sync.WaitGroup
	for _, s := range sources {
		if watcher, ok := s.Connector.(connectors.Watcher); ok {
			w := watched{name: s.Name, watcher: watcher, ring: ring, metrics: m, log: log.With("source", s.Name)}
			wg.Go(func() { w.keep(ctx) })
		}
	}
	wg.Wait()
}

// watched is one source that is watched.
type watched struct {
	name    string
	watcher connectors.Watcher
	ring    func(source string)
	metrics *Metrics
	log     *slog.Logger
}

// keep watches, and begins again whenever a watch ends.
func (w watched) keep(ctx context.Context) {
	w.metrics.watching(w.name, false)
	wait := firstRewatch
	for {
		var began atomic.Pointer[time.Time]
		err := apply.Contain(func() error {
			return w.watcher.Watch(ctx, func() {
				now := time.Now()
				began.CompareAndSwap(nil, &now)
				w.changed()
			})
		})
		w.metrics.watching(w.name, false)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = fmt.Errorf("it ended without a reason")
		}
		if at := began.Load(); at != nil && time.Since(*at) >= wait {
			wait = firstRewatch
		}
		w.log.Warn("the source is not watched, what changes is seen by the next pass on schedule", "error", err, "again_in", wait)
		if pause(ctx, wait) != nil {
			return
		}
		wait = min(2*wait, longestRewatch)
	}
}

// changed rings; who calls it watches.
func (w watched) changed() {
	w.metrics.watching(w.name, true)
	w.metrics.rang(w.name)
	w.ring(w.name)
}
