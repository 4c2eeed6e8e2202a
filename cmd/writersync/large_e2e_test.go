//go:build e2e

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer/syncertest"
)

// The large directory: 10,000 people, 200 groups of which two nest others, and
// one of 5,000 members.
const (
	largePeople = 10_000
	largeGroups = 197 // of 40 members each, by turns of three kinds
	largeSize   = 40
)

func largeCompany(t *testing.T) *company {
	t.Helper()
	dir := syncertest.Directory{People: map[string]syncertest.Person{}, Groups: map[string]syncertest.Group{}}
	for i := range largePeople {
		uid := slapdtest.PersonUID(i)
		dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: fmt.Sprintf("Person %05d", i)}
	}
	rules := map[string]string{"all-hands": "All Hands", "umbrella": "Umbrella", "outer": "Outer"}
	for i := range largeGroups {
		name := fmt.Sprintf("g%03d", i)
		var g syncertest.Group
		for j := range largeSize {
			g.Members = append(g.Members, slapdtest.PersonUID((i*largeSize+j)%largePeople))
		}
		dir.Groups[name], rules[name] = g, "Team "+name
	}
	var ldif strings.Builder
	fmt.Fprintf(&ldif, "dn: cn=all-hands,%s\nobjectClass: groupOfNames\ncn: all-hands\n", slapdtest.GroupsBase)
	var all syncertest.Group
	for i := range 5000 {
		fmt.Fprintf(&ldif, "member: %s\n", slapdtest.PersonDN(2*i+1))
		all.Members = append(all.Members, slapdtest.PersonUID(2*i+1))
	}
	// outer and umbrella nest each other: a cycle.
	fmt.Fprintf(&ldif, "\ndn: cn=umbrella,%[1]s\nobjectClass: groupOfNames\ncn: umbrella\nmember: %[2]s\nmember: %[3]s\nmember: cn=outer,%[1]s\n", slapdtest.GroupsBase, slapdtest.GroupDN(0), slapdtest.GroupDN(3))
	fmt.Fprintf(&ldif, "\ndn: cn=outer,%[1]s\nobjectClass: groupOfNames\ncn: outer\nmember: cn=umbrella,%[1]s\nmember: %[2]s\n\n", slapdtest.GroupsBase, slapdtest.PersonDN(9998))
	dir.Groups["all-hands"] = all
	dir.Groups["umbrella"] = syncertest.Group{Nested: []string{"g000", "g003", "outer"}}
	dir.Groups["outer"] = syncertest.Group{Nested: []string{"umbrella"}, Members: []string{slapdtest.PersonUID(9998)}}
	return newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: largePeople, Groups: largeGroups, GroupSize: largeSize, LDIF: ldif.String()}, dir: dir, rules: rules,
	})
}

// regroup writes the members of sample group i, in the form its kind wants.
func (c *company) regroup(i int, members []string) {
	c.t.Helper()
	name := fmt.Sprintf("g%03d", i)
	c.dir.Groups[name] = syncertest.Group{Members: members}
	values := make([]string, len(members))
	for n, uid := range members {
		var person int
		if _, err := fmt.Sscanf(uid, "u%d", &person); err != nil {
			c.t.Fatal(err)
		}
		values[n] = slapdtest.PersonDN(person)
		if i%3 == 2 {
			values[n] = uid
		}
	}
	c.slapd.Modify(slapdtest.GroupDN(i), [3]string{"member", "uniqueMember", "memberUid"}[i%3], values...)
}

