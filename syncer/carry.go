package syncer

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// carryHolds takes over what the last pass held and this one could not judge: what rests
// on a whole reading, in a pass that sources asked for; what only a full read of Writer
// shows, in any that made none. People still wait for it, and can still approve it.
func (p *pass) carryHolds(ctx context.Context) error {
	if len(p.request.Rings) == 0 && p.run.Verified {
		return nil
	}
	runs, err := LastRuns(ctx, p.o.Store, 1)
	if err != nil {
		return fmt.Errorf("read the last run: %w", err)
	}
	if len(runs) == 0 || runs[0].Base != p.rules {
		return nil
	}
	c := carrier{pass: p, judged: hashes(p.diffed)}
	c.ask = sync.OnceValues(func() (supposed, error) { return p.suppose(ctx, runs[0].Held) })
	for _, h := range runs[0].Held {
		if h.Why == guard.WhyPaused && !p.control.Paused {
			continue
		}
		if h.Ops, err = c.standing(h); err != nil {
			return err
		}
		if len(h.Ops) > 0 {
			p.run.Held = append(p.run.Held, h)
		}
	}
	return nil
}

// A carrier takes over holds of the last pass.
type carrier struct {
	pass   *pass
	judged map[plan.Hash]bool       // ops that this pass planned or held itself
	ask    func() (supposed, error) // made once, and only if something asks
}

// standing returns the ops of a hold that are still a question, and none for this pass to
// answer.
func (c carrier) standing(h plan.Held) ([]plan.Op, error) {
	var out []plan.Op
	for _, op := range h.Ops {
		ofWriter := c.pass.needsWriter(h, op)
		if c.judged[op.Hash()] || (!ofWriter && !c.pass.needsSources(op)) {
			continue
		}
		asked, err := c.ask()
		if err != nil {
			return nil, err
		}
		switch {
		case ofWriter && slices.Contains(plan.Whys(), h.Why):
			out = append(out, c.now(asked, h.Why, op)...)
		case asked.hashes[op.Hash()]:
			out = append(out, op)
		}
	}
	return out, nil
}

// now returns what a question is by now, if it is one. What is none because its time has
// come, or somebody approved it, stays one until a pass that reads Writer in full.
func (c carrier) now(asked supposed, why plan.Why, op plan.Op) []plan.Op {
	still, is := asked.held[question{why, op.Key()}]
	switch {
	case is && c.judged[still.Hash()]:
		return nil
	case is:
		return []plan.Op{still}
	case asked.due[due{op.Reason.Basis, op.Key()}]:
		c.pass.again = true
		return []plan.Op{op}
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
	case plan.LeaveScope, plan.UnlinkTeam, plan.MoveLink, plan.JoinPerson:
		return true
	}
	return op.Removes()
}

// needsWriter reports whether a held op rests on a full read of Writer, which this pass
// did not make. What a rail held until something else changes is not among it: the rail
// would have to look again.
func (p *pass) needsWriter(h plan.Held, op plan.Op) bool {
	return !p.run.Verified && p.seenThere(op) && (h.Exit == plan.Approve || slices.Contains(plan.Whys(), h.Why))
}

// seenThere reports whether nothing but a full read of Writer leads to an op: a difference
// that arose there, somebody's role, or a live account of somebody who had left.
func (p *pass) seenThere(op plan.Op) bool {
	i, known := p.in.Person(op.Person)
	revived := known && op.Kind.RemovesPerson() && p.in.People[i].Standing == plan.Inactive
	return op.Reason.Basis == plan.Drift || op.Kind == plan.SetRole || revived
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

// supposed is what would be planned or held if all that is known had been read in this
// pass: what is not among it is no question any more.
type supposed struct {
	hashes map[plan.Hash]bool
	held   map[question]plan.Op // the directory may want something else in it by now
	due    map[due]bool         // what is planned
}

// A question is what something is held for, and about what: see plan.Op.Key.
type question struct {
	why plan.Why
	key string
}

// due is an op that is planned, and what it rests on.
type due struct {
	basis plan.Basis
	key   string
}

// suppose makes that plan: by the last readings of the sources that were not read whole,
// and by what the holds tell of Writer where that was not read in full.
func (p *pass) suppose(ctx context.Context, held []plan.Held) (supposed, error) {
	in := p.in
	in.Supposed = len(p.request.Rings) > 0
	if !p.run.Verified {
		recalled, err := p.recall(ctx, held)
		if err != nil {
			return supposed{}, err
		}
		defer recalled.forget()
		in.Accounts, in.Teams = recalled.accounts, recalled.teams
	}
	asked, _ := plan.Diff(in)
	out := supposed{hashes: hashes(asked), held: map[question]plan.Op{}, due: map[due]bool{}}
	for _, h := range asked.Held {
		for _, op := range h.Ops {
			out.held[question{h.Why, op.Key()}] = op
		}
	}
	for _, op := range asked.Ops {
		out.due[due{op.Reason.Basis, op.Key()}] = true
	}
	return out, nil
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
