package guard

import (
	"cmp"
	"fmt"
	"time"

	"writersync/syncer/plan"
)

// freshFor is for how long a read of a source gives access: what keeps a user out since is not
// known.
const freshFor = 24 * time.Hour

// source holds ops that rest on a source that was not read in this run:
//
//	the op     the source was                        it
//	---------  ------------------------------------  -----
//	takes      read by delta, which named the user   goes
//	takes      read by delta, or not read            waits
//	gives      read within 24 hours, in any run      goes
//	gives      not read for longer                   waits
//	otherwise                                        goes
//
// A plan has no such removals; the safeguard is there for the day that one does.
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
		if s.Followed || ev.Now.Sub(s.Read) <= freshFor {
			continue
		}
		holds = append(holds, plan.Hold{
			Why: WhySource, Exit: plan.Wait,
			Ops: where(p, func(o plan.Op) bool { return o.Direction() == plan.Gives && o.Rests(s.Name) }),
			Text: fmt.Sprintf("source %s was last read at %s; what is older than a day gives no access: %s",
				s.Name, s.Read.UTC().Format("2006-01-02 15:04 UTC"), cmp.Or(s.Error, "it was not asked since")),
			WayOut: "The next read decides; `writersync check` tests the credentials.",
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
