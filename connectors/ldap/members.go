package ldap

import (
	"errors"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// A roster is who was listed.
type roster struct{ users, groups *index }

// group translates a group's entry with its members.
func (t *translator) group(e *goldap.Entry) (connectors.Group, Name, error) {
	name, err := ParseName(e.DN)
	if err != nil {
		return connectors.Group{}, Name{}, corrupt("read the name of a group", err, "Check the entries below groups.base for odd names.")
	}
	g, err := t.members(e)
	if err != nil {
		return connectors.Group{}, Name{}, rejectedGroup(name, err)
	}
	if g.ID, err = t.id(e); err != nil {
		return connectors.Group{}, Name{}, fmt.Errorf("group %s: %w", name, err)
	}
	g.Name, g.Names, g.Container = groupName(e), []string{name.String()}, name.Parent()
	return g, name, nil
}

func (t *translator) members(e *goldap.Entry) (connectors.Group, error) {
	var g connectors.Group
	if len(values(e, attrMemberURL)) > 0 {
		return g, errDynamic
	}
	for _, attribute := range []string{attrMember, attrUnique} {
		dns, err := wholeValues(e, attribute)
		if err != nil {
			return g, err
		}
		for _, dn := range dns {
			if attribute == attrUnique {
				dn = withoutUID(dn)
			}
			if ref, user := t.reference(dn); user {
				g.Members = append(g.Members, ref)
			} else {
				g.Groups = append(g.Groups, ref)
			}
		}
	}
	uids, err := wholeValues(e, attrMemberUID)
	for _, uid := range uids {
		g.Members = append(g.Members, uidReference(uid))
	}
	return g, err
}

// reference is how lists and entries are made to agree on a distinguished name, and whether
// that stands where people are read. No entry has a name that cannot be read.
func (t *translator) reference(dn string) (ref string, user bool) {
	name, err := ParseName(dn)
	if err != nil {
		return dn, false
	}
	return name.String(), below(name, t.people)
}

// uidReference is the same of a uid, which is compared exactly (RFC 2307: memberUid). The
// capital keeps it apart from names, whose types are in lower case.
func uidReference(uid string) string { return attrMemberUID + "=" + uid }

// userNames are what lists can call a person.
func userNames(name Name, uids []string) []string {
	names := []string{name.String()}
	for _, uid := range uids {
		names = append(names, uidReference(uid))
	}
	return names
}

// errDynamic is returned for a group whose members are the result of a search.
var errDynamic = errors.New("its members are given by memberURL, which is not evaluated")

func rejectedGroup(name Name, err error) error {
	hint := "The group cannot be read whole: raise the server's limit on values."
	if errors.Is(err, errDynamic) {
		hint = "Leave such groups out with groups.filter, for example (&(objectClass=groupOfNames)(!(memberURL=*)))."
	}
	return rejected("read the members of "+name.String(), err, hint)
}

// withoutUID removes the bit string that may follow a name in uniqueMember
// (RFC 4517 section 3.3.21): "cn=x,dc=example#'0101'B".
func withoutUID(v string) string {
	i := strings.LastIndexByte(v, '#')
	if i < 0 {
		return v
	}
	bits, ok := strings.CutPrefix(v[i+1:], "'")
	bits, end := strings.CutSuffix(bits, "'B")
	if !ok || !end || strings.Trim(bits, "01") != "" {
		return v
	}
	return v[:i]
}

// groupName returns the cn in the group's own name if there is one, because of
// several values of cn only that one is sure to stay the same between two reads.
func groupName(e *goldap.Entry) string {
	if dn, err := goldap.ParseDN(e.DN); err == nil && len(dn.RDNs) > 0 {
		for _, a := range dn.RDNs[0].Attributes {
			if strings.EqualFold(a.Type, attrCN) {
				return a.Value
			}
		}
	}
	return first(values(e, attrCN))
}
