package ldap

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// A person is an entry of somebody who is to be made: inetOrgPerson (RFC 2798), and
// never a password.
type person struct {
	user     connectors.NewUser
	mailName string // the attribute that the source reads e-mails from
}

// uid returns the nth uid to try: what stands before the @, in the characters that
// every system takes, and from the second on with a number.
func (p person) uid(n int) string {
	local, _, _ := strings.Cut(p.user.Email, "@")
	uid := strings.Trim(strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(local)), "-.")
	uid = cmp.Or(uid, "user")
	if n < 2 {
		return uid
	}
	return fmt.Sprintf("%s%d", uid, n)
}

// attributes returns those of the entry with that uid. The schema requires cn and
// sn; where Writer knows neither, the address has to do.
func (p person) attributes(uid string) []goldap.Attribute {
	given, family := p.value(connectors.GivenName), p.value(connectors.FamilyName)
	display := p.value(connectors.DisplayName)
	full := strings.TrimSpace(given + " " + family)
	local, _, _ := strings.Cut(p.user.Email, "@")
	out := []goldap.Attribute{
		{Type: "objectClass", Vals: []string{"inetOrgPerson"}},
		{Type: attrUID, Vals: []string{uid}},
		{Type: attrCN, Vals: []string{cmp.Or(display, full, p.user.Email)}},
		{Type: "sn", Vals: []string{cmp.Or(family, lastWord(display), local)}},
		{Type: "mail", Vals: []string{p.user.Email}},
	}
	if p.mailName != "" && !strings.EqualFold(p.mailName, "mail") && !strings.EqualFold(p.mailName, attrUID) {
		out = append(out, goldap.Attribute{Type: p.mailName, Vals: []string{p.user.Email}})
	}
	for _, optional := range []struct{ name, value string }{
		{"givenName", given}, {"displayName", display}, {"title", p.value(connectors.Title)},
	} {
		if optional.value != "" {
			out = append(out, goldap.Attribute{Type: optional.name, Vals: []string{optional.value}})
		}
	}
	return out
}

// value returns an attribute as a directory can take it: without space around it, and
// nothing of one that is no text.
func (p person) value(a connectors.Attribute) string {
	v := p.user.Attributes[a]
	if strings.ContainsFunc(v, unicode.IsControl) {
		return ""
	}
	return strings.TrimSpace(v)
}

func lastWord(s string) string {
	words := strings.Fields(s)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// groupNote is the description of a group that import makes.
const groupNote = "Made by writersync import of a team in Writer. Its members are those of that day: they are not kept in step."

func groupAttributes(name string, members []string) []goldap.Attribute {
	return []goldap.Attribute{
		{Type: "objectClass", Vals: []string{"groupOfNames"}},
		{Type: attrCN, Vals: []string{name}},
		{Type: "description", Vals: []string{groupNote}},
		{Type: attrMember, Vals: members},
	}
}

// childName returns the name of an entry directly below another.
func childName(base, attribute, value string) string {
	return attribute + "=" + goldap.EscapeDN(value) + "," + base
}
