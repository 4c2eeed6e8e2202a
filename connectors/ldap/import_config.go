package ldap

import (
	"slices"
	"strings"

	"writersync/connectors"
)

// Import says where import adds what only Writer has. Without it, nothing is ever
// added to the directory.
type Import struct {
	Users  string `yaml:"users"`  // the entry below which people are added
	Groups string `yaml:"groups"` // the entry below which groups are added
	Bind   Bind   `yaml:"bind"`   // a credential that may add there; unset: the one that reads
}

// isSet reports whether anything of it was configured.
func (i Import) isSet() bool { return i.Users != "" || i.Groups != "" }

// validateImport sees that what is added will be read: else each import would add it
// anew.
func (c *Config) validateImport(f *connectors.Faults) {
	i := c.Import
	i.Bind.validate(f, "import.bind", "remove both to add with the credential that reads")
	if a, err := parseAddress(c.URL); err == nil && i.Bind.Password.IsSet() && !c.Bind.Password.IsSet() && c.exposes(a) {
		f.Add("url", exposed)
	}
	if !i.isSet() {
		if i.Bind.DN != "" || i.Bind.Password.IsSet() {
			f.Add("import.users", "is required with import.bind: the entry below which people are added")
		}
		return
	}
	readable(f, "import.users", i.Users, "users", c.Users)
	if c.Groups.Base == "" {
		f.Add("groups.base", "is required with import, so that the groups that it adds are read")
	} else {
		readable(f, "import.groups", i.Groups, "groups", c.Groups)
	}
	if c.Bind.DN == "" && i.Bind.DN == "" {
		f.Add("import.bind.dn", "is required: nobody lets an anonymous client add entries")
	}
	if c.Attributes.ID != autoID && !slices.ContainsFunc(idCandidates(), func(name string) bool { return strings.EqualFold(name, c.Attributes.ID) }) {
		f.Add("attributes.id", "must be %q or one of %s with import: an entry that it adds has no other ID", autoID, strings.Join(idCandidates(), ", "))
	}
}

// readable sees that entries directly below place are within what a branch reads.
func readable(f *connectors.Faults, path, place, key string, b Branch) {
	if place == "" {
		f.Add(path, "is required: the entry below which %s are added", key)
		return
	}
	name, err := ParseName(place)
	if err != nil {
		f.Add(path, "is not a distinguished name: %v", err)
		return
	}
	base, err := ParseName(b.Base)
	if err != nil {
		return // which was said
	}
	same := name.String() == base.String()
	switch {
	case b.Scope == One && !same:
		f.Add(path, "must be %s.base with scope %q, so that what is added is read", key, One)
	case !below(name, base.String()):
		f.Add(path, "must be %s.base or stand below it, so that what is added is read", key)
	}
}

// validate sees that a bind is whole. remove says what it means to leave it out.
func (b Bind) validate(f *connectors.Faults, path, remove string) {
	switch {
	case b.DN == "" && b.Password.IsSet():
		f.Add(path+".dn", "is required with %s.password; %s", path, remove)
	case b.DN != "" && !b.Password.IsSet():
		// RFC 4513 section 5.1.2: a name without a password is an anonymous
		// session that looks like a successful bind.
		f.Add(path+".password", "is required with %s.dn: a bind without a password would silently be anonymous", path)
	}
	if b.DN != "" {
		if _, err := ParseName(b.DN); err != nil {
			f.Add(path+".dn", "is not a distinguished name: %v", err)
		}
	}
}
