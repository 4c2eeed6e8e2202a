//go:build e2e

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer"
	"writersync/syncer/match"
	"writersync/syncer/plan"
)

const (
	importUsers  = "ou=writer," + slapdtest.UsersBase
	importGroups = "ou=writer-teams," + slapdtest.GroupsBase
	importerDN   = "cn=importer,ou=svc," + slapdtest.Suffix
)

// newImporting is a small company that was pushed, and Writer has more: two people
// and three teams that nobody pushed.
func newImporting(t *testing.T, more string) *company {
	t.Helper()
	c := newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: 4, Groups: 1, GroupSize: 2}, rules: map[string]string{"g000": "Engineering"}, more: more,
	})
	for _, dn := range []string{importUsers, importGroups} {
		c.slapd.Add(dn, map[string][]string{"objectClass": {"organizationalUnit"}})
	}
	c.slapd.Add(importerDN, map[string][]string{"objectClass": {"applicationProcess", "simpleSecurityObject"}, "userPassword": {slapdtest.Password}})
	c.slapd.SetAccess(
		`to dn.subtree="`+importUsers+`" by dn.exact="`+importerDN+`" write by users read`,
		`to dn.subtree="`+importGroups+`" by dn.exact="`+importerDN+`" write by users read`,
	)
	c.edit("    groups: {base:", fmt.Sprintf("    import: {users: %q, groups: %q, bind: {dn: %q, password: {file: %s}}}\n    groups: {base:",
		importUsers, importGroups, importerDN, c.secret("importer-password", slapdtest.Password)))
	for _, mail := range []string{"eve@example.org", "fay@example.org", "idle@example.org", "u00000@example.com"} {
		c.writer.Invite(mail)
	}
	c.writer.SetDisplayName("eve@example.org", "Eve Ahlberg")
	c.writer.SetActive("idle@example.org", false)
	for team, members := range map[string][]string{
		"Marketing": {"eve@example.org", "fay@example.org", "u00000@example.com"}, "Legal": {"fay@example.org"}, "Idle": {"idle@example.org"},
	} {
		c.writer.AddTeam(team)
		for _, m := range members {
			c.writer.Join(m, team)
		}
	}
	return c
}

