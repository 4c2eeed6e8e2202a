package ldap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A Name is a distinguished name in the form in which names are compared: types
// in lower case and by their short name, values case-folded with the space in
// them made single (RFC 4518), the parts of a multi-valued RDN sorted, and only
// what must be escaped escaped. Two spellings of one name give the same Name.
type Name struct {
	key string
	cut int // where the parent begins in key
}

// String returns the name in its comparable form.
func (n Name) String() string { return n.key }

// Parent returns the name of the entry above, "" at the top.
func (n Name) Parent() string { return n.key[n.cut:] }

// ParseName reads a distinguished name (RFC 4514).
func ParseName(dn string) (Name, error) {
	if n, ok := plainName(dn); ok {
		return n, nil
	}
	parsed, err := goldap.ParseDN(dn)
	if err != nil {
		// The library's message may repeat the name: whoever wraps this one
		// decides whether the name may be shown.
		return Name{}, errors.New("malformed distinguished name")
	}
	if len(parsed.RDNs) == 0 {
		return Name{}, errors.New("empty distinguished name")
	}
	rdns := make([]string, len(parsed.RDNs))
	for i, rdn := range parsed.RDNs {
		if rdns[i], err = foldRDN(rdn); err != nil {
			return Name{}, fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return newName(rdns), nil
}

func newName(rdns []string) Name {
	key := strings.Join(rdns, ",")
	return Name{key: key, cut: min(len(rdns[0])+1, len(key))}
}

func foldRDN(rdn *goldap.RelativeDN) (string, error) {
	parts := make([]string, len(rdn.Attributes))
	for i, a := range rdn.Attributes {
		kind := shortType(strings.ToLower(a.Type))
		if !validAttribute(kind) {
			return "", errors.New("malformed attribute type")
		}
		if !utf8.ValidString(a.Value) {
			return "", errors.New("value is not UTF-8")
		}
		parts[i] = kind + "=" + goldap.EscapeDN(foldValue(a.Value))
	}
	slices.Sort(parts)
	return strings.Join(parts, "+"), nil
}

// foldValue prepares a value for comparison as caseIgnoreMatch does (RFC 4518
// section 2): compatibility composition, case folding, single spaces.
func foldValue(v string) string {
	v = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(v)))
	return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == ' ' }), " ")
}

// plainName is the quick way for a name in plain ASCII without escapes, the form
// nearly all of a directory's millions of member values have. It answers false
// for any name on which the two ways could differ.
func plainName(dn string) (Name, bool) {
	if dn == "" {
		return Name{}, false
	}
	cut, start, inType := len(dn), 0, true
	for i := range len(dn) {
		switch c := dn[i]; {
		case c == ',' && inType, c == '=' && i == start:
			return Name{}, false
		case c == '=' && inType:
			kind := strings.ToLower(dn[start:i])
			if shortType(kind) != kind || !validAttribute(kind) {
				return Name{}, false
			}
			inType, start = false, i+1
		case c == ',':
			cut = min(cut, i+1)
			inType, start = true, i+1
		case c == ' ' && !innerSpace(dn, i), !plainByte(c):
			return Name{}, false
		}
	}
	if inType {
		return Name{}, false
	}
	return Name{key: strings.ToLower(dn), cut: cut}, true
}

func plainByte(c byte) bool {
	return c >= ' ' && c < 0x7f && !strings.ContainsRune(`"+;<>\#`, rune(c))
}

// innerSpace reports whether the space at i stands alone between two characters
// of a value.
func innerSpace(dn string, i int) bool {
	const edges = " ,="
	return i > 0 && i+1 < len(dn) && !strings.ContainsRune(edges, rune(dn[i-1])) && !strings.ContainsRune(edges, rune(dn[i+1]))
}

// shortType returns the short name of the attribute types of RFC 4514 section 3,
// given by a long name or by number: servers hand out member values as they were
// typed in.
func shortType(kind string) string {
	switch kind {
	case "commonname", "2.5.4.3":
		return "cn"
	case "surname", "2.5.4.4":
		return "sn"
	case "localityname", "2.5.4.7":
		return "l"
	case "stateorprovincename", "2.5.4.8":
		return "st"
	case "streetaddress", "2.5.4.9":
		return "street"
	case "organizationname", "2.5.4.10":
		return "o"
	case "organizationalunitname", "2.5.4.11":
		return "ou"
	case "countryname", "2.5.4.6":
		return "c"
	case "domaincomponent", "0.9.2342.19200300.100.1.25":
		return "dc"
	case "userid", "0.9.2342.19200300.100.1.1":
		return "uid"
	}
	return kind
}
