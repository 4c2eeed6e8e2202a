package okta_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestAbsenceIsStatedByOkta takes no answer but Okta's own for "there is no such person".
func TestAbsenceIsStatedByOkta(t *testing.T) {
	for name, a := range map[string]struct {
		status int
		body   string
	}{
		"200 with an empty object":         {200, `{}`},
		"200 of a gateway":                 {200, `{"status":"ok"}`},
		"404 of a gateway":                 {404, `{"message":"no route matched"}`},
		"404, the path is not known":       {404, `{"errorCode":"E0000008","errorSummary":"The requested path was not found"}`},
		"404, the endpoint is not offered": {404, `{"errorCode":"E0000022","errorSummary":"x"}`},
		"410 of a gateway":                 {410, `{}`},
		"404 as a page":                    {404, `<html>not found</html>`},
		"404 of nothing":                   {404, ``},
	} {
		t.Run(name, func(t *testing.T) {
			org := serve(t, 4, 1)
			c := open(t, org, nil)
			mustRead(t, c)
			org.Tamper(func(r *http.Request, got *oktatest.Answer) {
				if r.URL.Path == "/api/v1/users/"+personID(2) {
					got.Status, got.Body = a.status, []byte(a.body)
				}
			})
			if p := prove(t, c, personID(2), personID(0), personID(1)); p == connectors.Absent {
				t.Error("somebody who is there was proven to be absent")
			}
		})
	}
}

// TestGroupIDs takes nothing for the ID of a group that is not one.
func TestGroupIDs(t *testing.T) {
	org := serve(t, 3, 1)
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/groups" {
			a.Body = []byte(strings.ReplaceAll(string(a.Body), groupID(0), "ada@example.com"))
		}
	})
	_, _, err := connectortest.Read(t, open(t, org, nil))
	if err == nil || strings.Contains(err.Error(), "ada@") {
		t.Errorf("the error shows what the answer holds: %v", err)
	}
	for path := range paths(org.Requests()) {
		if strings.Contains(path, "ada@") {
			t.Errorf("and so does an address: %s", path)
		}
	}
}

// TestNameWithSlash reads groups whose name has a slash.
func TestNameWithSlash(t *testing.T) {
	org := serve(t, 2, 0)
	org.PutGroup(oktatest.Group{ID: groupID(0), Name: "writer-R/D", Members: []string{personID(0)}})
	c := open(t, org, func(c *okta.Config) { c.Groups.Names = []string{"writer-*"} })
	if got := mustRead(t, c); len(got.Groups) != 1 {
		t.Errorf("writer-* reads %d groups, while writer-R/D is there", len(got.Groups))
	}
}

// TestTokenIsSentToNoOther asks whose organization it is without the token.
func TestTokenIsSentToNoOther(t *testing.T) {
	org := serve(t, 3, 1)
	seen := ""
	org.Tamper(func(r *http.Request, _ *oktatest.Answer) {
		if r.URL.Path == "/.well-known/okta-organization" {
			seen = r.Header.Get("Authorization")
		}
	})
	org.ID = "00oSomebodyElse"
	_ = mustFail(t, open(t, org, func(c *okta.Config) { c.OrgID = "00o1standin" }), connectors.Rejected)
	if seen != "" {
		t.Error("the token was sent to another organization than org_id")
	}
}

// TestTokenWithoutEnd uses a token for a while although nobody says how long it lasts.
func TestTokenWithoutEnd(t *testing.T) {
	org := serve(t, 3, 4)
	c := open(t, org, app(t, org))
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/oauth2/v1/token" {
			var m map[string]any
			_ = json.Unmarshal(a.Body, &m)
			delete(m, "expires_in")
			a.Body, _ = json.Marshal(m)
		}
	})
	mustRead(t, c)
	if n := paths(org.Requests())["POST /oauth2/v1/token"]; n > 2 {
		t.Errorf("one reading asked for %d tokens", n)
	}
}

// TestMemberArrives: somebody who was not listed before is in the group that had them as a
// member, though it did not change.
func TestMemberArrives(t *testing.T) {
	org := serve(t, 3, 1)
	c := open(t, org, nil)
	u, _ := org.User(personID(1))
	u.Hidden = true
	org.Put(u)
	held, complete := connectortest.MustRead(t, c)
	u.Hidden, u.LastUpdated = false, org.Now()
	org.Put(u)
	connectortest.Follow(t, c, held, complete.Evidence().Cursor)
	connectortest.WantSame(t, mustRead(t, c), held)
	if held.Missing() != 0 {
		t.Errorf("%d members are unresolved", held.Missing())
	}
}

// TestCursorIsOfTheEarliestClock loses no change where one machine of many is ahead.
func TestCursorIsOfTheEarliestClock(t *testing.T) {
	turned(t, 3, 1, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		org.Tamper(func(r *http.Request, a *oktatest.Answer) {
			if r.URL.Path == "/.well-known/okta-organization" {
				a.Header.Set("Date", org.Now().Add(12*time.Minute).Format(http.TimeFormat))
			}
		})
		since := cursor(t, c)
		org.Tamper(nil)
		time.Sleep(time.Minute) //nolint:forbidigo // of the fake clock
		u, _ := org.User(personID(1))
		u.Status, u.LastUpdated = "SUSPENDED", org.Now()
		org.Put(u)
		time.Sleep(8 * time.Minute) //nolint:forbidigo // of the fake clock
		kept, delta, err := connectortest.Changes(t, c, since)
		if err == nil && delta.Valid() && len(kept.Users) == 0 {
			t.Error("a valid Delta says nothing of somebody who was suspended after the cursor was made")
		}
	})
}
