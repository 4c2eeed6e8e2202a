package main

import (
	"context"

	"writersync/syncer"
	"writersync/syncer/trigger"
)

// A reloaded is a configuration that was read while the daemon runs, and can be used.
type reloaded struct {
	schedule schedule
	use      func() // from the next pass on
	drop     func() // in place of use: closes what was opened for it
}

// reloadNow takes the new configuration whole, or keeps the old one whole, its watch too.
// It returns the watch of the one that is in use then.
func (d *daemon) reloadNow(ctx context.Context, t *ticker, bell *trigger.Bell, w *watch) *watch {
	if d.reload == nil {
		return w
	}
	next, begin, err := d.tryReload(ctx, t)
	d.metrics.Reloaded(err == nil)
	if err != nil {
		d.engine.refused.Store(&syncer.Refused{At: d.engine.time(), Error: err.Error()})
		d.log.Error("the new configuration is not used, the old one stays", "error", err)
		return w
	}
	d.engine.refused.Store(nil)
	w.stop()
	next.use()
	begin()
	d.log.Info("configuration read again")
	return d.startWatch(ctx, bell)
}

// tryReload reads the configuration, and makes its schedule.
func (d *daemon) tryReload(ctx context.Context, t *ticker) (next *reloaded, begin func(), err error) {
	next, err = d.reload(ctx)
	if err != nil {
		return nil, nil, err
	}
	begin, err = t.replace(next.schedule)
	if err != nil {
		next.drop()
	}
	return next, begin, err
}
