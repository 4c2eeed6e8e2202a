package guard

import (
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// falseReading holds every removal of a source as soon as one object that its
// reading did not state is there after all: the reading was false, and nobody
// knows how false.
type falseReading struct{}

func (falseReading) Name() plan.Why { return WhyFalseReading }

func (falseReading) Check(p plan.Plan, ev Evidence) []plan.Hold {
	contradicted := map[string][]string{}
	for claim, found := range ev.Proofs {
		if found.Presence == connectors.Present {
			contradicted[claim.Ref.Source] = append(contradicted[claim.Ref.Source], claim.Ref.String())
		}
	}
	var holds []plan.Hold
	for _, s := range ev.Sources {
		there := contradicted[s.Name]
		if len(there) == 0 {
			continue
		}
		slices.Sort(there)
		holds = append(holds, plan.Hold{
			Why: WhyFalseReading, Exit: plan.Wait,
			Ops:    where(p, func(o plan.Op) bool { return rests(o, s.Name) }),
			Text:   falsehood(s.Name, there),
			WayOut: "Look at the directory server and the credential's rights; a reading without contradiction decides.",
		})
	}
	return holds
}

// falsehood says what a reading of the source did not state, and is there.
func falsehood(source string, there []string) string {
	if len(there) == 1 {
		return fmt.Sprintf("source %s did not state %s, which is there when asked for: its reading was false", source, there[0])
	}
	return fmt.Sprintf("source %s did not state %d objects that are there when asked for, %s among them: its reading was false", source, len(there), there[0])
}

// rests reports whether the op takes something away, or forgets something, on the word of
// the source.
func rests(o plan.Op, source string) bool {
	return (o.Removes() && o.Rests(source)) || (o.Kind == plan.UnlinkTeam && o.Group.Source == source)
}

// proof holds each op that rests on an absence until the absence is proven:
//
//	asked for by its ID   others from the same place   the op
//	--------------------  ---------------------------  ----------------------------
//	not found             all found                    goes
//	not selected          all found                    goes
//	not found             one missing too              waits
//	not found             there is none to ask for     an approval may stand in
//	failed, not asked     -                            waits
//
// A source that cannot be asked about single objects is not judged here: the plan
// asked for two complete readings.
type proof struct{}

func (proof) Name() plan.Why { return WhyUnproven }

func (proof) Check(p plan.Plan, ev Evidence) []plan.Hold {
	unproven := plan.Hold{
		Why: WhyUnproven, Exit: plan.Wait,
		WayOut: "The next pass looks again; if it stays so, the credential may have lost the right to read that place.",
	}
	alone := plan.Hold{
		Why: WhyNoControl, Exit: plan.Approve,
		WayOut: "See in the directory whether they are gone, and whether the credential can still read that place; then approve.",
	}
	first := ""
	for i, op := range p.Ops {
		switch verdict, why := judge(op, ev); verdict {
		case WhyUnproven:
			unproven.Ops = append(unproven.Ops, i)
			if first == "" {
				first = why
			}
		case WhyNoControl:
			alone.Ops = append(alone.Ops, i)
		}
	}
	unproven.Text = fmt.Sprintf("%d of the plan rest on an absence that could not be proven: %s", len(unproven.Ops), first)
	alone.Text = fmt.Sprintf("what %d of the plan rest on is not found, but nothing else is left in its place to show that it can still be read", len(alone.Ops))
	return []plan.Hold{unproven, alone}
}

// judge returns why an op cannot go, or "".
func judge(op plan.Op, ev Evidence) (plan.Why, string) {
	verdict, text := plan.Why(""), ""
	for _, claim := range op.Reason.Claims {
		if !proves(ev, claim.Ref.Source) {
			continue
		}
		found, asked := ev.Proofs[claim]
		switch {
		case !asked:
			return WhyUnproven, "nobody looked"
		case found.Error != "":
			return WhyUnproven, found.Error
		case found.Presence == connectors.Absent, found.Presence == connectors.Deselected:
		case found.Presence == connectors.Undecided && found.Controls == 0:
			verdict, text = WhyNoControl, ""
		default:
			return WhyUnproven, "others from the same place are not found either"
		}
	}
	return verdict, text
}

func proves(ev Evidence, source string) bool {
	return slices.ContainsFunc(ev.Sources, func(s Source) bool { return s.Name == source && s.Proves })
}
