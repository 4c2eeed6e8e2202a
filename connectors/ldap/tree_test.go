package ldap_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

// tree is a Directory that a responder serves, ten entries a page.
type tree struct {
	server *responder

	mu     sync.Mutex
	people []entry
	groups []entry
	lie    connectortest.Lie
	stamp  time.Time // of the last load
}

func newTree(t testing.TB) connectortest.Directory {
	d := &tree{stamp: time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)}
	d.server = respond(t, d.answer)
	return d
}

func (d *tree) Config(testing.TB) connectors.Config {
	c := ldap.NewConfig()
	c.URL, c.Timeout, c.Poll = d.server.url, 30*time.Second, time.Second
	c.Bind = ldap.Bind{DN: "cn=reader,dc=example,dc=com", Password: connectortest.Secret()}
	c.Users.Base, c.Groups.Base = peopleBase, groupsBase
	c.Attributes.Disabled = byEmployeeType
	return c
}

// byEmployeeType is how a tree of the suite says who is disabled.
var byEmployeeType = ldap.Disabled{Attribute: "employeeType", Values: []string{"terminated"}, Active: []string{"active"}}

// saidOf returns what an entry says of a person beside the ID and the e-mail.
func saidOf(u connectors.User) map[string][]string {
	state := map[connectors.Status]string{connectors.StatusActive: "active", connectors.StatusDisabled: "terminated", connectors.StatusUnknown: "sabbatical"}
	out := map[string][]string{byEmployeeType.Attribute: {state[u.Status]}}
	for attribute, name := range ldap.NewConfig().Attributes.Plain() {
		if value, ok := u.Attributes[attribute]; ok {
			out[name] = []string{value}
		}
	}
	return out
}

func personDN(id string) string { return fmt.Sprintf("uid=u%s,%s", id, peopleBase) }
func groupDN(id string) string  { return fmt.Sprintf("ou=g%s,%s", id, groupsBase) }

// Load turns the world into entries.
func (d *tree) Load(_ testing.TB, w connectortest.World) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := slices.Concat(d.people, d.groups)
	d.people, d.groups = nil, nil
	d.stamp = d.stamp.Add(time.Hour)
	defer func() { d.stamped(was) }()
	for _, u := range w.Users {
		e := entry{personDN(u.ID), map[string][]string{"entryUUID": {u.ID}, "mail": {u.Email}}}
		maps.Copy(e.attributes, saidOf(u))
		d.people = append(d.people, e)
	}
	for _, g := range w.Groups {
		e := entry{groupDN(g.ID), map[string][]string{"entryUUID": {g.ID}, "cn": {g.Name}}}
		for _, m := range g.Members {
			e.attributes["member"] = append(e.attributes["member"], personDN(m))
		}
		for _, m := range g.Groups {
			e.attributes["member"] = append(e.attributes["member"], groupDN(m))
		}
		d.groups = append(d.groups, e)
	}
	return nil
}

var (
	_ connectortest.ChangeHider = (*tree)(nil)
	_ connectortest.Renamer     = (*tree)(nil)
	_ connectortest.Hider       = (*tree)(nil)
	_ connectortest.Deselector  = (*tree)(nil)
	_ connectortest.StatusHider = (*tree)(nil)
)

// Rename gives a person another distinguished name.
func (d *tree) Rename(_ testing.TB, id string, follow bool) {
	d.edit(func() {
		for i := range d.people {
			if d.people[i].dn == personDN(id) {
				d.people[i].dn = personDN(id + "-married")
			}
		}
		for _, g := range d.groups {
			if at := slices.Index(g.attributes["member"], personDN(id)); at >= 0 && follow {
				g.attributes["member"][at] = personDN(id + "-married")
			}
		}
	})
}

// Twin gives two people one uid.
func (d *tree) Twin(_ testing.TB, id, other, group string) {
	d.edit(func() {
		for _, e := range d.people {
			if e.dn == personDN(id) || e.dn == personDN(other) {
				e.attributes["uid"] = []string{"twin"}
			}
		}
		for _, e := range d.groups {
			if e.dn == groupDN(group) {
				e.attributes["memberUid"] = []string{"twin"}
			}
		}
	})
}

// Hide takes a user from sight, and tells nothing of that.
func (d *tree) Hide(_ testing.TB, user string) {
	d.edit(func() {
		d.people = slices.DeleteFunc(d.people, func(e entry) bool { return e.dn == personDN(user) })
	})
}

