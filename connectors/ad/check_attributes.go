package ad

import (
	"context"
	"maps"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// A configuredAttribute is one that somebody named, or the default did.
type configuredAttribute struct{ path, name, usually string } // usually: the default, "" for none

func (a configuredAttribute) String() string {
	if a.usually == "" {
		return a.path + " is " + a.name
	}
	return a.path + " is " + a.name + ", by default " + a.usually
}

// configured returns the attributes that are read, the e-mail first.
func configured(p ldap.Profile) []configuredAttribute {
	usual := NewConfig().Attributes
	out := []configuredAttribute{{"attributes.email", p.Email, usual.Email}}
	named, usually := p.Named(), usual.Named()
	byKey := func(a, b connectors.Attribute) int { return strings.Compare(a.Key(), b.Key()) }
	for _, a := range slices.SortedFunc(maps.Keys(named), byKey) {
		out = append(out, configuredAttribute{"attributes." + a.Key(), named[a], usually[a]})
	}
	return out
}

// attributes says which of the configured attributes the domain does not have, and which
// nobody shows. A domain controller leaves out both without a word. The first is a fault;
// the second is none, since an attribute may be empty of everybody.
func (k *checkup) attributes(ctx context.Context) error {
	known, err := k.schema(ctx)
	if err != nil {
		return err
	}
	unknown, unseen := k.unseen(known)
	if len(unknown) > 0 {
		text := strings.Join(unknown, "; ")
		hint := "Correct the names."
		if strings.Contains(strings.ToLower(text), "extensionattribute") {
			hint = "Correct the names; extensionAttribute1 to 15 come with Exchange."
		}
		k.add("attributes", false, "The schema of this domain has no such attribute: %s. %s", text, hint)
	}
	switch {
	case k.looked == 0: // which is said already
	case len(unseen) > 0:
		k.add("attributes", true, "None of the first %d people shows %s. That is right where nobody has them; else let the account read them, or name others.", k.looked, strings.Join(unseen, ", "))
	case len(unknown) == 0:
		k.add("attributes", true, "Each one that is configured is shown by somebody.")
	}
	return nil
}

// unseen sorts the attributes that nobody shows into those that the schema does not have
// and others. Where known is nil, all are others.
func (k *checkup) unseen(known map[string]bool) (unknown, others []string) {
	for _, a := range configured(k.profile) {
		switch {
		case k.shown[a.name] > 0:
		case known != nil && !known[strings.ToLower(a.name)] && !dotted(a.name):
			unknown = append(unknown, a.String())
		case a.name == k.profile.Email: // see people
		case strings.EqualFold(a.name, "displayName"): // cn stands in for it
		default:
			others = append(others, a.name+" ("+a.path+")")
		}
	}
	return unknown, others
}

// schema returns which of the configured attributes the forest's schema has, in lower
// case; nil where the account cannot read it. One that every schema has is looked for with
// them: without it, nothing was shown.
func (k *checkup) schema(ctx context.Context) (map[string]bool, error) {
	if k.home.schema == "" {
		return nil, nil //nolint:nilnil // nothing is known
	}
	names := []string{attrID}
	for _, a := range configured(k.profile) {
		names = append(names, a.name)
	}
	var some []ldap.Filter
	for _, name := range distinct(names) {
		f, err := ldap.Equal("lDAPDisplayName", name)
		if err != nil {
			return nil, err
		}
		some = append(some, f)
	}
	known := map[string]bool{}
	q := ldap.Query{Base: k.home.schema, Scope: ldap.One, Filter: ldap.Any(some...), Attributes: []string{"lDAPDisplayName"}, Controls: []goldap.Control{domainScope()}}
	err := unlessRefused(k.conn.Search(ctx, q, func(e *goldap.Entry) error {
		known[strings.ToLower(one(e, "lDAPDisplayName"))] = true
		return nil
	}))
	if err != nil || !known[strings.ToLower(attrID)] {
		return nil, err
	}
	return known, nil
}

// dotted reports whether an attribute is named by its OID, which is not looked up.
func dotted(name string) bool { return name != "" && name[0] >= '0' && name[0] <= '9' }

// distinct returns the names, each once and sorted.
func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
