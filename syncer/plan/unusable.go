package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// unusable is an attribute of which a source has values that cannot be used.
type unusable struct {
	source    string
	attribute connectors.Attribute
}

// faulty is whose value cannot be used, and why not the first one.
type faulty struct {
	people int
	named  []string
	why    string
}

// noteUnusable notes what cannot be used of a person, who is active. What Writer has of it
// stays, and all else is decided as ever.
func (d *differ) noteUnusable(i int) {
	p := d.in.People[i]
	if p.Standing != Live && !d.inScope(i) {
		return
	}
	for _, part := range d.parts(i) {
		if part.User == nil {
			continue
		}
		for a, why := range part.User.Unusable {
			if p.User.Unusable[a] == "" {
				continue // another source, which counts more, has a value
			}
			at := unusable{part.Ref.Source, a}
			f := d.unusable[at]
			if f == nil {
				f = &faulty{why: why}
				d.unusable[at] = f
			}
			f.people++
			f.named = append(f.named, p.name())
		}
	}
}

// warnUnusable says which attributes cannot be used.
func (d *differ) warnUnusable() {
	for _, at := range slices.SortedFunc(maps.Keys(d.unusable), func(a, b unusable) int {
		return cmp.Or(strings.Compare(a.source, b.source), cmp.Compare(a.attribute, b.attribute))
	}) {
		f := d.unusable[at]
		who := "1 user"
		if f.people > 1 {
			who = fmt.Sprintf("%d users", f.people)
		}
		who += " (" + few(f.named) + ")"
		d.warnings = append(d.warnings, Warning{
			Code: "attribute-unusable",
			Text: fmt.Sprintf("source %s has %s that cannot be used (%s) of %s: what Writer has of it stays; correct it in the directory",
				at.source, at.attribute.Word(), f.why, who),
		})
	}
}

// keyless holds a newcomer whose value of what users are joined by cannot be used: another
// source may list the same person, who then has an account already.
func (d *differ) keyless(i int, create Reason) bool {
	by := d.in.Policy.Join.By
	if by == "" || by == UserName {
		return false // without an e-mail there is no account
	}
	for _, part := range d.parts(i) {
		if part.User == nil || part.User.Unusable[by] == "" {
			continue
		}
		d.hold(Held{
			Why: WhyUnusableRecord, Exit: Fix,
			Ops:    []Op{{Kind: CreateUser, Person: d.in.People[i].Ref, Login: stated(d.in.People[i]), Reason: create}},
			Text:   fmt.Sprintf("the %s of %s, by which users are joined, cannot be used (%s)", by.Word(), d.in.People[i].name(), part.User.Unusable[by]),
			WayOut: "Correct the person's record in the directory.",
		})
		return true
	}
	return false
}

// whyUnmailed says why a user has no e-mail.
func whyUnmailed(u connectors.User) string {
	if fault := u.Unusable[connectors.Email]; fault != "" {
		return "has an e-mail that cannot be used (" + fault + ")"
	}
	return "has no e-mail"
}
