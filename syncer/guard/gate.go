package guard

import (
	"fmt"
	"strings"

	"writersync/syncer/plan"
)

// gate keeps a first plan, and the first plan after the rules changed, from being
// applied unseen. Once approved it is carried out but for what removes: that has
// to be planned again by a pass that comes after.
type gate struct{}

func (gate) Name() plan.Why { return WhyGate }

func (gate) Check(p plan.Plan, ev Evidence) []plan.Hold {
	switch ev.Gate {
	case GateClosed:
		return []plan.Hold{{
			Why: WhyGate, Exit: plan.Approve, Ops: where(p, func(plan.Op) bool { return true }),
			Text:   "this is the first plan, or the first since rules, scope, sources or the Writer organization changed: " + tally(p),
			WayOut: "Read the plan, then approve it; removals wait for a later pass.",
		}}
	case GateOpening:
		return []plan.Hold{opening(p, func(o plan.Op) bool { return o.Removes() || !ev.Approved[o.Hash()] })}
	}
	return nil
}

func opening(p plan.Plan, which func(plan.Op) bool) plan.Hold {
	return plan.Hold{
		Why: WhyGateOpening, Exit: plan.Wait, Ops: where(p, which),
		Text:   "the first approved plan removes nothing, and does nothing that was not approved with it",
		WayOut: "The passes after it decide.",
	}
}

// tally says how many ops of each kind a plan has.
func tally(p plan.Plan) string {
	counts := map[plan.Kind]int{}
	for _, op := range p.Ops {
		counts[op.Kind]++
	}
	var parts []string
	for _, kind := range plan.Kinds() {
		if counts[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", kind, counts[kind]))
		}
	}
	return strings.Join(parts, ", ")
}
