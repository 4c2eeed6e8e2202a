package adtest

import (
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
			return len(d.groupsOf(o.id)) > 0
		}
		return strings.EqualFold(name, "objectClass") || len(d.values(o, name)) > 0
	case goldap.FilterEqualityMatch:
		name, value := f.Children[0].Data.String(), f.Children[1].Data.String()
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

// values returns the values of an attribute that is no list of names.
func (d *Domain) values(o *object, name string) []string {
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
