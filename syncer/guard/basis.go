package guard

import (
	"fmt"

	"writersync/syncer/plan"
)

// basis holds what an admin has to approve on account of its evidence; see
// plan.Basis.Effect. What takes access because a fact is not visible is looked up later, by
// proof, if it names what can be looked up. A plan proposes little of it that is not held
// already, with more to say: the safeguard is there so that none goes by another way.
type basis struct{}

func (basis) Name() plan.Why { return plan.WhyNotVisible }

func (basis) Check(p plan.Plan, _ Evidence) []plan.Hold {
	effect := func(o plan.Op) plan.Effect {
		e := o.Reason.Basis.Effect(o.Direction())
		if e == plan.LooksUp && len(o.Reason.Claims) == 0 {
			return plan.Asks
		}
		return e
	}
	asks := where(p, func(o plan.Op) bool { return effect(o) == plan.Asks })
	reviewed := where(p, func(o plan.Op) bool { return effect(o) == plan.Reviewed })
	return []plan.Hold{{
		Why: plan.WhyNotVisible, Exit: plan.Approve, Ops: asks,
		Text:   fmt.Sprintf("%d ops rest on what no source shows now", len(asks)),
		WayOut: "Approve if it is right. If not, let the source show what it showed before.",
	}, {
		Why: WhyGate, Exit: plan.Approve, Ops: reviewed,
		Text:   fmt.Sprintf("%d ops are planned by the changed configuration alone", len(reviewed)),
		WayOut: "Read the plan, then approve it.",
	}}
}
