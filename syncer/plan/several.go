package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

// disabled decides for a person with a live account whom nobody states as active, and
// of whom there is something else to say. If another source has lost the person from
// sight, that is an absence, to be proven.
func (d *differ) disabled(i int, and string) {
	why := Reason{Basis: Stated, Text: "is disabled in " + d.disabledIn(i) + and, By: d.alsoIn(i)}
	if !d.unseen(i) || d.decrees(i) {
		d.leave(i, why)
		return
	}
	why.Basis, why.Text = Absence, why.Text+", and elsewhere no longer stated"
	d.depart(i, d.missingFrom(i, why))
}

// unseen reports whether a source that stated the person does so no longer.
func (d *differ) unseen(i int) bool {
	return slices.ContainsFunc(d.parts(i), func(p Part) bool { return p.Gone })
}

// alsoIn names the further sources of a person, sorted.
func (d *differ) alsoIn(i int) []string {
	var out []string
	for _, part := range d.parts(i) {
		if part.Ref.Source != d.in.People[i].Ref.Source {
			out = append(out, part.Ref.Source)
		}
	}
	slices.Sort(out)
	return out
}

// disabledIn names the first source that states the person as disabled.
func (d *differ) disabledIn(i int) string {
	for _, part := range d.parts(i) {
		if part.User != nil && part.User.Status == connectors.StatusDisabled {
			return part.Ref.Source
		}
	}
	return d.in.People[i].Ref.Source
}

// decrees reports whether the authority, read whole in this pass, states the person
// as disabled: its word needs no other.
func (d *differ) decrees(i int) bool {
	for _, part := range d.parts(i) {
		disabled := part.User != nil && part.User.Status == connectors.StatusDisabled
		if disabled && part.Ref.Source == d.in.Policy.Join.Authority && d.in.whole(part.Ref.Source) {
			return true
		}
	}
	return false
}

// disagreement returns a source that states the person as disabled and one that says
// active, unless it is known which one is to be believed.
func (d *differ) disagreement(i int) (off, on string) {
	p := d.in.People[i]
	for _, part := range p.Parts {
		switch {
		case part.User == nil:
		case part.User.Status == connectors.StatusDisabled:
			off = part.Ref.Source
		case part.User.Status == connectors.StatusActive:
			on = part.Ref.Source
		}
	}
	if off == "" || on == "" || d.in.Policy.Join.Authority == on || d.decrees(i) {
		return "", ""
	}
	return off, on
}

// disagree holds the end of an account whose person one source states as disabled
// and another as active. The person goes on as active.
func (d *differ) disagree(i int) {
	off, on := d.disagreement(i)
	if d.in.People[i].Standing != Live || off == "" {
		return
	}
	if ops := d.leaveOps(i, Reason{Basis: Stated, Text: "is disabled in " + off, By: []string{off}}); len(ops) > 0 {
		d.hold(d.disagreed(i, off, on, "Approve if they left", ops...))
	}
}

func (d *differ) disagreed(i int, off, on, approve string, ops ...Op) Held {
	return Held{
		Why: WhySourcesDisagree, Exit: Approve, Ops: ops,
		Text:   fmt.Sprintf("%s is disabled in %s and active in %s", d.in.People[i].Ref, off, on),
		WayOut: approve + "; else correct the directory, or name the source that is to be believed in people.authority.",
	}
}
