package main

import (
	"context"
	"sync"

	"writersync/syncer"
)

// A watch follows the sources of one configuration, until it is stopped.
type watch struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startWatch watches the sources that are to be watched, and has what changes in them
// read. Sources that cannot be opened are no reason to stop: each pass says so.
func (d *daemon) startWatch(ctx context.Context) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{cancel: cancel}
	if d.watched == nil {
		return w
	}
	sources, err := d.watched()
	if err != nil {
		d.log.Warn("no source is watched", "error", err)
		return w
	}
	bell := syncer.NewBell(d.engine.Pass)
	w.done.Go(func() { bell.Work(ctx) })
	w.done.Go(func() { syncer.Watch(ctx, sources, bell.Ring, d.metrics, d.log) })
	return w
}

// stop ends the watch, and waits until nothing of it is under way.
func (w *watch) stop() {
	w.cancel()
	w.done.Wait()
}