// TestLargeDirectory pushes a large directory, does nothing, and follows a day's
// churn, within the budgets on requests.
func TestLargeDirectory(t *testing.T) {
	c := largeCompany(t)
	push := c.push()
	counts := c.writer.Counts()
	accounts := len(c.writer.State().Accounts)
	chunks := 0
	for _, team := range c.writer.State().Teams {
		if team.Name != "Everyone" {
			chunks += (len(team.Members) + 99) / 100
		}
	}
	// Both first passes read Writer in full: a page and the empty one that ends
	// the listing, for accounts and teams, and each of 201 teams whose list is empty.
	pages := 2 * (2 + 2 + 1 + 201 + accounts/100)
	t.Logf("push: %d accounts, %d writes (budget %.0f), %d reads (pages %d), took %s", accounts, counts.Writes, 1.02*float64(accounts+chunks), counts.Reads, pages, push.Run.Ended.Sub(push.Run.Started))
	if float64(counts.Writes) > 1.02*float64(accounts+chunks) || counts.Reads > pages {
		t.Errorf("push: %d writes, %d reads: over budget", counts.Writes, counts.Reads)
	}

	before := c.writer.Counts()
	idle, code := c.sync()
	if after := c.writer.Counts(); code != exitDone || after.Reads != before.Reads || after.Writes != before.Writes || len(idle.Plan.Ops) > 0 {
		t.Errorf("idle pass: exit %d, %d reads, %d writes\n%s", code, after.Reads-before.Reads, after.Writes-before.Writes, idle.Plan)
	}
	t.Logf("idle pass took %s", idle.Run.Ended.Sub(idle.Run.Started))

	c.churn()
	before = c.writer.Counts()
	day, code := c.sync()
	after := c.writer.Counts()
	if code != exitDone {
		t.Errorf("churn: exit %d %s\n%s", code, day.Run.Error, day.Plan)
	}
	c.same()
	changedAccounts, teams := map[string]bool{}, map[string]bool{}
	for _, e := range c.writer.Ledger() {
		if e.Seq > before.Reads+before.Writes {
			if e.Team != "" {
				teams[e.Team] = true
			} else {
				changedAccounts[e.Account] = true
			}
		}
	}
	writes, reads := after.Writes-before.Writes, after.Reads-before.Reads
	budget := 1.02 * float64(len(changedAccounts)+len(teams))
	t.Logf("churn: %d accounts, %d teams, %d writes (budget %.0f), %d reads, took %s", len(changedAccounts), len(teams), writes, budget, reads, day.Run.Ended.Sub(day.Run.Started))
	if float64(writes) > budget || reads > 20+len(teams) {
		t.Errorf("churn: %d writes, %d reads: over budget", writes, reads)
	}
	left := map[string]bool{}
	for i := range 20 {
		left[slapdtest.PersonUID(1000+37*i)+"@example.com"] = true
	}
	if duplicates, removals := syncertest.Wrongs(c.writer.Ledger(), left); len(duplicates)+len(removals) > 0 {
		t.Errorf("created twice: %v; wrongly removed: %v", duplicates, removals)
	}
	if idle, code := c.sync(); code != exitDone || len(idle.Plan.Ops) > 0 {
		t.Errorf("after the churn: exit %d\n%s", code, idle.Plan)
	}
}

// churn is a day: 40 joiners, 40 movers, 20 leavers, 20 renames.
func (c *company) churn() {
	c.t.Helper()
	for i := range 20 { // leavers, whose names stay behind in their groups
		person := 1000 + 37*i
		c.slapd.Delete(slapdtest.PersonDN(person))
		delete(c.dir.People, slapdtest.PersonUID(person))
	}
	for i := range 20 {
		person := 2001 + 41*i
		name := fmt.Sprintf("Renamed %d", i)
		c.slapd.Modify(slapdtest.PersonDN(person), "displayName", name)
		p := c.dir.People[slapdtest.PersonUID(person)]
		p.DisplayName = name
		c.dir.People[slapdtest.PersonUID(person)] = p
	}
	for i := range 40 { // one joins and one moves: from group 80+i to group 130+i
		joiner := largePeople + i
		uid := slapdtest.PersonUID(joiner)
		c.slapd.AddPerson(joiner)
		c.dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: "Person " + uid}
		from := slices.Clone(c.dir.Groups[fmt.Sprintf("g%03d", 80+i)].Members)
		to := slices.Clone(c.dir.Groups[fmt.Sprintf("g%03d", 130+i)].Members)
		mover := from[5]
		c.regroup(80+i, slices.Delete(from, 5, 6))
		c.regroup(130+i, append(to, mover, uid))
	}
}
