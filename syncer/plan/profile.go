package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// A Profile says what is sent of a person, and whether the person is wanted at all.
// Equal persons give equal answers.
type Profile interface {
	// Sends returns the attributes that are sent of u. What the source does not
	// state is left out; an error says why nothing can be told of u.
	Sends(source string, u connectors.User) (map[connectors.Attribute]string, error)
	// Wants returns what says that u is not wanted, "" if u is; and the attributes that
	// it looked at, connectors.Email and connectors.Container among them. An error says
	// why that is not known, such as that it looked at an unusable value: then nothing is
	// given to u, and nothing taken for that.
	Wants(source string, u connectors.User) (against string, looked []connectors.Attribute, err error)
}

// everything is the Profile of a policy that names none.
type everything struct{}

func (everything) Sends(_ string, u connectors.User) (map[connectors.Attribute]string, error) {
	out := make(map[connectors.Attribute]string, len(u.Attributes))
	for a, value := range u.Attributes {
		if _, extra := a.IsExtra(); !extra {
			out[a] = value
		}
	}
	return out, nil
}

func (everything) Wants(string, connectors.User) (string, []connectors.Attribute, error) {
	return "", nil, nil
}

// A wish is what Writer should have of a person.
type wish struct {
	attributes map[connectors.Attribute]string // UserName included
	// makes is the fingerprint that is true once Writer has them; zero if the
	// manager's account is yet to come, no source states an e-mail, or a value is not
	// usable.
	makes Fingerprint
}

// wish returns what Writer should have of person i, whose record was found usable.
func (d *differ) wish(i int) wish {
	p := d.in.People[i]
	attributes, err := d.profile().Sends(p.Ref.Source, *p.User)
	if err != nil {
		return wish{} // employed held the person
	}
	w := wish{attributes, FingerprintOf(*p.User)}
	if mail := stated(p); mail != "" {
		w.attributes[UserName] = mail
	}
	if stated(p) == "" || len(p.User.Unusable) > 0 {
		w.makes = Fingerprint{} // something is open, and every run says so
	}
	if manager, ok := w.attributes[connectors.Manager]; ok && manager != "" {
		d.manager(&w, connectors.Ref{Source: statedBy(p, connectors.Manager, manager), ID: manager})
	}
	return w
}

// statedBy returns the source whose value of the attribute counts: an ID is one of that
// source.
func statedBy(p Person, a connectors.Attribute, value string) string {
	for _, part := range p.Parts {
		if part.User != nil && part.User.Attributes[a] == value {
			return part.Ref.Source
		}
	}
	return p.Ref.Source
}

// manager puts the manager's account in the place of the ID that the source
// states. While there is none, nothing is said of the manager.
func (d *differ) manager(w *wish, ref connectors.Ref) {
	i, found := d.find(ref)
	if found && d.in.People[i].Standing == Live && d.in.People[i].Account != "" {
		w.attributes[connectors.Manager] = string(d.in.People[i].Account)
		return
	}
	delete(w.attributes, connectors.Manager)
	if found && d.inScope(i) {
		w.makes = Fingerprint{}
	}
}

// find returns the index of a person, by any record of theirs.
func (d *desired) find(ref connectors.Ref) (int, bool) {
	if first, joined := d.in.Joins[ref]; joined {
		ref = first
	}
	return d.in.Person(ref)
}

// undecided holds what is open for a person if an expression has no result.
func (d *differ) undecided(i int) {
	p := d.in.People[i]
	kind, way := UpdateUser, `Let the directory state it, or say in the expression what holds without it, as in has(user.title) ? user.title : "".`
	if p.Standing != Live {
		kind = CreateUser
	}
	if d.unjudged[i] && len(p.User.Unusable) > 0 {
		way = "Correct the value in the directory."
	}
	d.hold(Held{
		Why: WhyExpression, Exit: Fix,
		Ops:    []Op{{Kind: kind, Person: p.Ref, Account: p.Account, Login: stated(p), Reason: Reason{Basis: Shown, Text: d.whyInScope(i)}}},
		Text:   fmt.Sprintf("an expression has no result for %s: %s", p.name(), d.unclear[i]),
		WayOut: way,
	})
}

// noteIgnored says which attributes are not sent, since Writer does not keep them.
func (d *differ) noteIgnored() {
	if len(d.in.Ignored) == 0 {
		return
	}
	d.warnings = append(d.warnings, Warning{
		Code: "attribute-ignored",
		Text: fmt.Sprintf("Writer keeps no %s of anybody: take it out of people.attributes", words(slices.Collect(maps.Keys(d.in.Ignored)), ", no ")),
	})
}

// known reports whether the attribute is one that a source can state.
func known(a connectors.Attribute) bool {
	_, ok := connectors.AttributeNamed(a.Word())
	return ok
}

// words names attributes, sorted.
func words(attributes []connectors.Attribute, between string) string {
	var out []string
	for _, a := range attributes {
		out = append(out, a.Word())
	}
	slices.Sort(out)
	return strings.Join(out, between)
}

// Optional reports whether people are recognisable without the attribute, so that
// an account is worth having although Writer does not take it.
func Optional(a connectors.Attribute) bool {
	switch a {
	case UserName, ExternalID, connectors.GivenName, connectors.FamilyName, connectors.DisplayName:
		return false
	}
	return true
}