// Deselect moves a user out of the base.
func (d *tree) Deselect(t testing.TB, user string) { d.Hide(t, user) }

// HideStatus hides the attribute by which users are disabled.
func (d *tree) HideStatus(_ testing.TB, users ...string) {
	d.edit(func() {
		for _, e := range d.people {
			if slices.Contains(users, e.attributes["entryUUID"][0]) {
				delete(e.attributes, byEmployeeType.Attribute)
			}
		}
	})
}

// edit changes entries, an hour after the last change.
func (d *tree) edit(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var was []entry
	for _, e := range slices.Concat(d.people, d.groups) {
		was = append(was, entry{e.dn, maps.Clone(e.attributes)})
		for name, values := range e.attributes {
			e.attributes[name] = slices.Clone(values)
		}
	}
	d.stamp = d.stamp.Add(time.Hour)
	change()
	d.stamped(was)
}

// HideChanges hides when entries were changed.
func (d *tree) HideChanges(testing.TB) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range slices.Concat(d.people, d.groups) {
		delete(e.attributes, modified)
	}
}

// stamped says of each entry when it was changed last: now, if it is not as it was.
func (d *tree) stamped(was []entry) {
	old := map[string]entry{}
	for _, e := range was {
		old[e.dn] = e
	}
	for _, e := range slices.Concat(d.people, d.groups) {
		stamp := old[e.dn].attributes[modified]
		if e.attributes[modified] = stamp; !reflect.DeepEqual(old[e.dn].attributes, e.attributes) {
			e.attributes[modified] = []string{d.stamp.Format(stampForm)}
		}
	}
}

const (
	modified  = "modifyTimestamp"
	stampForm = "20060102150405Z"
)

// since returns the entries that were changed at a time that the filter names, or later.
func since(filter string, entries []entry) []entry {
	m := stampInFilter.FindStringSubmatch(filter)
	if m == nil {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.attributes[modified][0] < m[1] })
}

// Lie makes the tree lie about its people.
func (d *tree) Lie(_ testing.TB, l connectortest.Lie) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lie = l
	if l == connectortest.Refusal {
		d.server.refuse(goldap.LDAPResultInvalidCredentials)
	}
}

var (
	idInFilter    = regexp.MustCompile(`\(entryUUID=([^)]*)\)`)
	stampInFilter = regexp.MustCompile(`\(modifyTimestamp>=([^)]*)\)`)
)

func (d *tree) answer(s search) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	entries := d.people
	if s.base == groupsBase {
		entries = d.groups
	}
	if ids := idInFilter.FindAllStringSubmatch(s.filter, -1); len(ids) > 0 {
		entries = slices.DeleteFunc(slices.Clone(entries), func(e entry) bool {
			return !slices.ContainsFunc(ids, func(id []string) bool { return id[1] == e.attributes["entryUUID"][0] })
		})
	}
	entries = since(s.filter, entries)
	if s.base == peopleBase {
		return d.twist(s, entries)
	}
	return page(s.page, entries)
}

// page returns the numbered page of ten.
func page(n int, entries []entry) answer {
	from := min(10*n, len(entries))
	a := answer{entries: entries[from:min(from+10, len(entries))]}
	if from+10 < len(entries) {
		a.cookie = fmt.Sprint(n + 1)
	}
	return a
}

// twist answers as the lie wants it.
func (d *tree) twist(s search, entries []entry) answer {
	a := page(s.page, entries)
	switch {
	case d.lie == connectortest.ShortPage && !s.names:
		return page(s.page, entries[:len(entries)-3])
	case d.lie == connectortest.RepeatedCursor && s.page > 0:
		a = page(1, entries)
		a.cookie = "1"
	case d.lie == connectortest.FailsMidway && s.page > 0:
		return answer{code: goldap.LDAPResultUnavailable}
	case d.lie == connectortest.CutOff && s.page > 0:
		return answer{entries: a.entries[:3], drop: true}
	case d.lie == connectortest.DuplicateID && a.cookie == "":
		twin := entry{personDN("twin"), entries[0].attributes}
		a.entries = append(slices.Clone(a.entries), twin)
	case d.lie == connectortest.EmptyAnswer:
		return answer{}
	case d.lie == connectortest.ForeignLink && a.cookie == "":
		a.refs = []string{"ldap://elsewhere.example/ou=people,dc=example,dc=com"}
	}
	return a
}
