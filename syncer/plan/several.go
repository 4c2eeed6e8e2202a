package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

// disabled decides for a person with a live account whom nobody states as active. If
// another source has lost the person from sight, that is an absence, to be proven.
func (d *differ) disabled(i int) {
	why := Reason{Basis: Stated, Text: "is disabled in " + d.disabledIn(i)}
	absent := slices.ContainsFunc(d.parts(i), func(p Part) bool { return p.User == nil })
	if !absent || d.decrees(i) {
		for _, part := range d.parts(i) {
			if part.Ref.Source != d.in.People[i].Ref.Source {
				why.By = append(why.By, part.Ref.Source)
			}
		}
		slices.Sort(why.By)
		d.leave(i, why)
		return
	}
	why.Basis, why.Text = Absence, why.Text+", and elsewhere no longer stated"
	d.depart(i, d.missingFrom(i, why))
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
		source, _ := d.source(part.Ref.Source)
		if part.Ref.Source == d.in.Policy.Join.Authority && part.User != nil && part.User.Status == connectors.StatusDisabled && source.Complete.Valid() {
			return true
		}
	}
	return false
}

// disagree holds the end of an account whose person one source states as disabled
// and another as active, where nobody has said which one is to be believed. The
// person goes on as active.
func (d *differ) disagree(i int) {
	p := d.in.People[i]
	if p.Standing != Live || len(p.Parts) == 0 || d.decrees(i) {
		return
	}
	off, on := "", ""
	for _, part := range p.Parts {
		switch {
		case part.User == nil:
		case part.User.Status == connectors.StatusDisabled:
			off = part.Ref.Source
		case part.User.Status == connectors.StatusActive:
			on = part.Ref.Source
		}
	}
	if off == "" || on == "" || d.in.Policy.Join.Authority == on {
		return
	}
	ops := d.leaveOps(i, Reason{Basis: Stated, Text: "is disabled in " + off, By: []string{off}})
	if len(ops) > 0 {
		d.hold(Held{
			Why: WhySourcesDisagree, Exit: Approve, Ops: ops,
			Text:   fmt.Sprintf("%s is disabled in %s and active in %s", p.Ref, off, on),
			WayOut: "Approve if they left; else correct the directory, or name the source that is to be believed in people.authority.",
		})
	}
}
