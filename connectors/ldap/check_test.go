package ldap_test

import (
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// checkFindings compares what is not right, and looks for words in all of it.
func checkFindings(t *testing.T, c *ldap.Connector, faults []string, says ...string) {
	t.Helper()
	found, err := c.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var bad []string
	all := ""
	for _, f := range found {
		if !f.OK {
			bad = append(bad, f.What)
		}
		all += f.What + ": " + f.Text + "\n"
	}
	if !slices.Equal(bad, faults) {
		t.Errorf("faults %v, want %v:\n%s", bad, faults, all)
	}
	for _, words := range says {
		if !strings.Contains(all, words) {
			t.Errorf("nothing says %q:\n%s", words, all)
		}
	}
	if strings.Contains(all, "@example.com") {
		t.Errorf("an address is shown:\n%s", all)
	}
}

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
			r.entry = func(dn string) answer {
				if i := slices.IndexFunc(entries, func(e entry) bool { return e.dn == dn }); i >= 0 {
					return answer{entries: entries[i : i+1]}
				}
				return answer{code: goldap.LDAPResultNoSuchObject}
			}
			cfg := plainConfig(r.url)
			cfg.Groups.Base = groupsBase
			c, _ := open(t, cfg)
			checkFindings(t, c, tt.faults, tt.says)
		})
	}
}

func TestCheckOfACredential(t *testing.T) {
	r := respond(t, func(search) answer { return answer{entries: people(0, 1)} })
	r.refuse(goldap.LDAPResultInvalidCredentials)
	c, _ := open(t, plainConfig(r.url))
	checkFindings(t, c, []string{"credential"}, "bind as")
	r.refuse(goldap.LDAPResultUnavailable)
	c, _ = open(t, plainConfig(r.url))
	if _, err := c.Check(t.Context()); connectors.ClassOf(err) != connectors.Transient {
		t.Errorf("error %v, want that it could not look", err)
	}
}
