package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
	for _, op := range p.plan.Ops {
		for _, claim := range op.Reason.Claims {
			if claim.Kind == connectors.MembershipObject {
				continue // see witness
			}
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
			proof.Object = op.Names(claim)
			p.evidence.Proofs[claim] = proof
		}
	}
	return nil
}

// mostWitnesses is how many members of one list that is empty are asked whether they are in the
// group; more are for an admin to say.
const mostWitnesses = 50

// mostUndecided is how many of them may be unable to say it.
const mostUndecided = 3

// witness asks the users' own entries what is not visible in lists of members, of groups
// whose sources were read in full in this run.
func (p *pass) witness(ctx context.Context) error {
	p.evidence.Proofs = map[plan.Claim]guard.Proof{}
	lists, objects := map[connectors.Ref][]plan.Claim{}, map[plan.Claim]string{}
	gather := func(ops []plan.Op) {
		for _, op := range ops {
			for _, c := range op.Reason.Claims {
				if list := (connectors.Ref{Source: c.Ref.Source, ID: c.Group}); c.Kind == connectors.MembershipObject {
					lists[list], objects[c] = append(lists[list], c), op.Names(c)
				}
			}
		}
	}
	gather(p.plan.Ops)
	for _, h := range p.plan.Held {
		gather(h.Ops)
	}
	for _, list := range slices.SortedFunc(maps.Keys(lists), connectors.Ref.Compare) {
		prover, members := p.prover(list.Source), lists[list]
		if _, read := p.complete[list.Source]; prover == nil || !read || len(members) > mostWitnesses {
			continue
		}
		undecided := 0
		for _, claim := range members {
			proof, err := p.proveOne(ctx, prover, claim)
			if err != nil {
				return err
			}
			proof.Object = objects[claim]
			if p.evidence.Proofs[claim] = proof; proof.Presence == connectors.Undecided {
				undecided++
			}
			if undecided == mostUndecided {
				break // the others can hardly say more
			}
		}
	}
	p.plan = guard.Witness(p.plan, p.evidence)
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
	c := connectors.Claim{Kind: claim.Kind, ID: claim.Ref.ID, Group: claim.Group}
	membership := claim.Kind == connectors.MembershipObject
	var err error
	if membership {
		c.Controls = p.groupsOf(claim.Ref)
	} else if c.Container, c.Controls, err = neighboursOf(ctx, p.o.Store, claim, controls); err != nil {
		return guard.Proof{}, fmt.Errorf("find controls for %s: %w", claim.Ref, err)
	}
	presence, err := prover.Prove(ctx, c)
	if ctx.Err() != nil {
		return guard.Proof{}, ctx.Err()
	}
	if err != nil {
		return guard.Proof{Presence: connectors.Undecided, Error: err.Error(), Controls: len(c.Controls)}, nil
	}
	if (presence == connectors.Absent || presence == connectors.Deselected) && len(c.Controls) == 0 && !membership {
		presence = connectors.Undecided // nothing vouches for the credential's sight
	}
	return guard.Proof{Presence: presence, Controls: len(c.Controls)}, nil
}

// groupsOf returns the IDs of groups that list a user, some of them if there are many.
func (p *pass) groupsOf(user connectors.Ref) []string {
	if is, joined := p.in.Joins[user]; joined {
		user = is
	}
	i, known := p.in.Person(user)
	var out []string
	for _, g := range p.in.Groups {
		_, in := slices.BinarySearch(g.Members, uint32(i)) //nolint:gosec // an index of People
		if known && in && !g.Emptied && g.Ref.Source == user.Source && len(out) < controls {
			out = append(out, g.Ref.ID)
		}
	}
	return out
}
