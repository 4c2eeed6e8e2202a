package ad

import (
	"errors"
	"strconv"
	"strings"
)

// A reference is a name in the form that the control for extended names gives it:
// "<GUID=...>;<SID=...>;CN=...". It holds for life where the name alone does not.
type reference struct {
	id  guid
	sid string // "" for what is no security principal
	dn  string
}

var errReference = errors.New("the name came without its GUID")

func parseReference(text string) (reference, error) {
	var r reference
	id, rest, ok := part(text, "<GUID=")
	if !ok {
		return r, errReference
	}
	var err error
	if r.id, err = parseGUID(id); err != nil {
		return r, err
	}
	if sid, after, ok := part(rest, "<SID="); ok {
		r.sid, rest = sid, after
	}
	r.dn = rest
	return r, nil
}

// part cuts "<KEY=value>;" off the beginning.
func part(text, key string) (value, rest string, ok bool) {
	inner, ok := strings.CutPrefix(text, key)
	if !ok {
		return "", text, false
	}
	value, rest, ok = strings.Cut(inner, ">;")
	return value, rest, ok
}

// ridIn returns the last part of the SID, by which users name their primary group, if
// it is one of the domain; else 0.
func (r reference) ridIn(domain string) uint32 {
	rid, ok := strings.CutPrefix(r.sid, domain+"-")
	if !ok {
		return 0
	}
	return parseRID(rid)
}

func parseRID(text string) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// foreign reports whether the object only stands for one of another forest.
func (r reference) foreign() bool {
	_, parent, _ := strings.Cut(r.dn, ",")
	return strings.HasPrefix(strings.ToLower(parent), "cn=foreignsecurityprincipals,")
}
