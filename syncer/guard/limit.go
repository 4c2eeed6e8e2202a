package guard

import (
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// RunLimit is how many people may lose their account within 24 hours without an
// approval, of so many who have one: a twentieth, but at most 50 in a company of
// up to 20,000 and a quarter of a percent beyond, and at least 2.
func RunLimit(managed int) int { return max(2, min(managed/20, max(50, managed/400))) }

// runLimit holds the people beyond RunLimit. Those whom a source states as
// disabled go first, in the order of the plan, up to the limit; those who are
// merely no longer stated go all together or not at all.
type runLimit struct{}

func (runLimit) Name() plan.Why { return WhyRunLimit }

func (runLimit) Check(p plan.Plan, ev Evidence) []plan.Hold {
	limit := RunLimit(ev.Managed)
	if ev.Limits.Run > 0 {
		limit = min(limit, ev.Limits.Run)
	}
	gone := map[connectors.Ref]bool{}
	for _, r := range ev.Removed {
		if r.Kind.RemovesPerson() {
			gone[r.Person] = true
		}
	}
	before := len(gone)
	var beyond, inferred []int
	for i, op := range p.Ops {
		switch {
		case !op.Kind.RemovesPerson() || ev.Approved[op.Hash()]:
		case op.Reason.Basis != plan.Stated:
			inferred = append(inferred, i)
		case len(gone) < limit || gone[op.Person]:
			gone[op.Person] = true
		default:
			beyond = append(beyond, i)
		}
	}
	stated := len(gone) - before
	if len(gone)+len(inferred) > limit {
		beyond = append(beyond, inferred...)
	}
	return []plan.Hold{{
		Why: WhyRunLimit, Exit: plan.Approve, Ops: beyond,
		Text: fmt.Sprintf("%s more would lose the account; the limit is %d in 24 hours for %d accounts, %d went before and %d stated as disabled go now",
			people(len(beyond)), limit, ev.Managed, before, stated),
		WayOut: "If they really left, approve; if not, look at the source.",
	}}
}

// deletion holds every deletion: it cannot be undone.
type deletion struct{}

func (deletion) Name() plan.Why { return WhyDelete }

func (deletion) Check(p plan.Plan, _ Evidence) []plan.Hold {
	ops := where(p, func(o plan.Op) bool { return o.Kind == plan.DeleteUser })
	return []plan.Hold{{
		Why: WhyDelete, Exit: plan.Approve, Ops: ops,
		Text:   fmt.Sprintf("%s would lose the account for good: a deletion cannot be undone", people(len(ops))),
		WayOut: "Approve, or set `deprovision: deactivate`.",
	}}
}

// people returns "1 person" or "3 people".
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
