package guard

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"writersync/syncer/plan"
)

// freshFor is for how long a read of a source gives access: what keeps a user out since is not
// known.
const freshFor = 24 * time.Hour

// source holds ops that need a source which this run did not read, and ops that give access on
// the word of a source that was not read for a day. It comes after what an admin is asked about,
// so that a run which reads less asks the same.
type source struct{}

func (source) Name() plan.Why { return WhySource }

func (source) Check(p plan.Plan, ev Evidence) []plan.Hold {
	var holds []plan.Hold
	for _, s := range ev.Sources {
		why := cmp.Or(s.Error, "it was not asked")
		if s.Delta {
			why = "it read only what changed"
		}
		holds = append(holds, plan.Hold{
			Why: WhySource, Exit: plan.Wait,
			Ops:    where(p, func(o plan.Op) bool { return slices.Contains(o.Unread, s.Name) }),
			Text:   fmt.Sprintf("this run did not read source %s in full: %s", s.Name, why),
			WayOut: "The next full read decides; `writersync check` tests the credentials.",
		})
		if ev.Now.Sub(s.Read) <= freshFor {
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
	known := func(name string) bool {
		return slices.ContainsFunc(ev.Sources, func(s Source) bool { return s.Name == name })
	}
	return append(holds, plan.Hold{
		Why: WhySource, Exit: plan.Fix, Ops: where(p, func(o plan.Op) bool {
			gone := slices.ContainsFunc(o.Unread, func(name string) bool { return !known(name) })
			return gone || (o.Removes() && !known(o.Person.Source) && !plan.IsStranger(o.Person))
		}),
		Text: "a source of these people is not configured", WayOut: "Configure the source again, or remove the accounts in Writer.",
	})
}
