package okta_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta/oktatest"
)

// wholeBut reads what lacks something: no proof may come with fewer people.
func wholeBut(t *testing.T, c connectors.Connector, want int, lacks string) {
	t.Helper()
	kept, complete, err := connectortest.Read(t, c)
	if err == nil && complete.Valid() && len(kept.Users) < want {
		t.Errorf("a Complete was given for %d people of %d (%s)", len(kept.Users), want, lacks)
	}
}

// TestEveryoneIsKnownByName takes no other group that Okta keeps by itself for the one of
// everybody.
func TestEveryoneIsKnownByName(t *testing.T) {
	org := serve(t, 12, 2)
	c := open(t, org, nil)
	mustRead(t, c)
	for i := 6; i < 12; i++ { // the role was narrowed to a resource set
		u, _ := org.User(personID(i))
		u.Hidden = true
		org.Put(u)
	}
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/groups" {
			a.Body = []byte(strings.ReplaceAll(string(a.Body), `"Everyone"`, `"Okta Administrators"`))
			a.Body = []byte(strings.ReplaceAll(string(a.Body), `00geveryone`, `00gadmins`))
			a.Body = []byte(strings.ReplaceAll(string(a.Body), `"usersCount":12`, `"usersCount":2`))
		}
	})
	wholeBut(t, c, 12, "half of them hidden by a narrowed role")
	if p := prove(t, c, personID(7), personID(0), personID(1)); p == connectors.Absent {
		t.Error("somebody who is there, and hidden by a narrowed role, was proven to be absent")
	}
}

// TestCountLeavesOutWhoLeft takes no short list where Okta does not count who has left.
func TestCountLeavesOutWhoLeft(t *testing.T) {
	t.Run("a page is lost", func(t *testing.T) {
		org := company(oktatest.New().Serve(t), 400, 1)
		org.CountsGone, org.PageSize = false, 50
		for i := 400; i < 550; i++ {
			u := person(i, org.Now().Add(-time.Hour))
			u.Status = "DEPROVISIONED"
			org.Put(u)
		}
		n := 0
		org.Tamper(func(r *http.Request, a *oktatest.Answer) {
			if r.URL.Path == "/api/v1/users" && r.URL.Query().Get("filter") == "" {
				if n++; n == 5 {
					a.Header["Link"] = a.Header["Link"][:1] // self alone
				}
			}
		})
		wholeBut(t, open(t, org, nil), 550, "150 of 400 active ones after a lost link")
	})
	t.Run("one of twelve, two have left", func(t *testing.T) {
		org := serve(t, 12, 1)
		org.CountsGone = false
		for i := 12; i < 14; i++ {
			u := person(i, org.Now().Add(-time.Hour))
			u.Status = "DEPROVISIONED"
			org.Put(u)
		}
		org.Tamper(func(r *http.Request, a *oktatest.Answer) {
			if r.URL.Path == "/api/v1/users" && r.URL.Query().Get("filter") == "" {
				a.Body = without(t, a.Body, personID(5))
			}
		})
		wholeBut(t, open(t, org, nil), 14, "an active one")
	})
}

// TestEveryoneCountsNobody takes no count of nobody for evidence.
func TestEveryoneCountsNobody(t *testing.T) {
	org := serve(t, 12, 1)
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		switch r.URL.Path {
		case "/api/v1/groups":
			var list []map[string]any
			_ = json.Unmarshal(a.Body, &list)
			for _, g := range list {
				if g["type"] == "BUILT_IN" {
					g["_embedded"] = map[string]any{"stats": map[string]any{"usersCount": 0}}
				}
			}
			a.Body, _ = json.Marshal(list)
		case "/api/v1/users":
			if r.URL.Query().Get("filter") == "" {
				a.Body = without(t, a.Body, personID(5))
			}
		}
	})
	wholeBut(t, open(t, org, nil), 12, "Okta counts 0 in Everyone while 11 are listed")
}

// TestWhoLeftIsCutShort takes no empty list of those who left where Everyone has some.
func TestWhoLeftIsCutShort(t *testing.T) {
	org := serve(t, 12, 1)
	c := open(t, org, nil)
	org.CountsGone = false
	for i := 12; i < 20; i++ {
		u := person(i, org.Now().Add(-time.Hour))
		u.Status = "DEPROVISIONED"
		org.Put(u)
	}
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if strings.Contains(r.URL.Query().Get("filter"), "DEPROVISIONED") {
			a.Body = []byte("[]")
		}
	})
	wholeBut(t, c, 20, "all who have left: an index that was empty for a moment")
}

