//go:build e2e

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors/ad/adtest"
	"writersync/connectors/ldap/ldaptest"
	"writersync/connectors/okta/oktatest"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// A vendor is a stand-in of a directory, all of whose people are in one group, which a
// test breaks.
type vendor struct {
	source func(string) string
	leave  func(person int) // for good, as the directory's administrator does it
}

// vendorPeople are all in the group engineering. Seven of so many may leave in a day: one
// for each harm.
const vendorPeople = 150

func vendorMail(i int) string { return fmt.Sprintf("v%03d@example.com", i) }

// A harm is what happens to a directory, or to the credential.
type harm struct {
	name string
	do   func() (undo func())
	code int      // of the pass; exitDone: it must make no difference
	says []string // in status
}

// TestBrokenDirectories breaks directories in the ways that their owners break them, and
// each time somebody leaves meanwhile. Nobody is removed while it is broken, and status
// says why and what to do. The healthy twin: once it is mended, whoever left is gone in
// the next pass, and nobody else.
func TestBrokenDirectories(t *testing.T) {
	for name, start := range map[string]func(testing.TB, *company) (vendor, []harm){"okta": oktaVendor, "ad": adVendor} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCompanyAt(t, "127.0.0.1:1", syncertest.Directory{}, map[string]string{"engineering": "Engineering"})
			v, harms := start(t, c)
			c.source = v.source
			c.writeConfig("")
			first, _ := c.sync()
			c.approve(first)
			if out, code := c.sync(); code != exitDone || c.active() != vendorPeople {
				t.Fatalf("push: exit %d, %d accounts, %s\n%s", code, c.active(), out.Run.Error, out.Plan)
			}
			for i, h := range harms {
				undo := h.do()
				v.leave(i)
				c.survives(t, h, i)
				undo()
				out, code := c.sync()
				if code != exitDone || c.active() != vendorPeople-1-i {
					t.Errorf("%s, mended: exit %d, %d accounts, want %d\n%s", h.name, code, c.active(), vendorPeople-1-i, out.Plan)
				}
				t.Logf("%s, mended: whoever left is gone, %d accounts", h.name, c.active())
			}
		})
	}
}

// active counts the accounts that can be used.
func (c *company) active() int {
	n := 0
	for _, a := range c.writer.State().Accounts {
		if a.Active {
			n++
		}
	}
	return n
}

// survives makes a pass with a directory that is harmed, and which that person left.
func (c *company) survives(t *testing.T, h harm, left int) {
	t.Helper()
	before := len(c.writer.Ledger())
	out, code := c.sync()
	for _, e := range c.writer.Since(before) {
		if h.code == exitDone && e.Email == vendorMail(left) {
			continue
		}
		if slices.Contains([]sandbox.Change{sandbox.Deactivated, sandbox.Removed, sandbox.MemberRemoved}, e.Change) {
			t.Errorf("%s: %s of %s\n%s", h.name, e.Change, e.Account, out.Plan)
		}
	}
	if h.code == exitDone && c.active() != vendorPeople-1-left {
		t.Errorf("%s: whoever left is still there\n%s", h.name, out.Plan)
	}
	_, status, _ := c.run("status")
	if code != h.code {
		t.Errorf("%s: exit %d, want %d\n%s", h.name, code, h.code, status)
	}
	for _, word := range h.says {
		if !strings.Contains(status, word) {
			t.Errorf("%s: status does not say %q:\n%s", h.name, word, status)
		}
	}
	t.Logf("%s:\n%s", h.name, status)
}

const oktaToken = "canary-okta-token"

func oktaPerson(i int) oktatest.User {
	return oktatest.User{
		ID: fmt.Sprintf("00uvendor%011d", i), Status: "ACTIVE", Profile: map[string]any{"email": vendorMail(i), "login": vendorMail(i), "firstName": "V", "lastName": fmt.Sprint(i)},
	}
}

// oktaOrg is an organization with the vendor's people.
func oktaOrg(t testing.TB) (*oktatest.Org, oktatest.Group) {
	org := oktatest.New().Serve(t)
	org.Allow(oktaToken)
	group := oktatest.Group{Type: "OKTA_GROUP", Name: "engineering", ID: "00gengineering00001"}
	for i := range vendorPeople {
		org.Put(oktaPerson(i))
		group.Members = append(group.Members, oktaPerson(i).ID)
	}
	org.PutGroup(group)
	return org, group
}

