package okta_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestFailures breaks what a company can break. Each is an error that says what to do,
// in a whole reading and in one of changes, nobody is stated to be gone, and once it is
// mended the same connector reads as before.
func TestFailures(t *testing.T) {
	forbid := func(path string) func(*oktatest.Org) {
		return func(org *oktatest.Org) {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == path {
					a.Status, a.Body = http.StatusForbidden, []byte(`{"errorCode":"E0000006","errorSummary":"You do not have permission, ada@example.com"}`)
				}
			})
		}
	}
	mend := func(org *oktatest.Org) { org.Tamper(nil) }
	tests := []struct {
		name       string
		harm, mend func(*oktatest.Org)
		says       []string
		delta      bool // a reading of changes may go on
	}{
		{"people may not be read", forbid("/api/v1/users"), mend, []string{"list people", "403 (E0000006)", "Read-Only Administrator"}, false},
		{"groups may not be read", forbid("/api/v1/groups"), mend, []string{"group", "403 (E0000006)", "scopes"}, false},
		{"the list of people is empty", func(org *oktatest.Org) {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == "/api/v1/users" {
					a.Body = []byte("[]")
				}
			})
		}, mend, []string{"nobody is listed", "Read-Only Administrator"}, true},
		{"the token has ended", (*oktatest.Org).Revoke, func(org *oktatest.Org) { org.Allow(token) }, []string{"401 (E0000011)", "30 days", "new one"}, false},
		{
			"the role was taken away", func(org *oktatest.Org) { org.Blind(true) }, func(org *oktatest.Org) { org.Blind(false) },
			[]string{"Everyone", "Read-Only Administrator"},
			false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 12, 2)
			c := open(t, org, nil)
			since := cursor(t, c)
			tt.harm(org)
			err := mustFail(t, c, connectors.Denied)
			for _, word := range tt.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %q: %v", word, err)
				}
			}
			if strings.Contains(err.Error(), "ada@") || strings.Contains(err.Error(), token) {
				t.Errorf("the error shows too much: %v", err)
			}
			kept, delta, err := connectortest.Changes(t, c, since)
			if (err == nil) != tt.delta || delta.Gone()+len(kept.Deleted) > 0 {
				t.Errorf("changes: %v, gone %v", err, kept.Deleted)
			}
			if claim := prove(t, c, personID(0), personID(1)); claim == connectors.Absent {
				t.Error("somebody was proven to be absent")
			}
			tt.mend(org)
			if got := mustRead(t, c); len(got.Users) != 12 || len(got.Groups) != 2 {
				t.Errorf("after it was mended: %d people, %d groups", len(got.Users), len(got.Groups))
			}
		})
	}
}

// prove asks about a person and returns what was found; an error is Undecided.
func prove(t *testing.T, c connectors.Connector, id string, controls ...string) connectors.Presence {
	t.Helper()
	p, err := c.(connectors.Prover).Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: id, Controls: controls})
	if err != nil && p != connectors.Undecided {
		t.Errorf("a proof that failed answers %s", p)
	}
	return p
}

// TestClocks reads with a clock that is ten minutes off, with both kinds of credential:
// nothing is lost, and a token's assertion is good.
func TestClocks(t *testing.T) {
	for name, off := range map[string]time.Duration{"behind": 10 * time.Minute, "ahead": -10 * time.Minute, "right": 0} {
		t.Run(name, func(t *testing.T) {
			for kind, credential := range map[string]func(*testing.T, *oktatest.Org) func(*okta.Config){
				"token": func(*testing.T, *oktatest.Org) func(*okta.Config) { return nil }, "service app": app,
			} {
				org := serve(t, 12, 2)
				org.Ahead = off
				c := open(t, org, credential(t, org))
				since := cursor(t, c)
				org.Put(person(3, org.Now()))
				got, next := mustChange(t, c, since)
				if len(got.Users) != 1 || got.Users[0].ID != personID(3) {
					t.Errorf("%s: %d people have changed, want 1", kind, len(got.Users))
				}
				if again, _ := mustChange(t, c, next); len(again.Users) != 1 { // the overlap
					t.Errorf("%s: %d people have changed since, want 1", kind, len(again.Users))
				}
			}
		})
	}
}

// TestOrganization refuses another organization behind the same address.
func TestOrganization(t *testing.T) {
	t.Run("pinned", func(t *testing.T) {
		org := serve(t, 3, 1)
		c := open(t, org, func(c *okta.Config) { c.OrgID = "00oother" })
		if err := mustFail(t, c, connectors.Rejected); !strings.Contains(err.Error(), "00o1standin, not 00oother") {
			t.Error(err)
		}
		mustRead(t, open(t, org, func(c *okta.Config) { c.OrgID = org.ID }))
	})
	t.Run("changed", func(t *testing.T) {
		org := serve(t, 3, 1)
		c := open(t, org, nil)
		since := cursor(t, c)
		org.ID = "00oother"
		_ = mustFail(t, c, connectors.Rejected)
		if _, _, err := connectortest.Changes(t, c, since); connectors.ClassOf(err) != connectors.Rejected {
			t.Errorf("changes: %v", err)
		}
		if _, err := c.(connectors.Prover).Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: "gone", Controls: []string{personID(1)}}); connectors.ClassOf(err) != connectors.Rejected {
			t.Errorf("proof: %v", err)
		}
	})
	t.Run("in the evidence", func(t *testing.T) {
		org := serve(t, 3, 1)
		_, complete, err := connectortest.Read(t, open(t, org, nil))
		if err != nil || complete.Evidence().Identity != "Okta organization 00o1standin" {
			t.Errorf("%v, identity %q", err, complete.Evidence().Identity)
		}
	})
}

// TestProve tells "not found" from "not allowed", and who has left from who is gone.
func TestProve(t *testing.T) {
	org := serve(t, 4, 1)
	org.Put(oktatest.User{ID: personID(1), Status: "DEPROVISIONED", Profile: map[string]any{}})
	c := open(t, org, nil)
	for _, tt := range []struct {
		id       string
		controls []string
		want     connectors.Presence
	}{
		{personID(0), []string{personID(2)}, connectors.Present},
		{personID(1), []string{personID(2)}, connectors.Present},
		{"00ugone", []string{personID(2), personID(1)}, connectors.Absent},
		{"00ugone", []string{personID(2), "00ugonetoo"}, connectors.Undecided},
		{"00ugone", nil, connectors.Undecided},
		{"person0@example.com", []string{personID(2)}, connectors.Undecided}, // a login is no ID
		{"..", []string{personID(2)}, connectors.Undecided},
	} {
		if got := prove(t, c, tt.id, tt.controls...); got != tt.want {
			t.Errorf("%s with %v: %s, want %s", tt.id, tt.controls, got, tt.want)
		}
	}
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if strings.Contains(r.URL.Path, "00ugone") {
			a.Status, a.Body = http.StatusForbidden, []byte(`{"errorCode":"E0000006"}`)
		}
	})
	_, err := c.(connectors.Prover).Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: "00ugone", Controls: []string{personID(2)}})
	if connectors.ClassOf(err) != connectors.Denied {
		t.Errorf("a refusal became %v", err)
	}
}
