package okta_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestStates maps every state that Okta's description has, and one that it has not.
func TestStates(t *testing.T) {
	want := map[string]connectors.Status{
		"ACTIVE": connectors.StatusActive, "PASSWORD_EXPIRED": connectors.StatusActive, "RECOVERY": connectors.StatusActive,
		"LOCKED_OUT": connectors.StatusActive, "PROVISIONED": connectors.StatusActive,
		"STAGED": connectors.StatusDisabled, "SUSPENDED": connectors.StatusDisabled, "DEPROVISIONED": connectors.StatusDisabled,
		"ACTIVATING": connectors.StatusUnknown, "": connectors.StatusUnknown,
	}
	org := company(oktatest.New().Serve(t), 1, 0)
	for state := range want {
		org.Put(oktatest.User{ID: "00u" + state + "x", Status: state, Profile: map[string]any{"email": "x@example.com"}})
	}
	c := open(t, org, nil)
	for _, u := range mustRead(t, c).Users {
		state := strings.TrimSuffix(strings.TrimPrefix(u.ID, "00u"), "x")
		if status, ours := want[state]; ours && u.Status != status {
			t.Errorf("%s is %q, want %q", state, u.Status, status)
		}
	}
	var told []string
	for _, f := range check(t, c) {
		if f.What == "states" && !f.OK {
			told = append(told, f.Text)
		}
	}
	if len(told) != 2 || !strings.Contains(told[0], "1 people are in the state ACTIVATING") {
		t.Errorf("the unknown states are not told: %q", told)
	}
	moved := open(t, org, func(c *okta.Config) {
		c.Status = okta.Statuses{Active: []string{"ACTIVE", "ACTIVATING"}, Disabled: []string{"PROVISIONED"}}
	})
	for _, u := range mustRead(t, moved).Users {
		if u.ID == "00uPROVISIONEDx" && u.Status != connectors.StatusDisabled || u.ID == "00uACTIVATINGx" && u.Status != connectors.StatusActive ||
			u.ID == "00uLOCKED_OUTx" && u.Status != connectors.StatusUnknown || u.ID == "00uDEPROVISIONEDx" && u.Status != connectors.StatusDisabled {
			t.Errorf("%s is %q", u.ID, u.Status)
		}
	}
}

