package syncer

import (
	"context"

	"writersync/syncer/guard"
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

// endCarriedOut does so once the gate is open and what is left is planned no more. What
// Writer did not take yet is still to come, and needs no second approval. An approval
// that was given after the run had begun is of the next one.
func (p *pass) endCarriedOut(ctx context.Context) error {
	left := false
	for _, a := range p.approval {
		left = left || (ofGate(a) && a.Left > 0)
	}
	if !left || !p.allComplete() {
		return nil
	}
	planned := hashes(p.diffed)
	return p.o.Store.Update(ctx, func(tx Writer) error {
		approvals, err := tx.Approvals(p.o.Now())
		if err != nil {
			return err
		}
		open, err := tx.Approved(p.o.Now())
		if err != nil {
			return err
		}
		for _, a := range approvals {
			if ofGate(a) && a.At.After(p.run.Started) {
				return nil
			}
		}
		for hash := range planned {
			if open[string(hash)] {
				return nil
			}
		}
		return p.endGateApprovals(tx)
	})
}

// ofGate reports whether an approval is one of a plan at the gate.
func ofGate(a store.Approval) bool { return a.Why.String() == string(guard.WhyGate) }
