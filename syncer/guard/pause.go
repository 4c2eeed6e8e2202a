package guard

import "writersync/syncer/plan"

// pause is the kill switch: while it is on, nothing is done at all.
type pause struct{}

func (pause) Name() plan.Why { return WhyPaused }

func (pause) Check(p plan.Plan, ev Evidence) []plan.Hold {
	if !ev.Paused {
		return nil
	}
	return []plan.Hold{{
		Why: WhyPaused, Exit: plan.Fix, Ops: where(p, func(plan.Op) bool { return true }),
		Text: "writersync is paused", WayOut: "Run `writersync resume`.",
	}}
}
