package syncer

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"writersync/syncer/plan"
)

// carryHolds takes over, in a pass that sources asked for, what the last pass held and
// this one could not judge: it rests on a whole reading, and none was made of what it
// is about. People still wait for it, and can still approve it.
func (p *pass) carryHolds(ctx context.Context) error {
	if len(p.request.Rings) == 0 {
		return nil
	}
	runs, err := p.o.Store.Runs(ctx, 1)
	if err != nil {
		return fmt.Errorf("read the last run: %w", err)
	}
	if len(runs) == 0 || runs[0].Base != p.rules {
		return nil
	}
	judged := map[plan.Hash]bool{}
	for _, op := range p.diffed.Ops {
		judged[op.Hash()] = true
	}
	for _, h := range p.diffed.Held {
		for _, op := range h.Ops {
			judged[op.Hash()] = true
		}
	}
	stands := sync.OnceValue(p.supposed)
	for _, h := range runs[0].Held {
		h.Ops = slices.DeleteFunc(slices.Clone(h.Ops), func(op plan.Op) bool {
			return !needsReading(op) || judged[op.Hash()] || p.shown(op) || !stands()[op.Hash()]
		})
		if len(h.Ops) > 0 {
			p.run.Held = append(p.run.Held, h)
		}
	}
	return nil
}

// needsReading reports whether an op can be planned only of sources that were read.
func needsReading(op plan.Op) bool {
	switch op.Kind {
	case plan.LeaveScope, plan.UnlinkTeam, plan.MoveLink, plan.JoinPerson:
		return true
	}
	return op.Removes()
}

// shown reports whether all that an op rests on was read whole after all.
func (p *pass) shown(op plan.Op) bool {
	for _, s := range p.o.Sources {
		if _, whole := p.complete[s.Name]; op.Rests(s.Name) && !whole {
			return false
		}
	}
	return true
}

// supposed returns what would be planned or held if all that is known had been read in
// this pass: what is not among it is no question any more.
func (p *pass) supposed() map[plan.Hash]bool {
	in := p.in
	in.Supposed = true
	out := map[plan.Hash]bool{}
	asked, _ := plan.Diff(in)
	for _, op := range asked.Ops {
		out[op.Hash()] = true
	}
	for _, h := range asked.Held {
		for _, op := range h.Ops {
			out[op.Hash()] = true
		}
	}
	return out
}
