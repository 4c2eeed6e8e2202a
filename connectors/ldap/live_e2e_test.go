//go:build e2e

package ldap_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
	"writersync/connectors/ldap/slapdtest"
)

// live is a Directory in a real slapd. E-mails stand in description, which takes any
// text: slapd itself refuses hostile ones as mail.
type live struct {
	server *slapdtest.Server
	refint bool                           // the server corrects the names in groups
	held   map[string]map[string][]string // by DN
}

// suiteDN is whom the suite knows the password of.
const (
	suiteDN   = "cn=suite,ou=svc," + slapdtest.Suffix
	suiteLDIF = "dn: " + suiteDN + "\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: suite\nuserPassword: " + connectortest.Canary + "\n\n"
)

func liveTree(sync slapdtest.Sync) func(testing.TB) connectortest.Directory {
	return func(t testing.TB) connectortest.Directory {
		return &live{
			server: slapdtest.Start(t, slapdtest.Options{Sync: sync, LDIF: suiteLDIF}), refint: sync != slapdtest.NoSync,
			held: map[string]map[string][]string{},
		}
	}
}

func (d *live) Config(testing.TB) connectors.Config {
	c := ldap.NewConfig()
	c.URL, c.Bind = d.server.URL, ldap.Bind{DN: suiteDN, Password: connectortest.Secret()}
	c.Users.Base, c.Groups.Base = slapdtest.UsersBase, slapdtest.GroupsBase
	c.Attributes.Email, c.Poll = "description", time.Second
	c.Attributes.Disabled = byEmployeeType
	return c
}

// Load makes the entries those of the world: it adds, changes and deletes what differs.
func (d *live) Load(t testing.TB, w connectortest.World) map[string]string {
	want := entriesOf(w)
	for _, dn := range slices.Sorted(maps.Keys(d.held)) {
		if _, stays := want[dn]; !stays {
			d.server.Delete(dn)
			delete(d.held, dn)
			d.corrected(t, dn, "", false, want)
		}
	}
	for _, dn := range slices.Backward(slices.Sorted(maps.Keys(want))) { // people, "uid=", come before groups
		d.put(dn, want[dn])
	}
	ids := map[string]string{}
	for _, u := range w.Users {
		ids[u.ID] = d.server.Value(liveUser(u.ID), "entryUUID")
	}
	for _, g := range w.Groups {
		ids[g.ID] = d.server.Value(liveGroup(g.ID), "entryUUID")
	}
	return ids
}

// corrected waits until the server has corrected a name in the groups that have it, and puts
// back the old one, unless it is to be the new one. Where it corrects none, that is done for it.
func (d *live) corrected(t testing.TB, was, is string, follow bool, groups map[string]map[string][]string) {
	t.Helper()
	for _, dn := range slices.Sorted(maps.Keys(groups)) {
		members := slices.Clone(groups[dn]["member"])
		at := slices.Index(members, was)
		if _, there := d.held[dn]; at < 0 || !there {
			continue
		}
		if d.refint {
			d.without(t, dn, was)
		}
		if follow {
			members[at] = is
		}
		d.server.Modify(dn, "member", members...)
		groups[dn]["member"] = members
	}
}

// without waits until a group does not have a member of that name.
func (d *live) without(t testing.TB, group, member string) {
	t.Helper()
	for range 200 {
		if !slices.Contains(d.server.Members(slapdtest.GroupsBase)[group], member) {
			return
		}
		select {
		case <-t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("%s still has the member %s", group, member)
}

var (
	_ connectortest.Renamer     = (*live)(nil)
	_ connectortest.Hider       = (*live)(nil)
	_ connectortest.Deselector  = (*live)(nil)
	_ connectortest.StatusHider = (*live)(nil)
)

// Hide takes the right to read an entry.
func (d *live) Hide(_ testing.TB, user string) { d.server.Hide(liveUser(user)) }

// Deselect moves a user out of the base.
func (d *live) Deselect(_ testing.TB, user string) {
	d.server.Move(liveUser(user), "uid=u"+user, "ou=svc,"+slapdtest.Suffix)
	delete(d.held, liveUser(user))
}

// HideStatus takes the right to read the attribute by which users are disabled.
func (d *live) HideStatus(_ testing.TB, users ...string) {
	var rules []string
	for _, u := range users {
		rules = append(rules, fmt.Sprintf("to dn.exact=%q attrs=%s by * none", liveUser(u), byEmployeeType.Attribute))
	}
	d.server.SetAccess(rules...)
}

// Rename gives a person another distinguished name.
func (d *live) Rename(t testing.TB, id string, follow bool) {
	was, is := liveUser(id), liveUser(id+"-married")
	d.server.Move(was, "uid=u"+id+"-married", "")
	d.held[is] = d.held[was]
	delete(d.held, was)
	d.corrected(t, was, is, follow, d.held)
}

// Twin gives two people one uid.
func (d *live) Twin(_ testing.TB, id, other, group string) {
	for _, person := range []string{id, other} {
		d.server.Include(liveUser(person), "uid", "twin")
	}
	d.server.Modify(liveGroup(group), "objectClass", "groupOfNames", "extensibleObject")
	d.server.Include(liveGroup(group), "memberUid", "twin")
}

func (d *live) put(dn string, want map[string][]string) {
	held, there := d.held[dn]
	d.held[dn] = want
	if !there {
		d.server.Add(dn, want)
		return
	}
	names := map[string]bool{}
	for name := range maps.Keys(held) {
		names[name] = true
	}
	for name := range maps.Keys(want) {
		names[name] = true
	}
	for name := range names {
		if !reflect.DeepEqual(held[name], want[name]) {
			d.server.Modify(dn, name, want[name]...)
		}
	}
}

// Lie does nothing: a real server cannot be made to.
func (d *live) Lie(testing.TB, connectortest.Lie) {}

func liveUser(id string) string  { return "uid=u" + id + "," + slapdtest.UsersBase }
func liveGroup(id string) string { return "ou=g" + id + "," + slapdtest.GroupsBase }

func entriesOf(w connectortest.World) map[string]map[string][]string {
	out := map[string]map[string][]string{}
	for _, u := range w.Users {
		e := map[string][]string{"objectClass": {"inetOrgPerson"}, "uid": {"u" + u.ID}, "cn": {"x"}, "sn": {"x"}, "description": {u.Email}}
		maps.Copy(e, saidOf(u))
		out[liveUser(u.ID)] = e
	}
	for _, g := range w.Groups {
		e := map[string][]string{"objectClass": {"groupOfNames"}, "cn": {g.Name}, "ou": {"g" + g.ID}}
		for _, m := range g.Members {
			e["member"] = append(e["member"], liveUser(m))
		}
		for _, m := range g.Groups {
			e["member"] = append(e["member"], liveGroup(m))
		}
		out[liveGroup(g.ID)] = e
	}
	return out
}
