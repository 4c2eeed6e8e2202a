package adtest

import (
	"slices"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
)

// passes evaluates a filter. What it does not know matches nothing, as in a directory.
func (d *Domain) passes(f *ber.Packet, o *object) bool {
	switch f.Tag {
	case goldap.FilterAnd:
		for _, c := range f.Children {
			if !d.passes(c, o) {
				return false
			}
		}
		return true
	case goldap.FilterOr:
		for _, c := range f.Children {
			if d.passes(c, o) {
				return true
			}
		}
		return false
	case goldap.FilterNot:
		return !d.passes(f.Children[0], o)
	case goldap.FilterPresent:
		name := f.Data.String()
		if strings.EqualFold(name, "memberOf") {
			return !d.hides(o, name) && len(d.groupsOf(o.id)) > 0
		}
		if strings.EqualFold(name, "member") {
			return !d.hides(o, name) && len(o.members) > 0
		}
		return strings.EqualFold(name, "objectClass") || len(d.values(o, name)) > 0
	case goldap.FilterEqualityMatch:
		name, value := f.Children[0].Data.String(), f.Children[1].Data.String()
		if strings.EqualFold(name, "memberOf") && !d.hides(o, name) {
			return slices.ContainsFunc(d.names(d.groupsOf(o.id), false), func(dn string) bool { return comparable(dn) == comparable(value) })
		}
		for _, v := range d.values(o, name) {
			if strings.EqualFold(v, value) {
				return true
			}
		}
		return false
	case goldap.FilterGreaterOrEqual:
		least, err := strconv.ParseInt(f.Children[1].Data.String(), 10, 64)
		for _, v := range d.values(o, f.Children[0].Data.String()) {
			if n, bad := strconv.ParseInt(v, 10, 64); err == nil && bad == nil && n >= least {
				return true
			}
		}
	}
	return false
}

// hides reports whether the account may not read the attribute of the object. It is not
// there for filters either, but that every object has a class (MS-ADTS section
// 3.1.1.3.1.3.1).
func (d *Domain) hides(o *object, name string) bool {
	return slices.Contains(d.settings.Unreadable, o.id) || strings.EqualFold(name, "uSNChanged") && slices.Contains(d.settings.Unnumbered, o.id) ||
		slices.ContainsFunc(d.settings.Hidden, func(h string) bool { return strings.EqualFold(h, name) })
}

// values returns the values of an attribute that is no list of names.
func (d *Domain) values(o *object, name string) []string {
	if d.hides(o, name) {
		return nil
	}
	switch strings.ToLower(name) {
	case "objectguid":
		return []string{o.id.value()}
	case "usnchanged":
		return []string{strconv.FormatInt(o.changed, 10)}
	}
	for k, vs := range o.attributes {
		if strings.EqualFold(k, name) {
			return vs
		}
	}
	return nil
}
