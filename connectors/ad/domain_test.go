package ad_test

import (
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/ldaptest"
)

// domain is a Directory that the stand-in serves, ten entries a page.
type domain struct {
	*adtest.Domain
	ids map[string]adtest.ID // by those of the world
	// away are the people whom a group names, and who were taken out of what is read.
	people, away map[string]bool
}

var (
	_ connectortest.ChangeHider = (*domain)(nil)
	_ connectortest.Hider       = (*domain)(nil)
	_ connectortest.Deselector  = (*domain)(nil)
	_ connectortest.StatusHider = (*domain)(nil)
)

func newDomain(t testing.TB) connectortest.Directory {
	return &domain{adtest.New(t, connectortest.Canary), map[string]adtest.ID{}, map[string]bool{}, map[string]bool{}}
}

func config(d *adtest.Domain) *ad.Config {
	c := ad.NewConfig()
	c.URL, c.Timeout = d.URL, 30*time.Second // the machine may be busy
	c.Bind = ad.Bind{User: adtest.User, Password: connectortest.Secret()}
	return c
}

// A hasty configuration is one whose watch asks more often than once a second.
type hasty struct{ *ad.Config }

func (h hasty) Open(env connectors.Env) (connectors.Connector, error) {
	opened, err := h.Config.Open(env)
	if c, ok := opened.(*ad.Connector); ok {
		c.Hasten(20*time.Millisecond, 5*time.Second)
	}
	return opened, err
}

func (d *domain) Config(testing.TB) connectors.Config {
	c := config(d.Domain)
	c.PageSize, c.Users.Base, c.Groups.Base = 10, adtest.People, adtest.Groups
	return hasty{c}
}

// Load turns the world into accounts and groups.
func (d *domain) Load(_ testing.TB, w connectortest.World) map[string]string {
	stays := map[string]bool{}
	control := map[connectors.Status][]string{connectors.StatusActive: {"512"}, connectors.StatusDisabled: {"514"}, connectors.StatusUnknown: {"unreadable"}}
	for _, u := range w.Users {
		stays[u.ID] = true
		attributes := map[string][]string{"mail": {u.Email}, "userAccountControl": control[u.Status]}
		for attribute, name := range ad.NewConfig().Attributes.Plain() {
			attributes[name] = nil
			if value, ok := u.Attributes[attribute]; ok {
				attributes[name] = []string{value}
			}
		}
		if _, there := d.ids[u.ID]; !there {
			d.ids[u.ID], d.people[u.ID] = d.AddUser(adtest.People, "u"+u.ID, nil), true
		}
		if d.away[u.ID] {
			d.Move(d.ids[u.ID], "CN=u"+u.ID, adtest.People)
			delete(d.away, u.ID)
		}
		for name, values := range attributes {
			d.Modify(d.ids[u.ID], name, values...)
		}
	}
	for _, g := range w.Groups {
		stays[g.ID] = true
		if _, there := d.ids[g.ID]; !there {
			d.ids[g.ID] = d.AddGroup(adtest.Groups, "g"+g.ID, 0)
		}
		d.Modify(d.ids[g.ID], "cn", g.Name)
	}
	for _, g := range w.Groups {
		var members []adtest.ID
		for _, m := range append(append([]string{}, g.Members...), g.Groups...) {
			if _, there := d.ids[m]; !there { // named by a group and no entry: somebody of elsewhere
				d.ids[m] = d.AddForeign("S-1-5-21-9-9-9-" + m)
			}
			if !stays[m] && d.people[m] && !d.away[m] {
				d.away[m] = true
				d.Move(d.ids[m], "CN=u"+m, adtest.DN)
			}
			stays[m] = true
			members = append(members, d.ids[m])
		}
		d.SetMembers(d.ids[g.ID], members...)
	}
	out := map[string]string{}
	for from, id := range d.ids {
		if out[from] = string(id); !stays[from] {
			d.Delete(id)
			delete(d.ids, from)
		}
	}
	return out
}

// Hide takes the right to see an account.
func (d *domain) Hide(_ testing.TB, user string) {
	d.Set(func(s *adtest.Settings) { s.Unseen = append(s.Unseen, d.ids[user]) })
}

// Deselect moves an account out of the base.
func (d *domain) Deselect(_ testing.TB, user string) {
	d.away[user] = true
	d.Move(d.ids[user], "CN=u"+user, adtest.DN)
}

// HideStatus hides the attribute by which accounts are disabled.
func (d *domain) HideStatus(_ testing.TB, users ...string) {
	for _, u := range users {
		d.Modify(d.ids[u], "userAccountControl")
	}
}

// HideChanges hides the database and its numbers.
func (d *domain) HideChanges(testing.TB) {
	d.Set(func(s *adtest.Settings) { s.HidesDatabase, s.Hidden = true, []string{"uSNChanged"} })
}

// Lie makes the domain controller lie about its people.
func (d *domain) Lie(_ testing.TB, l connectortest.Lie) {
	d.Set(func(s *adtest.Settings) {
		s.Refuse = l == connectortest.Refusal
		s.Twist = func(q adtest.Query, a ldaptest.Answer) ldaptest.Answer { return twist(l, q, a) }
	})
}

// twist answers as the lie wants it.
func twist(l connectortest.Lie, q adtest.Query, a ldaptest.Answer) ldaptest.Answer {
	switch {
	case q.Base != "ou=people,dc=corp,dc=example":
	case l == connectortest.ShortPage && !q.Listing && adtest.Last(a):
		a.Entries = a.Entries[:max(0, len(a.Entries)-3)]
	case l == connectortest.RepeatedCursor && q.Page > 0:
		return adtest.Paged(a, "10")
	case l == connectortest.FailsMidway && q.Page > 0:
		return adtest.Code(goldap.LDAPResultUnavailable)
	case l == connectortest.CutOff && q.Page > 0:
		a.Drop = true
	case l == connectortest.DuplicateID && adtest.Last(a):
		a.Entries = append(a.Entries, a.Entries[0])
	case l == connectortest.EmptyAnswer:
		return adtest.Paged(ldaptest.Answer{}, "")
	case l == connectortest.ForeignLink && adtest.Last(a):
		a.Referrals = []string{"ldap://elsewhere.example/" + adtest.DN}
	}
	return a
}
