package syncertest

import (
	"context"
	"time"

	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// Load returns what a transaction of its own loads.
func Load(ctx context.Context, s syncer.Store) (in plan.Input, err error) {
	err = s.View(ctx, func(tx syncer.Reader) (err error) { in, err = tx.Load(); return err })
	return in, err
}

// Control returns the switches.
func Control(ctx context.Context, s syncer.Store) (c store.Control, err error) {
	err = s.View(ctx, func(tx syncer.Reader) (err error) { c, err = tx.Control(); return err })
	return c, err
}

// SetControl changes the switches.
func SetControl(ctx context.Context, s syncer.Store, do func(*store.Control)) error {
	return s.Update(ctx, func(tx syncer.Writer) error {
		c, err := tx.Control()
		if err != nil {
			return err
		}
		do(&c)
		return tx.SetControl(c)
	})
}

// Sources returns what is remembered of the sources.
func Sources(ctx context.Context, s syncer.Store) (all []store.Source, err error) {
	err = s.View(ctx, func(tx syncer.Reader) (err error) { all, err = tx.Sources(); return err })
	return all, err
}

// Approvals returns the approvals that have not expired at now.
func Approvals(ctx context.Context, s syncer.Store, now time.Time) (all []store.Approval, err error) {
	err = s.View(ctx, func(tx syncer.Reader) (err error) { all, err = tx.Approvals(now); return err })
	return all, err
}
