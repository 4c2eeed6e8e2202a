package ldap

import (
	"errors"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// A roster is everybody whom a group's members can be, and what members named that
// is nobody.
type roster struct {
	users, groups *index
	strays        *strays
}

// group translates a group's entry with its members.
func (t *translator) group(e *goldap.Entry, known roster) (connectors.Group, Name, error) {
	name, err := ParseName(e.DN)
	if err != nil {
		return connectors.Group{}, Name{}, corrupt("read the name of a group", err, "Check the entries below groups.base for odd names.")
	}
	g, err := t.members(e, known)
	if err != nil {
		return connectors.Group{}, Name{}, rejectedGroup(name, err)
	}
	if g.ID, err = t.id(e); err != nil {
		return connectors.Group{}, Name{}, fmt.Errorf("group %s: %w", name, err)
	}
	g.Name, g.Container = groupName(e), name.Parent()
	return g, name, nil
}

func (t *translator) members(e *goldap.Entry, known roster) (connectors.Group, error) {
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
			addName(&g, dn, known)
		}
	}
	uids, err := wholeValues(e, attrMemberUID)
	if err != nil {
		return g, err
	}
	for _, uid := range uids {
		if id, ok := known.users.byUID(uid); ok {
			g.Members = append(g.Members, id)
		} else {
			g.Unresolved++
			known.strays.addUID(uid, known.users)
		}
	}
	return g, nil
}

func addName(g *connectors.Group, dn string, known roster) {
	if id, ok := known.users.byName(dn); ok {
		g.Members = append(g.Members, id)
	} else if id, ok := known.groups.byName(dn); ok {
		g.Groups = append(g.Groups, id)
	} else {
		g.Unresolved++
		known.strays.addName(dn)
	}
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
