//go:build e2e

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// openLDAP is a slapd as a tree.
type openLDAP struct{ *slapdtest.Server }

// member returns the attribute and the value by which a group of slapd has a person.
func member(group, person int) (attribute, value string) {
	return [3]string{"member", "uniqueMember", "memberUid"}[group%3],
		[3]string{slapdtest.PersonDN(person), slapdtest.PersonDN(person), slapdtest.PersonUID(person)}[group%3]
}

func (d openLDAP) join(person, group int) {
	d.AddPerson(person)
	attribute, value := member(group, person)
	d.Include(slapdtest.GroupDN(group), attribute, value)
}

func (d openLDAP) leave(person, group int) {
	attribute, value := member(group, person)
	d.Exclude(slapdtest.GroupDN(group), attribute, value)
}

func (d openLDAP) enable(person int, on bool) {
	if on {
		d.Modify(slapdtest.PersonDN(person), "employeeType")
		return
	}
	d.Modify(slapdtest.PersonDN(person), "employeeType", "terminated")
}

func (d openLDAP) rename(person int, name string) {
	d.Modify(slapdtest.PersonDN(person), "displayName", name)
}

func (d openLDAP) nest(person, inner int) {
	d.Include(fmt.Sprintf("cn=inner%d,%s", inner, slapdtest.GroupsBase), "member", slapdtest.PersonDN(person))
}

// newOpenLDAP returns a company of so many users, where the source selects those that the
// filter finds; empty: all.
func newOpenLDAP(t testing.TB, people int, filter string) *ringing {
	t.Helper()
	var ldif strings.Builder
	for i := range nests {
		fmt.Fprintf(&ldif, "dn: cn=inner%[1]d,%[2]s\nobjectClass: groupOfNames\ncn: inner%[1]d\nmember: %[3]s\n\n", i, slapdtest.GroupsBase, slapdtest.PersonDN(i))
		fmt.Fprintf(&ldif, "dn: cn=outer%[1]d,%[2]s\nobjectClass: groupOfNames\ncn: outer%[1]d\nmember: cn=inner%[1]d,%[2]s\n\n", i, slapdtest.GroupsBase)
	}
	r := &ringing{people: people, groups: people / perGroup}
	r.company = newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: people, Groups: r.groups, GroupSize: perGroup, LDIF: ldif.String(), Sync: slapdtest.SyncLog},
		dir:   syncertest.Directory{}, rules: ringingRules(people),
		ldap: "    attributes: {disabled: {attribute: employeeType, values: [terminated]}}\n",
	})
	if filter != "" {
		base := fmt.Sprintf("users: {base: %q", slapdtest.UsersBase)
		r.source = func(address string) string {
			return strings.Replace(r.slapdSource(address), base, base+fmt.Sprintf(", filter: %q", filter), 1)
		}
	}
	r.tree, r.restart = openLDAP{r.slapd}, r.slapd.Restart
	r.begin()
	return r
}

// TestRings follows a slapd: a ring costs a bind and four searches.
func TestRings(t *testing.T) {
	t.Parallel()
	newOpenLDAP(t, 2000, "").follow(5)
}

// TestRingsOutOfSelection: a user that the source does not select any more is deleted for all
// that the source says of what changed. The user is looked up, is not found while others of the
// unit are, and leaves.
func TestRingsOutOfSelection(t *testing.T) {
	t.Parallel()
	r := newOpenLDAP(t, 100, "(!(employeeType=external))")
	r.serve()
	defer func() { r.stop() }()
	before := len(r.writer.Ledger())
	r.slapd.Modify(slapdtest.PersonDN(20), "employeeType", "external")
	r.until(func() string { return "the end of the account" }, time.Minute, func() bool {
		return slices.ContainsFunc(r.writer.Since(before), func(e sandbox.Entry) bool { return e.Change == sandbox.Deactivated && e.Email == mail(20) })
	})
	if n := r.active(); n != 99 {
		t.Errorf("%d active accounts, want 99", n)
	}
}

// BenchmarkRings measures with 20,000 people in a slapd.
func BenchmarkRings(b *testing.B) { newOpenLDAP(b, 20_000, "").measure(b) }