// TestAttributes translates profiles: of every kind of value, and only what is named.
func TestAttributes(t *testing.T) {
	org := company(oktatest.New().Serve(t), 0, 0)
	org.Put(oktatest.User{ID: "00u1", Status: "ACTIVE", Profile: map[string]any{
		"email": "Ada@Example.com", "login": "ada", "firstName": "Ada", "lastName": "Lovelace", "displayName": nil, "title": "Countess",
		"department": "Numbers", "employeeNumber": 4711, "costCenter": "", "badges": []string{"a", "b"}, "remote": true,
		"managerId": "00u2manager99", "password": "hidden", "secondEmail": "other@example.com",
	}})
	org.Put(oktatest.User{ID: "00u2", Status: "ACTIVE", Profile: map[string]any{"email": "bob@example.com", "managerId": "Ada, Countess", "title": map[string]any{"a": 1}}})
	c := open(t, org, func(c *okta.Config) {
		c.Attributes.Manager, c.Attributes.Extra = "managerId", map[string]string{"badges": "badges", "remote": "remote"}
	})
	want := []connectors.User{
		{ID: "00u1", Email: "Ada@Example.com", Status: connectors.StatusActive, StatusBy: "status=ACTIVE", Attributes: map[connectors.Attribute]string{
			connectors.GivenName: "Ada", connectors.FamilyName: "Lovelace", connectors.DisplayName: "", connectors.Title: "Countess",
			connectors.Department: "Numbers", connectors.EmployeeNumber: "4711", connectors.CostCenter: "", connectors.Manager: "00u2manager99",
			connectors.Extra("badges"): "a,b", connectors.Extra("remote"): "true",
		}},
		{ID: "00u2", Email: "bob@example.com", Status: connectors.StatusActive, StatusBy: "status=ACTIVE", Unusable: map[connectors.Attribute]string{connectors.Title: "is an object, not a value"}, Attributes: map[connectors.Attribute]string{}},
	}
	if diff := cmp.Diff(want, mustRead(t, c).Users); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

// TestGroups reads the groups that are configured, and asks for no members of others.
func TestGroups(t *testing.T) {
	tests := []struct {
		name   string
		groups okta.Groups
		want   []string
	}{
		{"as it is", okta.NewConfig().Groups, []string{"writer-a", "writer-b", "ad", "empty"}},
		{"of one type", okta.Groups{Types: []string{"APP_GROUP"}}, []string{"ad"}},
		{"by pattern", okta.Groups{Types: []string{"OKTA_GROUP", "APP_GROUP"}, Names: []string{"writer-*", "ad"}}, []string{"writer-a", "writer-b", "ad"}},
		{"by an expression", okta.Groups{Types: []string{"OKTA_GROUP", "APP_GROUP"}, Filter: `type eq "OKTA_GROUP"`}, []string{"writer-a", "writer-b", "empty"}},
		{"by one that finds nothing", okta.Groups{Types: []string{"OKTA_GROUP"}, Filter: `id eq "00gnone"`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 4, 0)
			for i, g := range []oktatest.Group{
				{Name: "writer-a", Members: []string{personID(0)}},
				{Name: "writer-b", Members: []string{personID(1), personID(2)}},
				{Name: "ad", Type: "APP_GROUP", Members: []string{personID(3)}},
				{Name: "empty"},
			} {
				g.ID = groupID(i)
				org.PutGroup(g)
			}
			got := mustRead(t, open(t, org, func(c *okta.Config) { c.Groups = tt.groups }))
			var names []string
			asked := 0
			for _, g := range got.Groups {
				names = append(names, g.Name)
			}
			for path, n := range paths(org.Requests()) {
				if strings.HasSuffix(path, "/users") && strings.Contains(path, "/groups/") && !strings.Contains(path, "everyone") {
					asked += n
				}
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			if asked != len(names) {
				t.Errorf("members were asked for %d times, want %d", asked, len(names))
			}
		})
	}
}

// TestShortMembers reads a group of which fewer members are listed than counted.
func TestShortMembers(t *testing.T) {
	late := func(times int) func(*oktatest.Org) {
		return func(org *oktatest.Org) {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == "/api/v1/groups/"+groupID(0)+"/users" && times > 0 {
					times--
					a.Body = []byte(fmt.Sprintf(`[{"id":%q}]`, personID(0)))
				}
			})
		}
	}
	tests := []struct {
		name    string
		change  func(*oktatest.Org)
		trust   bool
		err     string
		members int
	}{
		{"as they are", func(*oktatest.Org) {}, false, "", 4},
		{"short once", late(1), false, "", 4},
		{"short again", late(2), false, "1 members are listed, while Okta counts 4", 0},
		{"short again, and taken", late(2), true, "", 1},
		{"the count is late", func(org *oktatest.Org) {
			g, _ := org.Group(groupID(0))
			g.Count = -1
			org.PutGroup(g)
		}, false, "", 4},
		{"no count", func(org *oktatest.Org) { org.Tamper(oktatest.Replace("/api/v1/groups", "usersCount", "other")) }, false, "does not say how many", 0},
		{"no count, and taken", func(org *oktatest.Org) { org.Tamper(oktatest.Replace("/api/v1/groups", "usersCount", "other")) }, true, "", 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 4, 1)
			tt.change(org)
			c := open(t, org, func(c *okta.Config) { c.TrustLists = tt.trust })
			if tt.err != "" {
				if err := mustFail(t, c, connectors.Corrupt); !strings.Contains(err.Error(), tt.err) {
					t.Error(err)
				}
				return
			}
			got := mustRead(t, c).Groups[0]
			if len(got.Members) != tt.members {
				t.Errorf("%d members", len(got.Members))
			}
		})
	}
}

