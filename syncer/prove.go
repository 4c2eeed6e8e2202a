package syncer

import (
	"context"
	"fmt"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// controls is how many objects of the same container must be found for an
// absence to count.
const controls = 5

// prove looks, one by one, for what the ops that are left say is gone. It runs
// after the limits: what is held anyway is not asked about.
func (p *pass) prove(ctx context.Context) error {
	p.evidence.Proofs = map[plan.Claim]guard.Proof{}
	for _, op := range p.plan.Ops {
		for _, claim := range op.Reason.Claims {
			if _, done := p.evidence.Proofs[claim]; done {
				continue
			}
			prover := p.prover(claim.Ref.Source)
			if prover == nil {
				continue
			}
			proof, err := p.proveOne(ctx, prover, claim)
			if err != nil {
				return err
			}
			p.evidence.Proofs[claim] = proof
		}
	}
	return nil
}

func (p *pass) prover(source string) connectors.Prover {
	for _, s := range p.o.Sources {
		if s.Name == source {
			prover, _ := s.Connector.(connectors.Prover)
			return prover
		}
	}
	return nil
}

func (p *pass) proveOne(ctx context.Context, prover connectors.Prover, claim plan.Claim) (guard.Proof, error) {
	c := connectors.Claim{Kind: claim.Kind, ID: claim.Ref.ID}
	var err error
	c.Container, c.Controls, err = neighboursOf(ctx, p.o.Store, claim, controls)
	if err != nil {
		return guard.Proof{}, fmt.Errorf("find controls for %s: %w", claim.Ref, err)
	}
	presence, err := prover.Prove(ctx, c)
	if ctx.Err() != nil {
		return guard.Proof{}, ctx.Err()
	}
	if err != nil {
		return guard.Proof{Presence: connectors.Undecided, Error: err.Error(), Controls: len(c.Controls)}, nil
	}
	if (presence == connectors.Absent || presence == connectors.Deselected) && len(c.Controls) == 0 {
		presence = connectors.Undecided // nothing vouches for the credential's sight
	}
	return guard.Proof{Presence: presence, Controls: len(c.Controls)}, nil
}
