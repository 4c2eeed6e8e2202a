package syncer

import (
	"context"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// endGateApprovals ends what is left of every approval of a gate: people read "to come"
// of it for a day, and nothing would.
func (p *pass) endGateApprovals(tx store.Writer) error {
	approvals, err := tx.Approvals(p.o.Now())
	if err != nil {
		return err
	}
	for _, a := range approvals {
		if !ofGate(a) {
			continue
		}
		if err := tx.EndApproval(a.Hold); err != nil {
			return err
		}
	}
	return nil
}

// endUnplanned ends what was approved and is planned no more: an admin approved what was there
// to see, and not what comes again a day later. What a look-up found is there after all. An
// approval that was given after the run had begun counts for the next one.
func (p *pass) endUnplanned(ctx context.Context) error {
	planned := map[string]bool{} // of what is approved
	for hash := range p.in.Approved {
		if p.left[hash] {
			planned[string(hash)] = true
		}
	}
	if len(planned) == len(p.in.Approved) {
		return nil
	}
	return p.o.Store.Update(ctx, func(tx Writer) error { return tx.EndApproved(p.run.Started, planned) })
}

// ofGate reports whether an approval is one of a plan at the gate.
func ofGate(a store.Approval) bool { return a.Why.String() == string(guard.WhyGate) }

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
