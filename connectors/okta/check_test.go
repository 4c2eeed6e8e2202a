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

// TestCheck looks at set-ups that are right and wrong. Each wrong one has one finding
// that is not OK.
func TestCheck(t *testing.T) {
	owner := func(roles ...string) func(*oktatest.Org) {
		return func(org *oktatest.Org) {
			u := person(0, org.Now())
			u.Roles = roles
			org.Put(u)
		}
	}
	forbid := func(path string) func(*oktatest.Org) {
		return func(org *oktatest.Org) {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == path {
					a.Status, a.Body = 403, []byte(`{"errorCode":"E0000006"}`)
				}
			})
		}
	}
	tests := []struct {
		name  string
		org   func(*oktatest.Org)
		app   bool
		with  func(*okta.Config)
		idle  bool   // nobody watches
		what  string // of the finding that is not OK; "" for none
		says  []string
		fails bool
	}{
		{name: "a token of somebody who may only read", org: owner("READ_ONLY_ADMIN")},
		{name: "a token of somebody who may everything", org: owner("SUPER_ADMIN"), what: "role", says: []string{"SUPER_ADMIN", "Read-Only"}},
		{name: "a token of two roles", org: owner("READ_ONLY_ADMIN", "ORG_ADMIN"), what: "role", says: []string{"ORG_ADMIN"}},
		{name: "roles are not shown", org: forbid("/api/v1/users/" + personID(0) + "/roles")},
		{name: "a token that has ended", org: (*oktatest.Org).Revoke, what: "credential", says: []string{"401", "30 days"}},
		{name: "no role", org: func(org *oktatest.Org) { org.Blind(true) }, what: "people", says: []string{"Read-Only Administrator"}},
		{name: "people may not be read", org: forbid("/api/v1/users"), what: "people", says: []string{"list people", "403 (E0000006)"}},
		{name: "groups may not be read", org: forbid("/api/v1/groups"), what: "groups", says: []string{"403 (E0000006)"}},
		{name: "the log may not be read", org: forbid("/api/v1/logs"), what: "system log", says: []string{"okta.logs.read", "events.poll: 0"}},
		{name: "the log is not needed", org: forbid("/api/v1/logs"), with: func(c *okta.Config) { c.Events.Poll = 0 }},
		{name: "the log is not needed where nobody watches", idle: true, org: forbid("/api/v1/logs")},
		{name: "a service app that nobody watches with", app: true, idle: true, org: func(org *oktatest.Org) {
			org.Tamper(oktatest.Replace("/oauth2/v1/token", "okta.logs.read", ""))
		}},
		{name: "a scope that the configuration must list", app: true, idle: true},
		{name: "an organization that is pinned", with: func(c *okta.Config) { c.OrgID = "00o1standin" }},
		{name: "another organization", with: func(c *okta.Config) { c.OrgID = "00oother" }, what: "organization", says: []string{"00o1standin, not 00oother"}},
		{name: "a service app", app: true},
		{
			name: "an app that may write", app: true, with: func(c *okta.Config) { c.OAuth.Scopes = append(c.OAuth.Scopes, "okta.users.manage") },
			what: "scopes", says: []string{"take okta.users.manage"},
		},
		{
			name: "a scope that was not granted", app: true, with: func(c *okta.Config) { c.OAuth.Scopes = append(c.OAuth.Scopes, "okta.apps.read") },
			what: "credential", says: []string{"invalid_scope", "Grant"},
		},
		{name: "proof of possession", app: true, org: func(org *oktatest.Org) { org.DPoP = true }, what: "credential", says: []string{"DPoP"}},
		{name: "a service app's answer without scopes", app: true, org: func(org *oktatest.Org) {
			org.Tamper(oktatest.Replace("/oauth2/v1/token", "okta.logs.read", ""))
		}, what: "scopes", says: []string{"lacks okta.logs.read"}},
		{name: "no Okta", org: func(org *oktatest.Org) { org.Tamper(oktatest.Replace("/.well-known/okta-organization", "00o", "x")) }, fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 3, 1)
			change := func(*okta.Config) {}
			if tt.app {
				change = app(t, org)
			}
			if tt.org != nil {
				tt.org(org)
			}
			env := connectortest.Env(&connectortest.Requests{})
			env.Watched = !tt.idle
			c := openIn(t, org, env, nil, func(c *okta.Config) {
				change(c)
				if tt.with != nil {
					tt.with(c)
				}
			})
			found, err := c.(connectors.Checker).Check(t.Context())
			if (err != nil) != tt.fails {
				t.Fatalf("check: %v", err)
			}
			judge(t, found, tt.what, tt.says)
		})
	}
}

