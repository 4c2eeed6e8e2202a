package main

import (
	"context"
	"sync"

	"writersync/syncer"
	"writersync/syncer/trigger"
)

// A watch follows the sources of one configuration, until it is stopped.
type watch struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startWatch watches the sources that are to be watched, and rings bell when they change.
// Sources that cannot be opened are no reason to stop: each pass says so, and the watch
// begins once they can. The bell outlives the watch: what it is to ring for again is not
// forgotten with a configuration.
func (d *daemon) startWatch(ctx context.Context, bell *trigger.Bell) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{cancel: cancel}
	if d.watched == nil {
		return w
	}
	open := func() ([]syncer.Source, error) {
		sources, err := d.watched()
		if err == nil {
			d.hear(sources)
		}
		return sources, err
	}
	w.done.Go(func() { trigger.Watch(ctx, open, bell.Ring, d.watches, d.log) })
	return w
}

// stop ends the watch, and waits until nothing of it is under way.
func (w *watch) stop() {
	w.cancel()
	w.done.Wait()
}
