package syncer

import (
	"context"
	"slices"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// accept records the readings that no rail doubted: later ones are compared with them,
// and what changes is taken on their word. A reading that shrank is accepted only once
// somebody approved what follows from it.
func (p *pass) accept(ctx context.Context) error {
	var accepted []string
	for _, s := range p.evidence.Sources {
		if p.howRead(s.Name) != plan.InFull || (s.Size == s.Accepted && p.state(s.Name).Credible) || p.contradicted(s.Name) || (guard.Shrunk(s) && (p.request.DryRun || !p.believed(s.Name))) {
			continue
		}
		accepted = append(accepted, s.Name)
	}
	if len(accepted) == 0 {
		return nil
	}
	return p.o.Store.Update(ctx, func(tx Writer) error {
		for _, name := range accepted {
			if err := tx.Accept(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// believed reports whether a reading that shrank was approved, with all that follows
// from it: every removal and update of the source goes by an approval, and nobody
// whom it misses waits to be missed again.
func (p *pass) believed(source string) bool {
	of := func(o plan.Op) bool { return o.Rests(source) && (o.Removes() || o.Kind == plan.UpdateUser) }
	for _, h := range p.plan.Held {
		if slices.ContainsFunc(h.Ops, of) {
			return false
		}
	}
	approved := 0
	for _, o := range p.diffed.Ops {
		if of(o) && !p.in.Approved[o.Hash()] {
			return false
		} else if of(o) {
			approved++
		}
	}
	return approved > 0
}

// contradicted reports whether look-ups showed that the read of the source is false, or could
// not show that it is not.
func (p *pass) contradicted(source string) bool {
	return guard.FalseReading(p.evidence, source) || slices.ContainsFunc(p.plan.Held, func(h plan.Held) bool {
		return h.Why == guard.WhyUnproven && slices.ContainsFunc(h.Ops, func(o plan.Op) bool { return o.Rests(source) })
	})
}
