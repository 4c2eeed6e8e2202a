package ldap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

func TestCheck(t *testing.T) {
	const readable = 3 // of the people, who the directory says are in the team
	members := func(from, to int) map[string][]string {
		var names []string
		for _, e := range people(from, to) {
			names = append(names, e.dn)
		}
		return map[string][]string{"member": names}
	}
	tests := []struct {
		name   string
		people []entry
		groups []entry
		hidden string // an attribute
		faults []string
		says   string
	}{
		{name: "as it should be", people: people(0, readable), groups: team(members(0, 3)), says: "3 of 3 members"},
		{name: "polled", people: people(0, readable), groups: team(members(0, 3)), says: "looked for every 30s"},
		{name: "what polling misses", people: people(0, readable), groups: team(members(0, 3)), says: "wait for the next whole reading"},
		{name: "by uid", people: people(0, readable), groups: team(map[string][]string{"memberUid": {"u0", "u9"}}), says: "1 of 2 members"},
		{name: "by a name with a UID", people: people(0, readable), groups: team(map[string][]string{"uniqueMember": {person(0).dn + "#'01'B"}}), says: "1 of 1 members"},
		{name: "nested", people: people(0, readable), groups: team(map[string][]string{"member": {team(nil)[0].dn, "not a name"}}), says: "1 of 2 members"},
		{name: "one of three is nobody", people: people(0, readable), groups: team(members(1, 4)), says: "2 of 3 members"},
		{name: "most are nobody", people: people(0, readable), groups: team(members(2, 9)), faults: []string{"members"}, says: "4 of 5 members of these groups are neither"},
		{name: "no e-mails", people: people(0, readable), groups: team(members(0, 3)), hidden: "mail", faults: []string{"people"}, says: "Not one of the first 3 people shows mail"},
		{name: "no members", people: people(0, readable), groups: team(members(0, 3)), hidden: "member", faults: []string{"groups"}, says: "Not one of the first 1 groups shows a member"},
		{name: "no stamps", people: people(0, readable), groups: team(members(0, 3)), hidden: modified, faults: []string{"changes"}, says: "watch: false"},
		{name: "nobody", groups: team(nil), faults: []string{"people", "groups", "changes"}, says: "Not one person is found below " + peopleBase},
		{name: "no groups", people: people(0, readable), faults: []string{"groups"}, says: "Not one group is found below " + groupsBase},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries := slices.Concat(tt.people, tt.groups)
			for _, e := range entries {
				e.attributes[modified] = []string{"20240304090000Z"}
				e.attributes["uid"] = []string{strings.TrimPrefix(strings.Split(e.dn, ",")[0], "uid=")}
				delete(e.attributes, tt.hidden)
			}
			r := respond(t, func(s search) answer {
				if s.base == groupsBase {
					return answer{entries: tt.groups}
				}
				return answer{entries: tt.people}
			})
			c := openOn(t, r, entries)
			connectortest.WantFindings(t, c, tt.faults, tt.says)
		})
	}
}

// openOn opens a connector to a responder, which finds each of the entries by its name.
func openOn(t *testing.T, r *responder, entries []entry) *ldap.Connector {
	t.Helper()
	r.entry = func(dn string) answer {
		if i := slices.IndexFunc(entries, func(e entry) bool { return e.dn == dn }); i >= 0 {
			return answer{entries: entries[i : i+1]}
		}
		return answer{code: goldap.LDAPResultNoSuchObject}
	}
	cfg := plainConfig(r.url)
	cfg.Groups.Base = groupsBase
	c, _ := open(t, cfg)
	return c
}

// TestCheckOfAHealthyDirectory: nothing is wrong with directories that begin with what has
// no members or no e-mail, that keep somebody in groups who is nobody, or that nobody
// took those who left out of.
func TestCheckOfAHealthyDirectory(t *testing.T) {
	const nobody = "cn=nobody,dc=example,dc=com"
	group := func(i int, members ...string) entry {
		return entry{fmt.Sprintf("cn=g%d,%s", i, groupsBase), map[string][]string{"member": members}}
	}
	var alone, padded []entry // groups of single people, and such as need a member
	for i := range 100 {
		alone = append(alone, entry{fmt.Sprintf("cn=u%d,%s", i, groupsBase), map[string][]string{"gidNumber": {"1"}}})
		padded = append(padded, group(i, nobody))
	}
	old := group(0)
	for i := range 100 {
		dn := person(i).dn
		if i < 40 {
			dn = fmt.Sprintf("uid=left%d,%s", i, peopleBase)
		}
		old.attributes["member"] = append(old.attributes["member"], dn)
	}
	mute := people(0, 100)
	for _, e := range mute {
		delete(e.attributes, "mail")
	}
	of := func(dn ...string) []entry { return []entry{group(200, dn...)} }
	tests := []struct {
		name           string
		people, groups []entry
		says           string
	}{
		{"a group for each person", people(0, 3), slices.Concat(alone, of(person(0).dn)), "None of the first 100 groups shows a member, but others do"},
		{"accounts of machines first", slices.Concat(mute, people(100, 103)), of(person(0).dn), "None of the first 100 people shows mail, but others do"},
		{"a member that is nobody", people(0, 3), slices.Concat(of(nobody, person(0).dn, person(1).dn), padded), "2 of 3 members"},
		{"those who left stand first", people(40, 100), []entry{old}, "3 of 5 members"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries := slices.Concat(tt.people, tt.groups)
			for _, e := range entries {
				e.attributes[modified] = []string{"20240304090000Z"}
			}
			r := respond(t, func(s search) answer {
				found := tt.people
				if s.base == groupsBase {
					found = tt.groups
				}
				for _, attribute := range []string{"mail", "member"} {
					if strings.Contains(s.filter, "("+attribute+"=*)") {
						found = slices.DeleteFunc(slices.Clone(found), func(e entry) bool { return len(e.attributes[attribute]) == 0 })
					}
				}
				return answer{entries: found}
			})
			c := openOn(t, r, entries)
			connectortest.WantFindings(t, c, nil, tt.says)
		})
	}
}

// TestCheckWithoutWatch: what only a watch needs is no fault of a source that has none.
func TestCheckWithoutWatch(t *testing.T) {
	r := respond(t, func(search) answer { return answer{entries: people(0, 1)} }) // without stamps
	for unwatched, faults := range map[bool][]string{false: {"changes"}, true: nil} {
		env := connectortest.Env(&connectortest.Requests{})
		env.Watched = !unwatched
		opened, err := plainConfig(r.url).Open(env)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := opened.(*ldap.Connector)
		connectortest.WantFindings(t, c, faults, "watch: false")
	}
}

func TestCheckOfACredential(t *testing.T) {
	r := respond(t, func(search) answer { return answer{entries: people(0, 1)} })
	r.refuse(goldap.LDAPResultInvalidCredentials)
	c, _ := open(t, plainConfig(r.url))
	connectortest.WantFindings(t, c, []string{"credential"}, "bind as")
	r.refuse(goldap.LDAPResultUnavailable)
	c, _ = open(t, plainConfig(r.url))
	if _, err := c.Check(t.Context()); connectors.ClassOf(err) != connectors.Transient {
		t.Errorf("error %v, want that it could not look", err)
	}
}
