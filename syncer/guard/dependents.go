package guard

import (
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// dependents holds what brings back an account while a membership stays that is to go
// before, and what is given to such an account.
type dependents struct{}

func (dependents) Name() plan.Why { return plan.WhyReturn }

func (dependents) Check(p plan.Plan, ev Evidence) []plan.Hold {
	keeps := map[connectors.Ref]bool{}
	stay := func(ops []plan.Op) {
		for _, op := range ops {
			keeps[op.Person] = keeps[op.Person] || op.GoesFirst()
		}
	}
	stay(ev.refuted)
	for _, h := range p.Held {
		stay(h.Ops)
	}
	away := map[connectors.Ref]bool{}
	for _, op := range p.Ops {
		away[op.Person] = away[op.Person] || (op.Kind == plan.Reactivate && keeps[op.Person])
	}
	for _, h := range p.Held { // held for another reason
		for _, op := range h.Ops {
			away[op.Person] = away[op.Person] || op.Kind == plan.Reactivate
		}
	}
	gives := func(o plan.Op) bool {
		switch o.Kind {
		case plan.Reactivate, plan.AddMember, plan.ConfirmMember, plan.SetRole:
			return away[o.Person]
		}
		return false
	}
	ops := where(p, gives)
	return []plan.Hold{{
		Why: plan.WhyReturn, Exit: plan.Wait, Ops: ops,
		Text:   fmt.Sprintf("%d ops reactivate accounts, or add to them, and wait until the held removals of these accounts are done", len(ops)),
		WayOut: "Solve the hold of those removals first. If an account is protected, take it off the list for one run.",
	}}
}