func oktaVendor(t testing.TB, c *company) (vendor, []harm) {
	org, _ := oktaOrg(t)
	forbid := func(path string) func() func() {
		return func() func() {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == path {
					a.Status, a.Body = http.StatusForbidden, []byte(`{"errorCode":"E0000006","errorSummary":"You do not have permission"}`)
				}
			})
			return func() { org.Tamper(nil) }
		}
	}
	secret := c.secret("okta-token", oktaToken)
	v := vendor{
		source: func(string) string {
			return fmt.Sprintf("    type: okta\n    url: %s\n    token: {file: %s}\n", org.URL, secret)
		},
		leave: func(i int) {
			gone := oktaPerson(i)
			gone.Status = "DEPROVISIONED"
			org.Put(gone)
		},
	}
	return v, []harm{
		{"the scope of groups was lost", forbid("/api/v1/groups"), exitFailed, []string{"403 (E0000006)", "Read-Only Administrator", "oauth.scopes"}},
		{"the scope of people was lost", forbid("/api/v1/users"), exitFailed, []string{"403 (E0000006)", "Read-Only Administrator", "oauth.scopes"}},
		{"the token ended", func() func() { org.Revoke(); return func() { org.Allow(oktaToken) } }, exitFailed, []string{"401 (E0000011)", "30 days without use"}},
		{"the administrator lost the role", func() func() { org.Blind(true); return func() { org.Blind(false) } }, exitFailed, []string{"Everyone", "Read-Only Administrator"}},
		{"a clock ten minutes ahead", func() func() { org.Ahead = 10 * time.Minute; return func() { org.Ahead = 0 } }, exitDone, nil},
		{"a clock ten minutes behind", func() func() { org.Ahead = -10 * time.Minute; return func() { org.Ahead = 0 } }, exitDone, nil},
	}
}