// TestShortPeople reads people of whom fewer are listed than Okta counts, where some
// have left, whom Okta may count or not.
func TestShortPeople(t *testing.T) {
	tests := []struct {
		name        string
		people      int
		left        int
		countsGone  bool
		hidden      int // listed nowhere, though counted
		joinsDuring bool
		ok          bool
	}{
		{"all", 40, 0, true, 0, false, true},
		{"all, some left", 40, 10, true, 0, false, true},
		{"all, who left is not counted", 40, 10, false, 0, false, true},
		{"one is missing", 40, 0, true, 1, false, false},
		{"one is missing, some left", 40, 10, true, 1, false, false},
		{"few are missing, who left is not counted", 40, 10, false, 3, false, false},
		{"somebody joins meanwhile", 40, 0, true, 0, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, tt.people, 0)
			org.CountsGone = tt.countsGone
			for i := range tt.left {
				u := person(1000+i, org.Now())
				u.Status = "DEPROVISIONED"
				org.Put(u)
			}
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				for i := range tt.hidden {
					if r.URL.Path == "/api/v1/users" {
						a.Body = without(t, a.Body, personID(i))
					}
				}
			})
			joined := false
			base := roundTrip(func(req *http.Request) (*http.Response, error) {
				resp, err := org.RoundTrip(req)
				if tt.joinsDuring && !joined && req.URL.Path == "/api/v1/users" {
					joined = true
					org.Put(person(500, org.Now()))
				}
				return resp, err
			})
			_, _, err := connectortest.Read(t, openOn(t, org, base, nil))
			if (err == nil) != tt.ok {
				t.Errorf("the reading ended with: %v", err)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestMemory believes the members of the last reading only as long as Okta dates no
// change, and the last change is over.
func TestMemory(t *testing.T) {
	turned(t, 6, 1, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		asked := func() int { return paths(org.Requests())["GET /api/v1/groups/"+groupID(0)+"/users"] }
		set := func(moved time.Time, members ...string) {
			g, _ := org.Group(groupID(0))
			g.Members, g.LastMembershipUpdated = members, moved
			org.PutGroup(g)
		}
		members := func() []string { return mustRead(t, c).Groups[0].Members }
		members()
		if members(); asked() != 1 {
			t.Error("members that had not changed were asked for")
		}
		set(org.Now(), personID(1))
		if got := members(); !slices.Equal(got, []string{personID(1)}) {
			t.Errorf("members %v", got)
		}
		// One of Okta's servers was late: the date was there before the member.
		moved, _ := org.Group(groupID(0))
		set(moved.LastMembershipUpdated, personID(2))
		if got := members(); !slices.Equal(got, []string{personID(2)}) {
			t.Errorf("members %v: a change under way was taken for over", got)
		}
		// A count that moved without a date is looked at.
		time.Sleep(10 * time.Minute) //nolint:forbidigo // of the fake clock
		members()
		set(moved.LastMembershipUpdated, personID(2), personID(3))
		if got := members(); !slices.Equal(got, []string{personID(2), personID(3)}) {
			t.Errorf("members %v: the count was not looked at", got)
		}
		// Somebody whom no listing shows is a stranger until one does.
		hidden := person(77, org.Now())
		hidden.Hidden = true
		org.Put(hidden)
		set(org.Now().Add(-time.Hour), personID(2), hidden.ID)
		read := func() (members, missing int) {
			got := mustRead(t, c)
			return len(got.Resolved().Groups[0].Members), got.Missing()
		}
		if members, missing := read(); missing != 1 || members != 1 {
			t.Errorf("%d members, %d unresolved", members, missing)
		}
		hidden.Hidden = false
		org.Put(hidden)
		org.Requests()
		if members, missing := read(); missing != 0 || members != 2 || asked() != 0 {
			t.Errorf("%d members, %d unresolved", members, missing)
		}
	})
}

// TestHeaders asks that people come without their credentials.
func TestHeaders(t *testing.T) {
	org := serve(t, 3, 1)
	mustRead(t, open(t, org, nil))
	for _, r := range org.Requests() {
		if r.Path == "/api/v1/users" && !strings.Contains(r.Header.Get("Content-Type"), "omitCredentials") {
			t.Errorf("the header is %q", r.Header.Get("Content-Type"))
		}
	}
}

// TestLeavesDuring states once who leaves while people are listed.
func TestLeavesDuring(t *testing.T) {
	org := serve(t, 5, 0)
	base := roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := org.RoundTrip(req)
		if req.URL.Path == "/api/v1/users" && req.URL.Query().Get("filter") == "" {
			u := person(2, org.Now())
			u.Status = "DEPROVISIONED"
			org.Put(u)
		}
		return resp, err
	})
	c := openOn(t, org, base, nil)
	if got := mustRead(t, c); len(got.Users) != 5 {
		t.Errorf("%d people", len(got.Users))
	}
	got := mustRead(t, c)
	if i := slices.IndexFunc(got.Users, func(u connectors.User) bool { return u.ID == personID(2) }); got.Users[i].Status != connectors.StatusDisabled {
		t.Error("the next reading does not say that the person left")
	}
}

// TestSinkFails ends with the sink's own error, whatever it is.
func TestSinkFails(t *testing.T) {
	c := open(t, serve(t, 3, 1), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Read(ctx, connectors.NewReading("corp", &connectortest.Collect{})); err == nil {
		t.Error("a reading whose context had ended was whole")
	}
	mustRead(t, c)
}
