package apply

import (
	"writersync/connectors"
	"writersync/syncer/plan"
)

// A unit is what one request does, or a batch of ops that need no request.
type unit struct {
	ops    []plan.Op
	ledger bool          // no request
	team   plan.RemoteID // set for memberships
}

// ledgerBatch is how many ops without a request are recorded at once.
const ledgerBatch = 500

// lastPhase is the highest plan.Op.Phase.
const lastPhase = 8

// wave parts the units of a phase into those that can go now and those that wait for
// one of them: who takes an e-mail goes after the one who gives it up.
func wave(units []unit) (now, later []unit) {
	frees := map[connectors.Ref]bool{}
	for _, u := range units {
		for _, op := range u.ops {
			if _, renames := op.Change(plan.UserName); renames && op.Kind == plan.UpdateUser {
				frees[op.Person] = true
			}
		}
	}
	for _, u := range units {
		if frees[u.ops[0].After] {
			later = append(later, u)
		} else {
			now = append(now, u)
		}
	}
	if len(now) == 0 {
		return units, nil // a circle, which a plan has none of: ready tells
	}
	return now, later
}

// units cuts a plan into requests, by phase. The memberships of one team are
// edited together, additions first, at most so many in a request; a team that
// gains anybody is edited in the phase of additions, so that a request carries
// both.
func units(p plan.Plan, members int) [][]unit {
	out := make([][]unit, lastPhase+1)
	gains := map[plan.RemoteID]bool{}
	for _, op := range p.Ops {
		if op.Kind == plan.AddMember {
			gains[op.Team] = true
		}
	}
	type edit struct {
		phase int
		team  plan.RemoteID
	}
	at := map[edit]int{}
	batch := map[int]int{} // by phase: index of the open ledger batch, plus one
	for _, op := range p.Ops {
		phase := op.Phase()
		switch {
		case op.LedgerOnly():
			i := batch[phase] - 1
			if i < 0 || len(out[phase][i].ops) >= ledgerBatch {
				out[phase] = append(out[phase], unit{ledger: true})
				i = len(out[phase]) - 1
				batch[phase] = i + 1
			}
			out[phase][i].ops = append(out[phase][i].ops, op)
		case op.Kind == plan.AddMember || op.Kind == plan.RemoveMember:
			if gains[op.Team] && !op.GoesFirst() {
				phase = plan.Op{Kind: plan.AddMember}.Phase()
			}
			key := edit{phase, op.Team}
			i, open := at[key]
			if !open || len(out[phase][i].ops) >= members {
				out[phase] = append(out[phase], unit{team: op.Team})
				i = len(out[phase]) - 1
				at[key] = i
			}
			out[phase][i].ops = append(out[phase][i].ops, op)
		default:
			out[phase] = append(out[phase], unit{ops: []plan.Op{op}})
		}
	}
	return out
}