// TestOktaTypesChanged selects groups of one type alone, where a team was fed by two groups of
// one name: who was in the other group alone leaves, and so does who leaves the company after.
func TestOktaTypesChanged(t *testing.T) {
	t.Parallel()
	c := newCompanyAt(t, "127.0.0.1:1", syncertest.Directory{}, map[string]string{"engineering": "Engineering"})
	org, group := oktaOrg(t)
	all := group.Members
	group.Members = all[:vendorPeople-10]
	org.PutGroup(group)
	org.PutGroup(oktatest.Group{Type: "APP_GROUP", Name: "engineering", ID: "00gengineering00002", Members: all[10:]})
	org.PutGroup(oktatest.Group{Type: "OKTA_GROUP", Name: "sales", ID: "00gsales00000000001", Members: all[:1]})
	secret := c.secret("okta-token", oktaToken)
	c.source = func(string) string {
		return fmt.Sprintf("    type: okta\n    url: %s\n    token: {file: %s}\n    groups: {types: [OKTA_GROUP, APP_GROUP]}\n", org.URL, secret)
	}
	c.writeConfig("people: {grace: 0s}\n")
	settled := func(when string, members, accounts int) {
		t.Helper()
		out, code := c.sync()
		for range 5 { // the review of the configuration, then what is much of a small company
			c.approve(out)
			out, code = c.sync()
		}
		if code != exitDone || len(teamOf(c, "Engineering")) != members || c.active() != accounts {
			t.Fatalf("%s: exit %d, %d members, %d accounts; want %d, %d\n%s", when, code, len(teamOf(c, "Engineering")), c.active(), members, accounts, out.Plan)
		}
	}
	settled("both types", vendorPeople, vendorPeople)
	config, err := os.ReadFile(c.config)
	if err == nil {
		err = os.WriteFile(c.config, bytes.Replace(config, []byte(", APP_GROUP"), nil, 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	settled("one type", vendorPeople-10, vendorPeople-10)
	gone := oktaPerson(20)
	gone.Status = "DEPROVISIONED"
	org.Put(gone)
	settled("one left", vendorPeople-10, vendorPeople-11) // the membership of an inactive account stays
}

// hide makes a domain controller leave people out, of those answers.
func hide(from string, where func(adtest.Query) bool) func(*adtest.Settings) {
	return func(s *adtest.Settings) {
		s.Twist = func(q adtest.Query, a ldaptest.Answer) ldaptest.Answer {
			if strings.EqualFold(q.Base, adtest.People) && where(q) {
				a.Entries = slices.DeleteFunc(slices.Clone(a.Entries), func(e ldaptest.Entry) bool {
					return strings.Contains(e.DN, "CN=v") && e.DN[strings.Index(e.DN, "CN=v"):] >= "CN="+from
				})
			}
			return a
		}
	}
}

func adVendor(t testing.TB, c *company) (vendor, []harm) {
	const password = "canary-ad-password"
	d := adtest.New(t, password)
	var people []adtest.ID
	for i := range vendorPeople {
		people = append(people, d.AddUser(adtest.People, fmt.Sprintf("v%03d", i), map[string][]string{"mail": {vendorMail(i)}}))
	}
	d.AddGroup(adtest.Groups, "engineering", 0, people...)
	secret := c.secret("ad-password", password)
	v := vendor{
		source: func(string) string {
			return fmt.Sprintf("    type: ad\n    url: %s\n    bind: {user: %s, password: {file: %s}}\n    users: {base: %q}\n    groups: {base: %q}\n", d.URL, adtest.User, secret, adtest.People, adtest.Groups)
		},
		leave: func(i int) { d.Delete(people[i]) },
	}
	set := func(harm func(*adtest.Settings)) func() func() {
		return func() func() {
			d.Set(harm)
			return func() { d.Set(func(s *adtest.Settings) { *s = adtest.Settings{} }) }
		}
	}
	clock := func(ahead time.Duration) func() func() {
		return func() func() {
			d.SetClock(func() time.Time { return time.Now().Add(ahead) })
			return func() { d.SetClock(time.Now) }
		}
	}
	return v, []harm{
		{"the domain controller shows fewer people than it counts", set(hide("v020", func(q adtest.Query) bool { return !q.Listing })), exitFailed, []string{"19 stated, 149 counted"}},
		{"the domain controller has forgotten a user", set(hide("v149", func(q adtest.Query) bool { return !q.ByID })), exitDone, []string{"is there when it is looked up by ID"}},
		{"the account expired", set(func(s *adtest.Settings) { s.Refuse, s.Why = true, "701" }), exitFailed, []string{"expired"}},
		{"the domain controller is being filled", set(func(s *adtest.Settings) { s.Unsynchronized = true }), exitFailed, []string{"not received all of the domain"}},
		{"a clock ten minutes ahead", clock(10 * time.Minute), exitDone, nil},
		{"a clock ten minutes behind", clock(-10 * time.Minute), exitDone, nil},
	}
}

// TestEventHook: what Okta's event hook says is read at once, although the System Log is
// not looked at and the schedule is far; and who does not know the secret rings nothing.
func TestEventHook(t *testing.T) {
	t.Parallel()
	const hookSecret = "canary-hook-secret"
	c := newCompanyAt(t, "127.0.0.1:1", syncertest.Directory{}, map[string]string{"engineering": "Engineering"})
	org, group := oktaOrg(t)
	token, secret := c.secret("okta-token", oktaToken), c.secret("hook", hookSecret)
	c.source = func(string) string {
		return fmt.Sprintf("    type: okta\n    url: %s\n    token: {file: %s}\n    events: {poll: 0s, hook_secret: {file: %s}}\n", org.URL, token, secret)
	}
	var err error
	if c.hooks, err = freePort(); err != nil {
		t.Fatal(err)
	}
	r := &ringing{company: c}
	r.begin()
	r.serve()
	defer func() { r.stop() }()
	say := func(header string) int {
		body := strings.NewReader(`{"eventType":"com.okta.event_hook","data":{"events":[{"uuid":"` + header + `","eventType":"group.user_membership.remove"}]}}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.hooks+"/hooks/corp", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // it has none
		return resp.StatusCode
	}
	if status := say("a guess"); status != http.StatusUnauthorized {
		t.Errorf("a guess was answered with %d", status)
	}
	before := len(c.writer.Ledger())
	group.Members = group.Members[1:]
	org.PutGroup(group)
	if status := say(hookSecret); status != http.StatusNoContent {
		t.Errorf("the hook was answered with %d", status)
	}
	r.until(func() string { return "the membership" }, time.Minute, func() bool {
		return slices.ContainsFunc(c.writer.Since(before), func(e sandbox.Entry) bool { return e.Change == sandbox.MemberRemoved && e.Email == vendorMail(0) })
	})
	if rings := r.metric("writersync_source_rings_total"); rings != 2 { // one of them since it watches
		t.Errorf("%v rings, want the first and that of the hook", rings)
	}
}
