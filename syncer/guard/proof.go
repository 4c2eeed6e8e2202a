package guard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Confirm judges the plan by what looking for single objects gave. It takes out the ops that
// a look-up refutes: the object is found, and so it is as if the read had listed it. The
// notes say which objects those are.
func Confirm(p plan.Plan, ev Evidence) (plan.Plan, []plan.Warning) {
	p, ev.refuted = refute(p, ev)
	var notes []plan.Warning
	for _, s := range ev.Sources {
		if found, _ := foundIn(ev, s.Name, true); len(found) > 0 {
			notes = append(notes, plan.Warning{
				Code: "found", Text: fmt.Sprintf("source %s did not list what is there when it is looked up by ID, and nothing is done for that: %d (%s)", s.Name, len(found), few(found)),
			})
		}
	}
	return Screen(p, ev, falseReading{}, proof{}, dependents{}), notes
}

// refute takes out the ops that rest on what a look-up found.
func refute(p plan.Plan, ev Evidence) (left plan.Plan, refuted []plan.Op) {
	found := func(op plan.Op) bool {
		return slices.ContainsFunc(op.Reason.Claims, func(c plan.Claim) bool { return ev.Proofs[c].Presence == connectors.Present })
	}
	if !slices.ContainsFunc(p.Ops, found) {
		return p, nil
	}
	kept := make([]plan.Op, 0, len(p.Ops))
	for _, op := range p.Ops {
		if found(op) {
			refuted = append(refuted, op)
			continue
		}
		kept = append(kept, op)
	}
	p.Ops = kept
	return p, refuted
}

// Witness judges what is held because the list of a group is empty, by what the users' own
// entries say:
//
//	the entries of a user            the op
//	-------------------------------  ----------------------------
//	name none of these groups        goes
//	name one of them                 is dropped, approved or not
//	do not say, or were not asked    waits for an approval
func Witness(p plan.Plan, ev Evidence) plan.Plan {
	p = p.Release(plan.WhyNotVisible, func(op plan.Op) bool {
		said := false
		for _, c := range op.Reason.Claims {
			proof, asked := ev.Proofs[c]
			if asked && proof.Presence == connectors.Present {
				return true
			}
			if said = asked && proof.Presence == connectors.Absent; !said {
				return false
			}
		}
		return said
	})
	p, _ = refute(p, ev)
	return p
}

// foundIn returns what was looked up in a source and found although the read did not list it,
// sorted, and how many look-ups there were; all of them, or those of whole objects alone.
func foundIn(ev Evidence, source string, memberships bool) (found []string, lookedUp int) {
	for claim, proof := range ev.Proofs {
		if claim.Ref.Source != source || (claim.Kind == connectors.MembershipObject && !memberships) {
			continue
		}
		lookedUp++
		if proof.Presence == connectors.Present {
			found = append(found, cmp.Or(proof.Object, claim.String()))
		}
	}
	slices.Sort(found)
	return found, lookedUp
}

// few names the first of them.
func few(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}

// FalseReading reports whether so much of what a source did not list is found that the read
// is not believed: at least three objects, and more than one in ten of those that were looked
// up. Memberships do not count: of a list that is empty they are all found, or none.
func FalseReading(ev Evidence, source string) bool {
	found, lookedUp := foundIn(ev, source, false)
	return len(found) >= 3 && 10*len(found) > lookedUp
}

// falseReading holds all that rests on what a source did not list, if the read is not
// believed. What is found is refuted in any case.
type falseReading struct{}

func (falseReading) Name() plan.Why { return WhyFalseReading }

func (falseReading) Check(p plan.Plan, ev Evidence) []plan.Hold {
	var holds []plan.Hold
	for _, s := range ev.Sources {
		if !FalseReading(ev, s.Name) {
			continue
		}
		found, lookedUp := foundIn(ev, s.Name, false)
		holds = append(holds, plan.Hold{
			Why: WhyFalseReading, Exit: plan.Wait,
			Ops:    where(p, func(o plan.Op) bool { return restsOnAbsence(o, s.Name) }),
			Text:   fmt.Sprintf("%d of %d objects that source %s did not list are there when they are looked up, %s among them", len(found), lookedUp, s.Name, found[0]),
			WayOut: "Nothing is to be done: it waits for confirmation by the next full read. If it stays so, look at the directory server and the credential's rights.",
		})
	}
	return holds
}

// restsOnAbsence reports whether the op rests on something that the source does not show.
func restsOnAbsence(o plan.Op, source string) bool {
	of := func(c plan.Claim) bool { return c.Ref.Source == source }
	return slices.ContainsFunc(o.Reason.Claims, of) || slices.ContainsFunc(o.Reason.Marks, of)
}

// proof holds each op that rests on an absence until the absence is proven:
//
//	asked for by its ID   others from the same place   the op
//	--------------------  ---------------------------  ----------------------------
//	found                 -                            is dropped; see Confirm
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
		if !proves(ev, claim.Ref.Source) || claim.Kind == connectors.MembershipObject { // see Witness
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
