package guard

import (
	"cmp"
	"fmt"

	"writersync/syncer/plan"
)

// source holds removals of people whose source was not read in this pass, neither whole
// nor as far as it changed for them. A plan holds none; this rail is there for the day
// that one does.
type source struct{}

func (source) Name() plan.Why { return WhySource }

func (source) Check(p plan.Plan, ev Evidence) []plan.Hold {
	var holds []plan.Hold
	for _, s := range ev.Sources {
		if s.Complete {
			continue
		}
		holds = append(holds, plan.Hold{
			Why: WhySource, Exit: plan.Wait,
			Ops: where(p, func(o plan.Op) bool {
				return o.Removes() && o.Rests(s.Name) && (!s.Followed || !ev.Changed[o.Person])
			}),
			Text:   fmt.Sprintf("source %s was not read whole in this pass: %s", s.Name, cmp.Or(s.Error, "it was not asked about them")),
			WayOut: "The next complete reading decides; `writersync check` tests the credentials.",
		})
	}
	known := map[string]bool{}
	for _, s := range ev.Sources {
		known[s.Name] = true
	}
	return append(holds, plan.Hold{
		Why: WhySource, Exit: plan.Fix, Ops: where(p, func(o plan.Op) bool {
			return o.Removes() && !known[o.Person.Source] && !plan.IsStranger(o.Person)
		}),
		Text: "these people's source is not configured", WayOut: "Configure the source again, or remove the accounts in Writer.",
	})
}
