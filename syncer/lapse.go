package syncer

import (
	"context"
	"fmt"

	"writersync/syncer/guard"
)

// endGateApprovals ends what is left of every approval of a gate: somebody reads "to come"
// of it for a day, and nothing would.
func (p *pass) endGateApprovals(ctx context.Context) error {
	now := p.o.Now()
	approvals, _, err := p.o.Store.Approved(ctx, now)
	if err != nil {
		return fmt.Errorf("load approvals: %w", err)
	}
	for _, a := range approvals {
		if a.Why != guard.WhyGate {
			continue
		}
		a.Expires = now
		if err := p.o.Store.Approve(ctx, a, nil); err != nil {
			return fmt.Errorf("end approval %s: %w", a.Hold.Short(), err)
		}
	}
	return nil
}

// endCarriedOut does so once the gate is open and what is left is planned no more. What
// Writer did not take yet is still to come, and needs no second approval.
func (p *pass) endCarriedOut(ctx context.Context) error {
	left := false
	for _, a := range p.approval {
		left = left || (a.Why == guard.WhyGate && a.Left > 0)
	}
	if !left || !p.allComplete() {
		return nil
	}
	_, open, err := p.o.Store.Approved(ctx, p.o.Now())
	if err != nil {
		return fmt.Errorf("load approvals: %w", err)
	}
	for planned := range hashes(p.diffed) {
		if open[planned] {
			return nil
		}
	}
	return p.endGateApprovals(ctx)
}