// TestReactivatedDuring states somebody who came back between the two lists of people.
func TestReactivatedDuring(t *testing.T) {
	org := company(clocked(), 5, 1)
	org.CountsGone = false
	u, _ := org.User(personID(2))
	u.Status = "DEPROVISIONED"
	org.Put(u)
	c := openOn(t, org, roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.Contains(req.URL.RawQuery, "DEPROVISIONED") {
			u.Status, u.LastUpdated = "ACTIVE", org.Now()
			org.Put(u)
		}
		return org.RoundTrip(req)
	}), nil)
	wholeBut(t, c, 5, "somebody who came back meanwhile")
}

// TestMembersLeaveOutWhoLeft takes no short list of members where Okta lists who has left
// and does not count them.
func TestMembersLeaveOutWhoLeft(t *testing.T) {
	org := serve(t, 4, 1)
	org.CountsGone = false
	u, _ := org.User(personID(3))
	u.Status = "DEPROVISIONED"
	org.Put(u)
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/groups/"+groupID(0)+"/users" {
			a.Body = without(t, a.Body, personID(1))
		}
	})
	kept, complete, err := connectortest.Read(t, open(t, org, nil))
	if err == nil && complete.Valid() && !slices.Contains(kept.Groups[0].Members, personID(1)) {
		t.Errorf("a Complete lacks an active member: %v", kept.Groups[0].Members)
	}
}

// TestMembersWhenSomebodyIsBack asks for members anew where one left and another came
// back, so that the count is the same.
func TestMembersWhenSomebodyIsBack(t *testing.T) {
	org := clocked()
	org.CountsGone, org.ListsNoGone = false, true
	c := openOn(t, org, org, nil)
	company(org, 3, 1)
	set := func(i int, status string) {
		u, _ := org.User(personID(i))
		u.Status, u.LastUpdated = status, org.Now()
		org.Put(u)
	}
	set(1, "DEPROVISIONED")
	mustRead(t, c)
	set(0, "DEPROVISIONED")
	set(1, "ACTIVE")
	kept := mustRead(t, c)
	if !slices.Contains(kept.Groups[0].Members, personID(1)) {
		t.Errorf("the group lacks an active member that Okta lists: %v", kept.Groups[0].Members)
	}
}

// TestCountOfNobodyIsLate asks for the members of a group that Okta counts nobody in.
func TestCountOfNobodyIsLate(t *testing.T) {
	org := serve(t, 6, 2)
	c := open(t, org, nil)
	mustRead(t, c)
	g, _ := org.Group(groupID(0))
	g.Count = -len(g.Members)
	g.LastMembershipUpdated = org.Now()
	org.PutGroup(g)
	kept, complete, err := connectortest.Read(t, c)
	if err == nil && complete.Valid() && len(kept.Groups[0].Members) == 0 {
		t.Error("a Complete states a group empty that has three members, which were never asked for")
	}
}

// TestLinksAreStripped takes no list whose pages lost their links on the way.
func TestLinksAreStripped(t *testing.T) {
	org := serve(t, 3, 5)
	c := open(t, org, nil)
	mustRead(t, c)
	org.PageSize = 3
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/groups" {
			delete(a.Header, "Link")
		}
	})
	kept, complete, err := connectortest.Read(t, c)
	if err == nil && complete.Valid() && len(kept.Groups) < 5 {
		t.Errorf("a Complete was given for %d groups of 5", len(kept.Groups))
	}
}

// TestNextLinkIsLost asks for groups of the last reading that are not listed.
func TestNextLinkIsLost(t *testing.T) {
	org := serve(t, 3, 5)
	c := open(t, org, nil)
	mustRead(t, c)
	org.PageSize = 3
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/groups" && len(a.Header["Link"]) > 1 {
			a.Header["Link"] = a.Header["Link"][:1]
		}
	})
	kept, complete, err := connectortest.Read(t, c)
	if err == nil && complete.Valid() && len(kept.Groups) < 5 {
		t.Errorf("a Complete was given for %d groups of 5, the others are still there by ID", len(kept.Groups))
	}
}
