package ldap

import (
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// A Profile names the attributes that describe a person; the manager is named by a DN of
// somebody below the base of people, and where displayName is absent, cn stands in.
type Profile struct {
	connectors.Profile `yaml:",inline"`
}

// Plain returns the directory's attribute for each that is stated as it is: all but
// the manager, who is named by a DN.
func (p *Profile) Plain() map[connectors.Attribute]string {
	out := p.Named()
	delete(out, connectors.Manager)
	return out
}

// Validate returns every fault, each as a *connectors.FieldError below "attributes".
func (p *Profile) Validate() error {
	var f connectors.Faults
	p.validate(&f)
	return f.Err()
}

func (p *Profile) validate(f *connectors.Faults) {
	if p.Email == "" {
		f.Add("attributes.email", "is required: the attribute that holds the e-mail address")
	}
	checkNames(f, p.named())
}

// A namedAttribute is the name of a directory's attribute, with its path in the
// configuration.
type namedAttribute struct{ path, name string }

func checkNames(f *connectors.Faults, all []namedAttribute) {
	for _, n := range all {
		if n.name != "" && !validAttribute(n.name) {
			f.Add(n.path, "is not the name of an attribute: %q", n.name)
		}
		if strings.EqualFold(n.name, "userPassword") {
			f.Add(n.path, "must not be userPassword: passwords are never read")
		}
	}
}

func (p *Profile) named() []namedAttribute {
	out := []namedAttribute{{"attributes.email", p.Email}}
	all := p.Named()
	for _, attribute := range slices.Sorted(maps.Keys(all)) {
		out = append(out, namedAttribute{"attributes." + attribute.Key(), all[attribute]})
	}
	slices.SortFunc(out, func(a, b namedAttribute) int { return strings.Compare(a.path, b.path) })
	return out
}
