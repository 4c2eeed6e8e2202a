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

// WeekLimit is the same for seven days: twice the limit of a day, or 3% where that is
// more. A directory that loses its people a few a day stays below the limit of a day
// for ever.
func WeekLimit(managed int) int { return max(2*RunLimit(managed), managed*3/100) }

// An allowance is how many people may lose the account within a time, and who did.
type allowance struct {
	limit int
	over  string
	gone  map[connectors.Ref]bool
}

func newAllowance(limit int, over string, removed []Removed) allowance {
	a := allowance{limit: limit, over: over, gone: map[connectors.Ref]bool{}}
	for _, r := range removed {
		if r.Kind.RemovesPerson() {
			a.gone[r.Person] = true
		}
	}
	return a
}

// take counts the people of the ops at these indexes, if they are within the limit. It reports
// whether they are.
func (a allowance) take(p plan.Plan, ops ...int) bool {
	if !a.takes(p, ops...) {
		return false
	}
	for _, i := range ops {
		a.gone[p.Ops[i].Person] = true
	}
	return true
}

// takes reports whether the ops at these indexes are within the limit.
func (a allowance) takes(p plan.Plan, ops ...int) bool {
	more := 0
	for _, i := range ops { // each is of another person
		if !a.gone[p.Ops[i].Person] {
			more++
		}
	}
	return more == 0 || len(a.gone)+more <= a.limit
}

// runLimit holds the people beyond RunLimit and WeekLimit. Those whom a source states
// as disabled go first, in the order of the plan, up to the limit; those who are
// merely no longer stated go all together or not at all.
type runLimit struct{}

func (runLimit) Name() plan.Why { return WhyRunLimit }

func (runLimit) Check(p plan.Plan, ev Evidence) []plan.Hold {
	day := newAllowance(RunLimit(ev.Managed), "24 hours", ev.Removed)
	if ev.Limits.Run > 0 {
		day.limit = min(day.limit, ev.Limits.Run)
	}
	week := newAllowance(WeekLimit(ev.Managed), "7 days", ev.Week)
	dayBefore, weekBefore, now := len(day.gone), len(week.gone), 0
	var beyond []int
	for _, unread := range []bool{false, true} { // ops that can go now use the limit first
		var inferred []int
		for _, i := range where(p, func(o plan.Op) bool {
			return o.Kind.RemovesPerson() && (len(o.Unread) > 0) == unread && !ev.Approved[o.Hash()]
		}) {
			switch {
			case p.Ops[i].Reason.Basis != plan.Shown:
				inferred = append(inferred, i)
			case day.takes(p, i) && week.take(p, i):
				day.take(p, i)
			default:
				beyond = append(beyond, i)
			}
		}
		if !unread {
			now = len(day.gone) - dayBefore
		}
		if !day.takes(p, inferred...) || !week.take(p, inferred...) {
			beyond = append(beyond, inferred...)
			continue
		}
		day.take(p, inferred...)
	}
	hit, before := day, dayBefore
	if day.takes(p, beyond...) {
		hit, before = week, weekBefore
	}
	return []plan.Hold{{
		Why: WhyRunLimit, Exit: plan.Approve, Ops: beyond,
		Text: fmt.Sprintf("%s more would lose the account; the limit is %d in %s for %d accounts, %d went before and %d go now",
			people(len(beyond)), hit.limit, hit.over, ev.Managed, before, now),
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
