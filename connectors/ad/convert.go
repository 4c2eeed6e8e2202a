package ad

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// Attributes with a fixed meaning.
const (
	attrID      = "objectGUID"
	attrName    = "cn"
	attrMember  = "member"
	attrOf      = "memberOf"
	attrPrimary = "primaryGroupID"
	attrChanged = "uSNChanged"
)

// A translator makes users and groups of entries. It is for one reading.
type translator struct {
	profile ldap.Profile
	plain   map[connectors.Attribute]string
	now     time.Time // by the clock of the domain controller
	past    time.Time // see home
}

func newTranslator(p ldap.Profile, h home) *translator {
	plain := p.Plain()
	return &translator{profile: p, plain: plain, now: h.now, past: h.past}
}

func (t *translator) userAttributes() []string {
	names := []string{attrID, attrName, attrControl, attrExpires, attrPrimary, attrChanged, t.profile.Email, t.profile.Manager}
	names = slices.AppendSeq(names, maps.Values(t.plain))
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(s string) bool { return s == "" })
}

func groupAttributes() []string { return []string{attrID, attrName, attrMember, attrChanged} }

// identify returns what an entry is called and known by.
func identify(e *goldap.Entry) (reference, ldap.Name, error) {
	const op = "identify an entry"
	r, err := parseReference(e.DN)
	if err != nil {
		return r, ldap.Name{}, corrupt(op, err, "The server ignores the control for extended names, which every domain controller knows: check the url.")
	}
	name, err := ldap.ParseName(r.dn)
	if err != nil {
		return r, name, corrupt(op, err, "Check the entries directly below the base for odd names.")
	}
	id, err := guidOf(one(e, attrID))
	if err != nil || id != r.id {
		return r, name, rejected(op, fmt.Errorf("an entry below %s shows no %s", name.Parent(), attrID), "Let the account read the attribute objectGUID.")
	}
	return r, name, nil
}

// A person is somebody's entry as it was read.
type person struct {
	user    connectors.User
	id      guid
	primary uint32    // RID of the primary group
	manager guid      // zero if none is named
	expires time.Time // zero if never
}

func (t *translator) person(e *goldap.Entry) (person, error) {
	r, name, err := identify(e)
	if err != nil {
		return person{}, err
	}
	p := person{id: r.id, primary: parseRID(one(e, attrPrimary))}
	if p.primary == 0 {
		return person{}, rejected("read the primary group", fmt.Errorf("a person in %s shows no %s", name.Parent(), attrPrimary),
			"Let the account read the attribute primaryGroupID of people: every account has one, and members by it would be missing.")
	}
	p.user = connectors.User{ID: r.id.String(), Container: name.Parent(), Attributes: map[connectors.Attribute]string{}}
	p.user.Status, p.user.StatusBy, p.expires = status(e, t.now, t.past)
	var fault string
	if p.user.Email, fault = t.email(e); fault != "" {
		p.user.Unusable = map[connectors.Attribute]string{connectors.Email: fault}
	}
	if p.user.Status == connectors.StatusUnknown {
		p.user.Fault = unseen(e)
	}
	for key, attribute := range t.plain {
		vs := ldap.Values(e, attribute)
		if key == connectors.DisplayName && len(vs) == 0 && strings.EqualFold(attribute, "displayName") {
			vs = ldap.Values(e, attrName)
		}
		// There are no empty values: an attribute that is not there may as well be
		// unreadable, so nothing is said about it.
		if len(vs) > 0 && slices.Min(vs) != "" {
			p.user.Attributes[key] = slices.Min(vs) // several have no order
		}
	}
	if m := ldap.Values(e, t.profile.Manager); len(m) == 1 {
		if r, err := parseReference(m[0]); err == nil {
			p.manager = r.id
		}
	}
	return p, nil
}

// email returns a person's address, or why none can be told: several have no order.
func (t *translator) email(e *goldap.Entry) (email, fault string) {
	switch vs := ldap.Values(e, t.profile.Email); len(vs) {
	case 0:
		return "", ""
	case 1:
		return vs[0], ""
	default:
		return "", fmt.Sprintf("%s has %d values; set attributes.email to an attribute with one", t.profile.Email, len(vs))
	}
}

// A membership is what a group's entry says of its members.
type membership struct {
	id      guid
	rid     uint32 // 0 if it is of no domain
	name    string
	in      string // its container
	dn      string // its whole name, as the directory writes it
	members []reference
	whole   bool   // false: members are but the first range
	changed string // its update sequence number, "" if it cannot be read
}

func readGroup(e *goldap.Entry, domain string) (membership, error) {
	r, name, err := identify(e)
	if err != nil {
		return membership{}, err
	}
	m := membership{id: r.id, rid: r.ridIn(domain), name: one(e, attrName), in: name.Parent(), dn: r.dn, changed: one(e, attrChanged)}
	part, err := findRange(e)
	if err != nil {
		return m, corrupt("read the members of "+name.String(), err, "Ask the domain controller with another tool, such as ldapsearch, to see what it says.")
	}
	m.whole = part.last
	m.members, err = references(part.values)
	return m, err
}

func references(values []string) ([]reference, error) {
	out := make([]reference, len(values))
	for i, v := range values {
		r, err := parseReference(v)
		if err != nil {
			return nil, corrupt("read the members of a group", err, "The server ignores the control for extended names, which every domain controller knows: check the url.")
		}
		out[i] = r
	}
	return out, nil
}

// group states a group. Its list names members by their GUIDs, of whatever kind they are;
// those whose primary group it is are added: they are in no list of members.
func (m membership) group(primary []guid) (g connectors.Group, foreign int) {
	g = connectors.Group{ID: m.id.String(), Names: []string{m.id.String()}, Name: m.name, Container: m.in}
	for _, r := range m.members {
		if r.foreign() {
			foreign++
			g.Groups = append(g.Groups, r.id.String()) // it is no user of this domain
			continue
		}
		g.Members = append(g.Members, r.id.String())
	}
	for _, id := range primary {
		g.Members = append(g.Members, id.String())
	}
	return g, foreign
}

func state(err error) error {
	if errors.Is(err, connectors.ErrDuplicate) {
		return corrupt("state an entry", err, "Two entries share one objectGUID, or one was stated twice: the next reading starts again.")
	}
	return err
}
