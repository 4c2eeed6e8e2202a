//go:build e2e

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

// TestUnitRenamed has a unit of ten renamed in a slapd that does not correct the names in
// groups: the ten keep team and account, and the pass and `check` say so, until the group
// has the new name of one and drops the old one of another.
func TestUnitRenamed(t *testing.T) {
	t.Parallel()
	const west, people, renamed = "ou=west," + slapdtest.UsersBase, 40, 10
	var ldif strings.Builder
	fmt.Fprintf(&ldif, "dn: %s\nobjectClass: organizationalUnit\nou: west\n\n", west)
	dir := syncertest.Directory{}
	group := "dn: cn=staff," + slapdtest.GroupsBase + "\nobjectClass: groupOfNames\ncn: staff\n"
	for i := range people {
		group += "member: " + slapdtest.PersonDN(i) + "\n"
	}
	for i := range renamed {
		fmt.Fprintf(&ldif, "dn: uid=w%d,%s\nobjectClass: inetOrgPerson\nuid: w%[1]d\ncn: West %[1]d\nsn: %[1]d\nmail: w%[1]d@example.com\n\n", i, west)
		group += fmt.Sprintf("member: uid=w%d,%s\n", i, west)
	}
	c := newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: people, LDIF: ldif.String() + group + "\n"}, dir: dir, rules: map[string]string{"staff": "Staff"},
	})
	first, _ := c.sync()
	c.approve(first)
	if _, code := c.sync(); code != exitDone {
		t.Fatalf("push: exit %d", code)
	}
	staff := func() []string { return teamOf(c, "Staff") }
	if n := len(staff()); n != people+renamed {
		t.Fatalf("%d in the team, want %d", n, people+renamed)
	}
	c.slapd.Move(west, "ou=far west", "")
	for range 3 { // one would lose the team, and the next two the account
		out, code := c.sync()
		if code != exitDone || !slices.ContainsFunc(out.Run.Warnings, func(w plan.Warning) bool { return w.Code == "unresolved-members" && strings.Contains(w.Text, "staff") }) {
			t.Errorf("exit %d, warnings %v\n%s", code, out.Run.Warnings, out.Plan)
		}
	}
	if n := len(staff()); n != people+renamed {
		t.Errorf("%d in the team after the unit was renamed, want %d", n, people+renamed)
	}
	if _, out, _ := c.run("check"); !strings.Contains(out, "group staff") {
		t.Errorf("check says nothing of the group:\n%s", out)
	}
	name := "cn=staff," + slapdtest.GroupsBase
	c.slapd.Exclude(name, "member", "uid=w0,"+west)
	c.slapd.Include(name, "member", "uid=w0,ou=far west,"+slapdtest.UsersBase)
	c.slapd.Exclude(name, "member", "uid=w1,"+west)
	if _, code := c.sync(); code != exitDone {
		t.Errorf("after the group was corrected: exit %d", code)
	}
	if got := staff(); len(got) != people+renamed-1 || !slices.Contains(got, "w0@example.com") || slices.Contains(got, "w1@example.com") {
		t.Errorf("in the team: %v", got)
	}
}

// teamOf returns who is in a team of Writer.
func teamOf(c *company, name string) []string {
	c.t.Helper()
	for _, team := range c.writer.State().Teams {
		if team.Name == name {
			return team.Members
		}
	}
	c.t.Fatalf("Writer has no team %s", name)
	return nil
}
