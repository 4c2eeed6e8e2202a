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
	why := Reason{Basis: Shown, Cause: Disabled, Text: "is disabled in " + d.disabledIn(i) + and, By: d.alsoIn(i)}
	if !d.missing(i) || d.decrees(i) {
		d.leave(i, why)
		return
	}
	why.Text = d.withGone(i, why.Text)
	d.depart(i, d.missingFrom(i, why))
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

func (d *differ) isSpared(person connectors.Ref) bool {
	_, spared := d.spared[person]
	return spared
}

// spare leaves alone who may have a record under another ID, of which somebody is asked.
// That the other records say disabled acts all the same, unless that one is active.
func (d *differ) spare(i int) {
	p := d.in.People[i]
	disabled := p.User != nil && p.User.Status == connectors.StatusDisabled
	d.fates[i] = fateNone
	if p.Standing != Live || !disabled || d.spared[p.Ref].decided {
		return
	}
	if d.decrees(i) || !d.spared[p.Ref].active {
		d.disabled(i, "")
		return
	}
	why := Reason{Basis: Shown, Cause: Disabled, Text: "is disabled in " + d.disabledIn(i), By: d.alsoIn(i)}
	if ops := d.leaveOps(i, why); len(ops) > 0 {
		text := fmt.Sprintf("%s is disabled in %s, and perhaps active under another ID elsewhere", p.name(), d.disabledIn(i))
		d.hold(disagreed(text, "Approve if they left", ops...))
	}
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

// comeback says why it is not clear that somebody whose account ended is back, "" if it
// is: one source says so and another says otherwise, or does not say any more what it
// said when the account ended.
func (d *differ) comeback(i int) string {
	p := d.in.People[i]
	if off, on := d.disagreement(i); off != "" {
		return fmt.Sprintf("%s is disabled in %s and active in %s", p.name(), off, on)
	}
	gone := ""
	for _, part := range p.Parts {
		if part.Ref.Source == d.in.Policy.Join.Authority && part.User != nil && part.User.Status == connectors.StatusActive {
			return ""
		}
		if part.Gone && gone == "" {
			gone = part.Ref.Source
		}
	}
	if gone == "" {
		return ""
	}
	return fmt.Sprintf("%s has no live account, is no longer in %s, and is active elsewhere", p.name(), gone)
}

// otherAddress says why the e-mail of a joined person may not be theirs, "" if it is:
// the record from which it came so far may be one that is not stated any more, and
// counts more than the one that states it now.
func (d *differ) otherAddress(i int) string {
	gone := ""
	for _, part := range d.in.People[i].Parts {
		switch {
		case part.Gone && gone == "":
			gone = part.Ref.Source
		case part.User != nil && part.User.Email != "" && gone != "":
			return fmt.Sprintf("%s is no longer in %s, and has another e-mail in %s", d.in.People[i].name(), gone, part.Ref.Source)
		case part.User != nil && part.User.Email != "":
			return ""
		}
	}
	return ""
}

// disagree holds the end of an account whose person one source states as disabled
// and another as active. The person goes on as active, unless somebody approved that
// they leave: it reports that.
func (d *differ) disagree(i int) (leaves bool) {
	off, on := d.disagreement(i)
	if d.in.People[i].Standing != Live || off == "" {
		return false
	}
	ops := d.leaveOps(i, Reason{Basis: Shown, Cause: Disabled, Text: "is disabled in " + off, By: d.alsoIn(i)})
	if len(ops) == 0 {
		return false
	}
	text := fmt.Sprintf("%s is disabled in %s and active in %s", d.in.People[i].name(), off, on)
	if d.hold(disagreed(text, "Approve if they left", ops...)) {
		return false
	}
	d.fates[i] = fateLeaving
	return true
}

// back holds what would bring back an account.
func back(text string, ops ...Op) Held {
	return Held{Why: WhySourcesDisagree, Exit: Approve, Ops: ops, Text: text, WayOut: "Approve if they are back; else correct the directory."}
}

// mergeBack makes one hold of those of a source who seem to be back.
func (d *differ) mergeBack() {
	d.together(WhySourcesDisagree, Reactivate, func(n int, first Op) string {
		return fmt.Sprintf("%d people of source %s have no live account, and their sources do not say the same of them", n, first.Person.Source)
	})
}

func disagreed(text, approve string, ops ...Op) Held {
	return Held{
		Why: WhySourcesDisagree, Exit: Approve, Ops: ops, Text: text,
		WayOut: approve + "; else correct the directory, or name the source that is to be believed in people.authority.",
	}
}
