package okta_test

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// tenant is a Directory that a stand-in for Okta holds, ten records a page.
type tenant struct {
	org    *oktatest.Org
	loaded []string // IDs of what Load has put there
}

var (
	_ connectortest.ChangeHider = (*tenant)(nil)
	_ connectortest.Hider       = (*tenant)(nil)
)

func newTenant(t testing.TB) connectortest.Directory {
	org := oktatest.New().Serve(t)
	org.Allow(connectortest.Canary)
	org.PageSize = 10
	return &tenant{org: org}
}

func (d *tenant) Config(testing.TB) connectors.Config {
	c := okta.NewConfig()
	c.URL, c.Token, c.Timeout = d.org.URL, connectortest.Secret(), 5*time.Second
	c.Events.Poll = 2 * time.Second
	return c
}

// properties are the names of Okta's profiles for the attributes of the suite.
var properties = map[connectors.Attribute]string{
	connectors.GivenName: "firstName", connectors.FamilyName: "lastName", connectors.DisplayName: "displayName",
	connectors.Title: "title", connectors.Department: "department", connectors.Phone: "primaryPhone",
}

// states are those of Okta's for the suite's.
var states = map[connectors.Status]string{
	connectors.StatusActive: "ACTIVE", connectors.StatusDisabled: "DEPROVISIONED", connectors.StatusUnknown: "ACTIVATING",
}

// Load turns the world into people and groups, and writes what that changes into the
// System Log. Members that do not exist are people whom no listing shows.
func (d *tenant) Load(_ testing.TB, w connectortest.World) map[string]string {
	people, groups := map[string]bool{}, map[string]bool{}
	for _, u := range w.Users {
		people[u.ID] = true
		d.loadUser(u)
	}
	for _, g := range w.Groups {
		groups[g.ID] = true
		d.loadGroup(g)
	}
	for _, id := range d.loaded {
		u, isUser := d.org.User(id)
		named := slices.ContainsFunc(w.Groups, func(g connectors.Group) bool { return slices.Contains(g.Members, id) })
		if isUser && named && !people[id] { // a group keeps nobody who was deleted
			u.Hidden = true
			d.org.Put(u)
			people[id] = true
			continue
		}
		if !people[id] && !groups[id] {
			d.org.Delete(id)
			d.org.Log("user.lifecycle.delete.completed", "User", id)
			d.org.Log("group.lifecycle.delete", "UserGroup", id)
		}
	}
	d.loaded = slices.Concat(slices.Collect(maps.Keys(people)), slices.Collect(maps.Keys(groups)))
	return nil
}

// Hide takes a user from what the token's resource set has.
func (d *tenant) Hide(_ testing.TB, user string) {
	u, _ := d.org.User(user)
	u.Hidden = true
	d.org.Put(u)
}

func (d *tenant) loadUser(u connectors.User) {
	profile := map[string]any{"email": u.Email, "login": u.Email}
	for attribute, value := range u.Attributes {
		profile[properties[attribute]] = value
		if value == "" {
			profile[properties[attribute]] = nil
		}
	}
	old, known := d.org.User(u.ID)
	if !known || old.Hidden || old.Status != states[u.Status] || !maps.Equal(old.Profile, profile) {
		d.org.Put(oktatest.User{ID: u.ID, Status: states[u.Status], Profile: profile})
		d.org.Log("user.account.update_profile", "User", u.ID)
	}
}

func (d *tenant) loadGroup(g connectors.Group) {
	old, known := d.org.Group(g.ID)
	next := oktatest.Group{ID: g.ID, Name: g.Name, Members: g.Members, LastUpdated: old.LastUpdated, LastMembershipUpdated: old.LastMembershipUpdated}
	if known && old.Name != g.Name {
		next.LastUpdated = time.Now()
	}
	if known && !slices.Equal(old.Members, g.Members) {
		next.LastMembershipUpdated = time.Now()
		d.org.Log("group.user_membership.add", "UserGroup", g.ID)
	}
	d.org.PutGroup(next)
}

// HideChanges closes the System Log.
func (d *tenant) HideChanges(testing.TB) {
	d.org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/logs" {
			a.Status, a.Body = http.StatusForbidden, []byte(`{"errorCode":"E0000006"}`)
		}
	})
}

// Lie makes the organization lie about its people.
func (d *tenant) Lie(_ testing.TB, l connectortest.Lie) {
	if l == connectortest.Refusal {
		d.org.Revoke()
		return
	}
	var first atomic.Value
	d.org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		filter := r.URL.Query().Get("filter")
		if l == connectortest.ShortPage && r.URL.Path == "/api/v1/users" && strings.HasPrefix(filter, "lastUpdated") {
			a.Body = []byte("[]") // everybody is new here, and would be stated by this list
		}
		if r.URL.Path != "/api/v1/users" || filter != "" {
			return
		}
		later := r.URL.Query().Get("after") != ""
		if !later {
			first.Store(bytes.Clone(a.Body))
		}
		last := !slices.ContainsFunc(a.Header["Link"], func(l string) bool { return strings.Contains(l, "next") })
		switch {
		case l == connectortest.ShortPage && last:
			a.Body = []byte("[]")
		case l == connectortest.RepeatedCursor && later:
			a.Header["Link"] = []string{strings.Replace(a.Header["Link"][0], `rel="self"`, `rel="next"`, 1)}
		case l == connectortest.ErrorInside && later:
			a.Body = []byte(`{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`)
		case l == connectortest.FailsMidway && later:
			a.Status = http.StatusInternalServerError
		case l == connectortest.CutOff && later:
			a.Cut = len(a.Body) / 2
		case l == connectortest.DuplicateID && last:
			a.Body = first.Load().([]byte)
		case l == connectortest.EmptyAnswer:
			a.Body, a.Header["Link"] = []byte("[]"), nil
		case l == connectortest.ForeignLink && !later:
			a.Header["Link"] = []string{`<http://elsewhere.example/api/v1/users?after=c1>; rel="next"`}
		}
	})
}
