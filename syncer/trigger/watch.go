package trigger

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
)

// A watch that ends is begun again after a wait that doubles, from the first to the
// longest; after one that held for as long as that wait it is the first again: what cuts
// connections now and then must not make changes late.
const (
	firstRewatch   = time.Second
	longestRewatch = time.Minute
)

// An Observer hears which sources are watched, and when they ring. *syncer.Metrics is one.
type Observer interface {
	Watched(w syncer.Watch)  // of a source that is to be watched: that it is, or why it is not
	Unwatched(source string) // it is not to be watched any more
	Rang(source string)
}

// Watch watches every source of open that can tell that it changed, and calls ring with
// its name, until ctx ends. Where open fails it is called again, after longer and longer.
// What happens while a source is not watched is not known: each watch rings when it
// begins, as connectors.Watcher promises.
func Watch(ctx context.Context, open func() ([]syncer.Source, error), ring func(source string), o Observer, log *slog.Logger) {
	sources, err := open()
	for wait := firstRewatch; err != nil; wait = min(2*wait, longestRewatch) {
		log.Warn("no source is watched, what changes is seen by the next pass on schedule", "error", err, "again_in", wait)
		if pause(ctx, wait) != nil {
			return
		}
		sources, err = open()
	}
	var wg sync.WaitGroup
	for _, s := range sources {
		if watcher, ok := s.Connector.(connectors.Watcher); ok {
			w := watched{name: s.Name, watcher: watcher, ring: ring, observer: o, log: log.With("source", s.Name)}
			wg.Go(func() { w.keep(ctx) })
		}
	}
	wg.Wait()
}

// watched is one source that is watched.
type watched struct {
	name     string
	watcher  connectors.Watcher
	ring     func(source string)
	observer Observer
	log      *slog.Logger
}

// keep watches, and begins again whenever a watch ends.
func (w watched) keep(ctx context.Context) {
	defer w.observer.Unwatched(w.name)
	w.observer.Watched(syncer.Watch{Source: w.name, Since: time.Now(), Error: "the watch has not begun yet"})
	wait := firstRewatch
	for {
		var began atomic.Pointer[time.Time]
		err := apply.Contain(func() error {
			return w.watcher.Watch(ctx, func() {
				if now := time.Now(); began.CompareAndSwap(nil, &now) {
					w.observer.Watched(syncer.Watch{Source: w.name, Since: now})
					w.log.Info("the source is watched: what changes in it is seen at once")
				}
				w.observer.Rang(w.name)
				w.ring(w.name)
			})
		})
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = fmt.Errorf("it ended without a reason")
		}
		if at := began.Load(); at != nil && time.Since(*at) >= wait {
			wait = firstRewatch
		}
		now := time.Now()
		w.observer.Watched(syncer.Watch{Source: w.name, Since: now, Error: err.Error(), Again: now.Add(wait)})
		w.log.Warn("the source is not watched, what changes is seen by the next pass on schedule", "error", err, "again_in", wait)
		if pause(ctx, wait) != nil {
			return
		}
		wait = min(2*wait, longestRewatch)
	}
}