// judge compares what is not OK with what should not be. Without a role nothing can be
// listed, so that one cause may have several findings.
func judge(t *testing.T, found []connectors.Finding, what string, says []string) {
	t.Helper()
	wrong := map[string]string{}
	for _, f := range found {
		if strings.Contains(f.Text, "@") || strings.Contains(f.Text, token) {
			t.Errorf("the finding shows too much: %s", f.Text)
		}
		if !f.OK {
			wrong[f.What] += f.Text
		}
	}
	if what == "" && len(wrong) > 0 || what != "" && wrong[what] == "" {
		t.Errorf("not OK: %v, want %q", wrong, what)
	}
	for _, word := range says {
		if !strings.Contains(wrong[what], word) {
			t.Errorf("%s does not say %q: %s", what, word, wrong[what])
		}
	}
}

// TestCheckAttributes: Okta leaves out without a word a property that does not exist, as
// one that is empty.
func TestCheckAttributes(t *testing.T) {
	org := serve(t, 3, 1)
	named := person(0, org.Now())
	named.Profile["site"] = []any{"Paris"}
	org.Put(named)
	tests := []struct {
		name string
		with func(*okta.Config)
		what string
		says []string // by what is not OK
		note string   // by what is
		not  string   // what no note names
	}{
		{name: "as it should be", note: "can be listed; 3 of the first 3 show email"},
		{name: "an e-mail that nobody has", with: func(c *okta.Config) { c.Attributes.Email = "emial" }, what: "people", says: []string{"not one of the first 3 people shows emial", "attributes.email"}},
		{name: "properties that nobody has", note: "title (attributes.title)", not: "firstName"},
		{
			name: "further properties", with: func(c *okta.Config) { c.Attributes.Extra = map[string]string{"site": "site", "kind": "kindd"} },
			note: "kindd (attributes.extra.kind)", not: "attributes.extra.site",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := check(t, open(t, org, tt.with))
			judge(t, found, tt.what, tt.says)
			notes := ""
			for _, f := range found {
				if f.OK {
					notes += f.Text + "\n"
				}
			}
			if !strings.Contains(notes, tt.note) || tt.not != "" && strings.Contains(notes, tt.not) {
				t.Errorf("want %q and not %q:\n%s", tt.note, tt.not, notes)
			}
		})
	}
}

// TestCheckOfServicesFirst: an organization may begin with accounts that have no such
// e-mail, as they should. Not all of a large one is read to find that.
func TestCheckOfServicesFirst(t *testing.T) {
	for last, what := range map[int]string{4: "", 5: "people"} {
		org := oktatest.New().Serve(t)
		org.PageSize = 2
		company(org, 12, 1)
		for page := range last {
			for i := range 2 {
				u := person(page*2+i, org.Now())
				u.Profile = map[string]any{"login": u.Profile["login"]}
				org.Put(u)
			}
		}
		judge(t, check(t, open(t, org, nil)), what, nil)
	}
}

// TestCheckNamesStates: the states that nobody mapped are those of everybody who was
// read, whatever changed since.
func TestCheckNamesStates(t *testing.T) {
	org := serve(t, 3, 1)
	old := person(3, org.Now().Add(-time.Hour))
	old.Status = "ACTIVATING"
	org.Put(old)
	c := open(t, org, nil)
	judge(t, check(t, c), "", nil) // nothing was read yet
	since := cursor(t, c)
	judge(t, check(t, c), "states", []string{"1 people are in the state ACTIVATING"})
	org.Put(person(0, org.Now()))
	mustChange(t, c, since)
	judge(t, check(t, c), "states", []string{"1 people are in the state ACTIVATING"})
}

// TestCheckWritesNothing asks, and changes nothing.
func TestCheckWritesNothing(t *testing.T) {
	org := serve(t, 3, 1)
	check(t, open(t, org, nil))
	for _, r := range org.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}