// edit replaces a text of the configuration.
func (c *company) edit(old, with string) {
	c.t.Helper()
	text, err := os.ReadFile(c.config)
	if err != nil {
		c.t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		c.t.Fatalf("the configuration has no %q", old)
	}
	if err := os.WriteFile(c.config, []byte(strings.Replace(string(text), old, with, 1)), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) must(code int, args ...string) string {
	c.t.Helper()
	got, out, errs := c.run(args...)
	if got != code {
		c.t.Fatalf("%v: exit %d, want %d\n%s%s", args, got, code, out, errs)
	}
	return out
}

// report compares, and returns what there is.
func (c *company) report() match.Report {
	c.t.Helper()
	var r match.Report
	if err := json.Unmarshal([]byte(c.must(exitDone, "import", "-o", "json")), &r); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// TestImportRoundTrip brings back what only Writer has: it appears as entries, and a
// second run changes nothing.
func TestImportRoundTrip(t *testing.T) {
	c := newImporting(t, "")
	before := c.writer.State()
	found := c.report()
	if n := found.Count(match.WriterOnly); n != 3 {
		t.Fatalf("%d accounts are in Writer only, want 3: %+v", n, found.People)
	}
	out := c.must(exitDone, "import", "--write-back", "corp", "--yes")
	for _, line := range []string{
		"user   eve@example.org  Eve Ahlberg", "group  Marketing, with 2 members", "Left in Writer: user idle@example.org: the account is deactivated",
		"Left in Writer: team Idle: nobody in it is made a user", "Made in source corp: 2 users, 3 groups",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("import does not say %q:\n%s", line, out)
		}
	}
	eve, fay := "uid=eve,"+importUsers, "uid=fay,"+importUsers
	for dn, want := range map[string]map[string]string{
		eve: {"objectClass": "inetOrgPerson", "mail": "eve@example.org", "cn": "Eve Ahlberg", "sn": "Ahlberg", "userPassword": ""},
		fay: {"mail": "fay@example.org", "cn": "fay@example.org", "sn": "fay"},

		"cn=Marketing," + importGroups: {"objectClass": "groupOfNames"},
		"cn=Legal," + importGroups:     {"member": fay},
	} {
		for name, value := range want {
			if got := c.slapd.Value(dn, name); got != value {
				t.Errorf("%s of %s is %q, want %q", name, dn, got, value)
			}
		}
	}
	entries := c.entries()
	members := map[string][]string{}
	for dn, names := range entries {
		if strings.HasSuffix(dn, importGroups) && len(names) > 0 {
			members[dn] = names
		}
	}
	want := map[string][]string{
		"cn=Marketing," + importGroups: {eve, fay}, "cn=Legal," + importGroups: {fay}, "cn=Everyone," + importGroups: {eve, fay},
	}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}

	again := c.must(exitDone, "import", "--write-back", "corp", "--yes")
	if !strings.Contains(again, "Nothing to do") || strings.Contains(again, "Made in") {
		t.Errorf("the second run says:\n%s", again)
	}
	if diff := cmp.Diff(entries, c.entries()); diff != "" {
		t.Errorf("the second run changed the directory (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(before, c.writer.State()); diff != "" || c.writer.Counts().Writes != 0 {
		t.Errorf("import changed Writer (-before +after):\n%s", diff)
	}
	r := c.report()
	if r.Count(match.WriterOnly) != 1 || r.CountTeams(match.Imported) != 3 || r.CountTeams(match.WriterOnly) != 2 { // Idle, and Engineering, which is empty
		t.Errorf("afterwards: %d accounts in Writer only, %d teams imported, %d in Writer only", r.Count(match.WriterOnly), r.CountTeams(match.Imported), r.CountTeams(match.WriterOnly))
	}
}

// entries returns every entry below the bases with its members, if it has some.
func (c *company) entries() map[string][]string {
	c.t.Helper()
	out := map[string][]string{}
	for _, base := range []string{slapdtest.UsersBase, slapdtest.GroupsBase} {
		maps.Copy(out, c.slapd.Members(base))
	}
	return out
}

// TestImportedPeopleAreLinkedByAPass lets ordinary passes go on from where import
// ended: the new people are linked by their address, and their teams stay as they are.
func TestImportedPeopleAreLinkedByAPass(t *testing.T) {
	c := newImporting(t, "people: {scope: everyone}\n")
	c.must(exitDone, "import", "--write-back", "corp", "--yes")
	// A rule that would let an imported group manage its team.
	c.edit("teams:\n", "teams:\n  - {group: \"Mark*\", team: \"{name}\"}\n")
	if code, out, _ := c.run("check"); code != exitFailed || !strings.Contains(out, "FAIL  rule Mark* => {name}: it maps Marketing, which import made") {
		t.Errorf("check: exit %d, and names no clash:\n%s", code, out)
	}
	first, _ := c.sync()
	c.approve(first)
	second, _ := c.sync()
	adopted := 0
	for _, count := range second.Run.Counts {
		if count.Kind == plan.AdoptUser {
			adopted = count.Done
		}
	}
	if adopted != 3 {
		t.Errorf("%d accounts are linked, want eve, fay and u00000\n%s", adopted, second.Plan)
	}
	if !slices.ContainsFunc(second.Plan.Held, func(h plan.Held) bool { return h.Why == plan.WhyGroupImported && h.Exit == plan.Fix }) {
		t.Errorf("nothing is held of the imported group:\n%s", second.Plan)
	}
	for _, e := range c.writer.Ledger() {
		if e.Team == "Marketing" || e.Team == "Legal" {
			t.Errorf("team %s was changed: %+v", e.Team, e)
		}
	}
	c.edit("  - {group: \"Mark*\", team: \"{name}\"}\n", "")
	if code, out, _ := c.run("check"); code != exitDone {
		t.Errorf("check without the rule: exit %d\n%s", code, out)
	}
	third, _ := c.sync()
	c.approve(third)
	if last, code := c.sync(); code != exitDone {
		t.Errorf("without the rule: exit %d, %s\n%s", code, last.Run.Error, last.Plan)
	}
	if out := c.must(exitDone, "import", "--write-back", "corp", "--yes"); !strings.Contains(out, "Nothing to do") {
		t.Errorf("import after all that says:\n%s", out)
	}
}

// TestImportGoesOn takes the right to add groups away in the middle: the next run
// makes what is missing and nothing twice.
func TestImportGoesOn(t *testing.T) {
	c := newImporting(t, "")
	c.slapd.SetAccess(`to dn.subtree="` + importUsers + `" by dn.exact="` + importerDN + `" write by users read`)
	if code, _, errs := c.run("import", "--write-back", "corp", "--yes"); code != exitFailed || !strings.Contains(errs, "import.bind") || !strings.Contains(errs, "run import again") {
		t.Fatalf("without the right: exit %d\n%s", code, errs)
	}
	c.slapd.SetAccess(
		`to dn.subtree="`+importUsers+`" by dn.exact="`+importerDN+`" write by users read`,
		`to dn.subtree="`+importGroups+`" by dn.exact="`+importerDN+`" write by users read`,
	)
	out := c.must(exitDone, "import", "--write-back", "corp", "--yes")
	if !strings.Contains(out, "Made in source corp: 0 users, 3 groups") {
		t.Errorf("the second run says:\n%s", out)
	}
	if got := c.entries()["cn=Marketing,"+importGroups]; len(got) != 2 {
		t.Errorf("Marketing has %v", got)
	}
	if status := c.status(); len(status.Imported) != 3 {
		t.Errorf("imported groups: %+v", status.Imported)
	}
}

func (c *company) status() syncer.Status {
	c.t.Helper()
	var s syncer.Status
	_, out, _ := c.run("status", "-o", "json")
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		c.t.Fatal(err)
	}
	return s
}
