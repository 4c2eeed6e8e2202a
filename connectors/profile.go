package connectors

import (
	"maps"
	"slices"
	"strings"
)

// A Profile names, in the configuration of a source, what of the directory's own holds
// each attribute of a person: an LDAP attribute, a column, a property. An empty name is
// not read.
type Profile struct {
	Email       string `yaml:"email"`
	GivenName   string `yaml:"given_name"`
	FamilyName  string `yaml:"family_name"`
	DisplayName string `yaml:"display_name"`
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
	Manager           string `yaml:"manager"` // how a manager is named there, each connector says

	Extra map[string]string `yaml:"extra"` // further ones, which expressions know as user.extra.NAME
}

// Named returns the directory's name for each attribute that is read: all but the
// e-mail.
func (p *Profile) Named() map[Attribute]string {
	out := map[Attribute]string{
		GivenName: p.GivenName, MiddleName: p.MiddleName, FamilyName: p.FamilyName,
		HonorificPrefix: p.HonorificPrefix, HonorificSuffix: p.HonorificSuffix,
		DisplayName: p.DisplayName, Title: p.Title, Phone: p.Phone, Locale: p.Locale, PreferredLanguage: p.PreferredLanguage,
		Department: p.Department, CostCenter: p.CostCenter, EmployeeNumber: p.EmployeeNumber, Manager: p.Manager,
	}
	for name, theirs := range p.Extra {
		out[Extra(name)] = theirs
	}
	maps.DeleteFunc(out, func(_ Attribute, theirs string) bool { return theirs == "" })
	return out
}

// Extras returns the names by which expressions know the further attributes, sorted.
func (p *Profile) Extras() []string { return slices.Sorted(maps.Keys(p.Extra)) }

// Key returns the key of an attribute in a Profile: "given_name", "extra.kind".
func (a Attribute) Key() string {
	if extra, ok := a.IsExtra(); ok {
		return "extra." + extra
	}
	var b strings.Builder
	for _, r := range a.Word() {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
