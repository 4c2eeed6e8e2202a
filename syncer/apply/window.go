package apply

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"writersync/syncer/plan"
)

// An order is a unit with its intent: one request that may be sent, and was not.
type order struct {
	unit
	intent Intent
}

// together does units that do not wait for each other. They are journaled in windows,
// ahead of sending: as soon as the last request of one window is under way, the next
// window is journaled, in one step with what became known meanwhile. A slow request
// holds up the end of the wave and nothing else.
func (r *run) together(ctx context.Context, units []unit) error {
	g, gctx := errgroup.WithContext(ctx)
	orders := make(chan order)
	g.Go(func() error {
		defer close(orders)
		return Contain(func() error { return r.feed(gctx, units, orders) })
	})
	for range min(r.o.Concurrency, len(units)) {
		g.Go(func() error {
			for o := range orders {
				if err := Contain(func() error { return r.one(gctx, o) }); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// feed journals units and hands them out, until all are handed out or ctx ends.
func (r *run) feed(ctx context.Context, units []unit, orders chan<- order) error {
	for len(units) > 0 {
		if err := r.mayGoOn(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		var window []unit
		window, units = r.window(units)
		journaled, err := r.journal(ctx, window)
		if err != nil {
			return err
		}
		for i, o := range journaled {
			select {
			case orders <- o:
			case <-ctx.Done():
				r.unsent(journaled[i:]...)
				return nil // together reports it once
			}
		}
	}
	return nil
}

// windowOps is about how many ops a window has at most: what one step writes is held
// in memory until it is durable.
const windowOps = 1000

// window takes the next units that can go, with their ops as they can be sent; as
// many as requests are sent at a time.
func (r *run) window(units []unit) (window, rest []unit) {
	ops := 0
	for len(units) > 0 && len(window) < r.o.Concurrency && ops < windowOps {
		u := units[0]
		units = units[1:]
		if u.ops = r.ready(u.ops); len(u.ops) > 0 {
			window = append(window, u)
			ops += len(u.ops)
		}
	}
	return window, units
}

// journal writes a window into the journal, together with what became of requests
// since the window before. What needs no request is done with that.
func (r *run) journal(ctx context.Context, window []unit) ([]order, error) {
	var (
		orders []order
		next   [][]plan.Op
		ledger []Settled
	)
	for _, u := range window {
		if u.ledger {
			ledger = append(ledger, Settled{Intent{Ops: u.ops}, same(u.ops, Done)})
			continue
		}
		orders, next = append(orders, order{unit: u}), append(next, u.ops)
	}
	r.mu.Lock()
	known := slices.Clone(r.settled)
	r.mu.Unlock()
	intents, err := r.o.Journal.Advance(ctx, append(known, ledger...), next)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil
		}
		return nil, fmt.Errorf("nothing more is sent, since there would be no record of it: %w", err)
	}
	r.settled = r.settled[len(known):] // more may have been settled meanwhile
	for _, s := range ledger {
		r.begun = true
		r.learn(s.Ops, s.Outcomes)
	}
	for i := range orders {
		orders[i].intent = intents[i]
	}
	return orders, nil
}

// one sends an order, if nothing speaks against it by now.
func (r *run) one(ctx context.Context, o order) error {
	if err := r.mayGoOn(ctx); err != nil || ctx.Err() != nil {
		r.unsent(o)
		return err
	}
	if !r.begin(o) {
		r.settle(o, same(o.ops, Skipped))
		return nil
	}
	outcomes, known, err := r.send(ctx, o.unit)
	if known {
		r.settle(o, outcomes)
	} else {
		r.leaveOpen(o.ops)
	}
	if ctx.Err() != nil {
		return nil // a request that the end of the run cut off says nothing of Writer
	}
	return r.faulted(err)
}

// mayGoOn returns what ends the run before its plan does, but for the end of ctx.
func (r *run) mayGoOn(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil // together reports it once
	}
	if r.over() {
		return errSlice
	}
	return r.o.Stop(ctx)
}

// begin reports whether an order is still to be sent: something may have become
// unknown of what it is about since it was journaled.
func (r *run) begin(o order) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.blocked(o.ops...) {
		return false
	}
	r.begun = true
	return true
}

// settle takes in what became of an order, for the next step of the journal.
func (r *run) settle(o order, outcomes []Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.learn(o.ops, outcomes)
	r.settled = append(r.settled, Settled{o.intent, outcomes})
}

// unsent closes orders that were not sent because the run ended. They are no part of
// the report.
func (r *run) unsent(orders ...order) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range orders {
		r.settled = append(r.settled, Settled{o.intent, same(o.ops, Skipped)})
	}
}
