package syncer

import (
	"context"
	"fmt"
	"sync"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// carryHolds takes over what the last pass held and this one, which sources asked for, could
// not judge, since it rests on a whole reading. People still wait for it, and can still
// approve it.
func (p *pass) carryHolds(ctx context.Context) error {
	if len(p.request.Rings) == 0 {
		return nil
	}
	runs, err := LastRuns(ctx, p.o.Store, 1)
	if err != nil {
		return fmt.Errorf("read the last run: %w", err)
	}
	if len(runs) == 0 || runs[0].Base != p.rules {
		return nil
	}
	judged := hashes(p.diffed)
	supposed := sync.OnceValue(p.suppose)
	for _, h := range runs[0].Held {
		if h.Why == guard.WhyPaused && !p.control.Paused {
			continue
		}
		var ops []plan.Op
		for _, op := range h.Ops {
			if !judged[op.Hash()] && p.needsSources(op) && supposed()[op.Hash()] {
				ops = append(ops, op)
			}
		}
		if h.Ops = ops; len(ops) > 0 {
			p.run.Held = append(p.run.Held, h)
		}
	}
	return nil
}

// needsSources reports whether an op rests on a whole reading that this pass did not
// make.
func (p *pass) needsSources(op plan.Op) bool {
	return len(p.request.Rings) > 0 && needsReading(op) && !p.shown(op)
}

// needsReading reports whether an op can be planned only of sources that were read.
func needsReading(op plan.Op) bool {
	switch op.Kind {
	case plan.UnlinkTeam, plan.MoveLink, plan.JoinPerson:
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

// suppose returns what would be planned or held if the last readings were those of this
// pass: what is not among it is no question any more.
func (p *pass) suppose() map[plan.Hash]bool {
	in := p.in
	in.Supposed = true
	asked, _ := plan.Diff(in)
	return hashes(asked)
}

// hashes names the ops of a plan, those that are held included.
func hashes(of plan.Plan) map[plan.Hash]bool {
	out := map[plan.Hash]bool{}
	for _, op := range of.Ops {
		out[op.Hash()] = true
	}
	for _, h := range of.Held {
		for _, op := range h.Ops {
			out[op.Hash()] = true
		}
	}
	return out
}
