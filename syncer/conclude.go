package syncer

import (
	"context"
	"errors"

	"writersync/syncer/guard"
	"writersync/syncer/store"
)

// conclude opens the gate once the approved first plan was carried out, and
// accepts the readings that no rail doubted.
func (p *pass) conclude(ctx context.Context) error {
	if p.request.DryRun {
		if p.run.Verified { // what it showed is stored
			if err := p.change(ctx, p.verified); err != nil {
				return err
			}
		}
		return p.accept(ctx)
	}
	base := p.settledBase()
	moved := base.Settled && p.control.Writer != p.o.Endpoint
	if base != p.control.Base || p.run.Verified || moved {
		if err := p.change(ctx, func(c *store.Control) { p.settle(c, base) }); err != nil {
			return err
		}
	}
	if base.Settled {
		return errors.Join(p.endUnplanned(ctx), p.accept(ctx))
	}
	return p.accept(ctx)
}

// settle changes the switches as the run leaves them. What was approved while the run was
// under way stays: the next one carries it out.
func (p *pass) settle(c *store.Control, base store.Base) {
	if c.Base == p.control.Base {
		c.Base = base
	}
	if base.Settled {
		c.Writer = p.o.Endpoint
	}
	if p.run.Verified {
		p.verified(c)
	}
}

// verified notes that Writer was read in full.
func (p *pass) verified(c *store.Control) { c.Verified, c.Due = p.run.Started, false }

// settledBase returns the base as this pass leaves it.
func (p *pass) settledBase() store.Base {
	base := p.control.Base
	if p.control.Paused || p.run.Result == ResultPaused || !p.allComplete() {
		return base // nobody knows what the pass would have done
	}
	switch gate := p.gate(); {
	case gate == guard.GateClosed && len(p.diffed.Ops) == 0 && len(p.diffed.Held) == 0:
		base.Approved, base.Settled = p.o.Now(), true // the new rules change nothing
	case gate == guard.GateOpening && !p.run.More:
		base.Settled = true
	}
	return base
}

func (p *pass) allComplete() bool { return len(p.complete) == len(p.o.Sources) }

// verifyAgain leaves to the next pass the full read of Writer that was asked for and came
// to no end: it may not be asked for again for a day.
func (p *pass) verifyAgain(ctx context.Context) {
	if err := p.change(ctx, func(c *store.Control) { c.Due = true }); err != nil {
		p.o.Log.Warn("Writer is not read in full before the schedule says so", "run", p.run.ID, "error", err)
	}
}

// change changes the switches in one transaction.
func (p *pass) change(ctx context.Context, do func(*store.Control)) error {
	return p.o.Store.Update(ctx, func(tx Writer) error { return change(tx, do) })
}
