package ldap_test

import (
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
)

// TestRenamedWhileRead has entries change their names after they were listed, and
// groups follow them. A member that the reading does not find must not be taken for
// one who left the group.
func TestRenamedWhileRead(t *testing.T) {
	const married = "uid=u1-married," + peopleBase
	renamed := func(change func(*entry)) []entry {
		all := people(0, 6)
		change(&all[1])
		return all
	}
	name := func(e *entry) { e.dn = married }
	uid := func(e *entry) { e.attributes["uid"] = []string{"u1-married"} }
	tests := []struct {
		name   string
		member map[string][]string
		later  []entry // who the people are once the groups were asked for
		fails  bool
		looks  int // searches for people after that
	}{
		{"a person", map[string][]string{"member": {married}}, renamed(name), true, 1},
		{"a person in other case", map[string][]string{"member": {"UID=U1-Married, OU=People, DC=Example, DC=Com"}}, renamed(name), true, 1},
		{"a person with a bit string", map[string][]string{"uniqueMember": {married + "#'01'B"}}, renamed(name), true, 1},
		{"the uid of a person", map[string][]string{"memberUid": {"u1-married"}}, renamed(uid), true, 1},
		{"somebody who came", map[string][]string{"member": {"uid=u6," + peopleBase}}, people(0, 7), false, 1},
		{"somebody who is gone", map[string][]string{"member": {"uid=gone," + peopleBase}}, people(0, 6), false, 1},
		{"many who are gone", map[string][]string{"member": {"uid=a," + peopleBase, "uid=b," + peopleBase, "uid=c,ou=x," + peopleBase}}, people(0, 6), false, 1},
		{"a uid that is gone", map[string][]string{"memberUid": {"gone"}}, people(0, 6), false, 1},
		{"somebody who stands elsewhere", map[string][]string{"member": {"uid=u1,ou=services,dc=example,dc=com"}}, people(0, 6), false, 0},
		{"nobody at all", map[string][]string{"member": {"nonsense"}}, people(0, 6), false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			grouped, looks := false, 0
			cfg := plainConfig(respond(t, func(s search) answer {
				switch {
				case s.base == groupsBase:
					grouped = true
					return answer{entries: team(tt.member)}
				case grouped:
					looks++
					return answer{entries: tt.later}
				}
				return answer{entries: people(0, 6)}
			}).url)
			cfg.Groups.Base = groupsBase
			c, _ := open(t, cfg)
			_, complete, err := connectortest.Read(t, c)
			if looks != tt.looks {
				t.Errorf("people were searched for %d times after the groups, want %d", looks, tt.looks)
			}
			if tt.fails {
				connectortest.WantError(t, err, connectors.Transient)
				if err != nil && (!strings.Contains(err.Error(), "changed while it was read") || strings.Contains(err.Error(), "married")) {
					t.Errorf("error %q", err)
				}
			} else if n := len(tt.member["member"]) + len(tt.member["memberUid"]); err != nil || complete.Unresolved() != n {
				t.Errorf("%d members unresolved, error %v; want %d", complete.Unresolved(), err, n)
			}
		})
	}
}

// TestGroupRenamedWhileRead has a group renamed after its own entry came, and before
// that of the one that it is nested in.
func TestGroupRenamedWhileRead(t *testing.T) {
	inner := team(nil)[0]
	outer := entry{"cn=outer," + groupsBase, map[string][]string{"entryUUID": {"id-outer"}, "cn": {"outer"}, "member": {"cn=renamed," + groupsBase}}}
	renamed := entry{"cn=renamed," + groupsBase, inner.attributes}
	listed := false
	cfg := plainConfig(respond(t, func(s search) answer {
		switch {
		case s.base != groupsBase:
			return answer{entries: people(0, 3)}
		case s.groups:
			listed = true
		case listed && !s.names:
			return answer{entries: []entry{renamed, outer}}
		}
		return answer{entries: []entry{inner, outer}}
	}).url)
	cfg.Groups.Base = groupsBase
	c, _ := open(t, cfg)
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Transient)
}

// TestUIDOfSeveral: a uid that is nobody for being that of several people stays so,
// and needs no second look.
func TestUIDOfSeveral(t *testing.T) {
	grouped := false
	cfg := plainConfig(respond(t, func(s search) answer {
		if s.base == groupsBase {
			grouped = true
			return answer{entries: team(map[string][]string{"memberUid": {"same"}})}
		}
		all := people(0, 3)
		all[0].attributes["uid"], all[1].attributes["uid"] = []string{"same"}, []string{"same"}
		if grouped {
			t.Error("people were searched for again")
		}
		return answer{entries: all}
	}).url)
	cfg.Groups.Base = groupsBase
	c, _ := open(t, cfg)
	if _, complete := connectortest.MustRead(t, c); complete.Unresolved() != 1 {
		t.Errorf("%d members unresolved, want 1", complete.Unresolved())
	}
}
