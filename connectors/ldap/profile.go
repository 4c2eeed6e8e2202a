package ldap

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// Profile names the attributes that describe a person. An empty name is not read.
type Profile struct {
	Email       string `yaml:"email"`
	GivenName   string `yaml:"given_name"`
	FamilyName  string `yaml:"family_name"`
	DisplayName string `yaml:"display_name"` // where displayName is absent, cn stands in
	Title       string `yaml:"title"`

	MiddleName        string `yaml:"middle_name"`
	HonorificPrefix   string `yaml:"honorific_prefix"`
	HonorificSuffix   string `yaml:"honorific_suffix"`
	Phone             string `yaml:"phone"`
	Locale            string `yaml:"locale"`
	PreferredLanguage string `yaml:"preferred_language"`
	Department        string `yaml:"department"`
	CostCenter        string `yaml:"cost_center"`
	EmployeeNumber    string `yaml:"employee_number"`
	Manager           string `yaml:"manager"` // a DN of somebody below users.base

	Extra map[string]string `yaml:"extra"` // further ones, which expressions know as user.extra.NAME
}

// Plain returns the directory's attribute for each that is stated as it is: all but
// the manager, who is named by a DN.
func (p *Profile) Plain() map[connectors.Attribute]string {
	out := map[connectors.Attribute]string{
		connectors.GivenName: p.GivenName, connectors.MiddleName: p.MiddleName, connectors.FamilyName: p.FamilyName,
		connectors.HonorificPrefix: p.HonorificPrefix, connectors.HonorificSuffix: p.HonorificSuffix,
		connectors.DisplayName: p.DisplayName, connectors.Title: p.Title, connectors.Phone: p.Phone, connectors.Locale: p.Locale,
		connectors.PreferredLanguage: p.PreferredLanguage, connectors.Department: p.Department,
		connectors.CostCenter: p.CostCenter, connectors.EmployeeNumber: p.EmployeeNumber,
	}
	for name, attribute := range p.Extra {
		out[connectors.Extra(name)] = attribute
	}
	maps.DeleteFunc(out, func(_ connectors.Attribute, name string) bool { return name == "" })
	return out
}

// Validate returns every fault, each as a *connectors.FieldError below "attributes".
func (p *Profile) Validate() error {
	var f faults
	p.validate(&f)
	return errors.Join(f.errs...)
}

func (p *Profile) validate(f *faults) {
	if p.Email == "" {
		f.add("attributes.email", "is required: the attribute that holds the e-mail address")
	}
	checkNames(f, p.named())
}

// A namedAttribute is the name of a directory's attribute, with its path in the
// configuration.
type namedAttribute struct{ path, name string }

func checkNames(f *faults, all []namedAttribute) {
	for _, n := range all {
		if n.name != "" && !validAttribute(n.name) {
			f.add(n.path, "is not the name of an attribute: %q", n.name)
		}
		if strings.EqualFold(n.name, "userPassword") {
			f.add(n.path, "must not be userPassword: passwords are never read")
		}
	}
}

func (p *Profile) named() []namedAttribute {
	out := []namedAttribute{{"attributes.email", p.Email}, {"attributes.manager", p.Manager}}
	for attribute, name := range p.Plain() {
		path := "attributes." + snake(attribute.Word())
		if extra, ok := attribute.IsExtra(); ok {
			path = "attributes.extra." + extra
		}
		out = append(out, namedAttribute{path, name})
	}
	slices.SortFunc(out, func(a, b namedAttribute) int { return strings.Compare(a.path, b.path) })
	return out
}

// snake turns "givenName" into "given_name".
func snake(word string) string {
	var b strings.Builder
	for _, r := range word {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
