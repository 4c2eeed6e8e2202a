package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestDangling: members whom their group does not name any more stay, and groups in use
// say so; of many, the first few do.
func TestDangling(t *testing.T) {
	const groups = 12
	in := plan.Input{
		Policy:  plan.Policy{Rules: []plan.Rule{{Group: "team-*", Team: "Team"}}},
		Sources: []plan.Source{{Name: "corp"}},
		People:  []plan.Person{{Ref: connectors.Ref{Source: "corp", ID: "ann"}}, {Ref: connectors.Ref{Source: "corp", ID: "bob"}}},
		Teams:   []plan.Team{{ID: "t1", Name: "Team"}},
	}
	for i := range groups {
		in.Groups = append(in.Groups, plan.Group{
			Ref: connectors.Ref{Source: "corp", ID: fmt.Sprintf("g%02d", i)}, Name: fmt.Sprintf("team-%d", i), Members: []uint32{0, 1}, Dangling: []uint32{1}, Unresolved: 3,
		})
	}
	in.Groups = append(in.Groups, plan.Group{Ref: connectors.Ref{Source: "corp", ID: "h"}, Name: "unused", Members: []uint32{1}, Dangling: []uint32{1}})
	if w := plan.Map(in).Teams[0]; len(w.People) != 2 {
		t.Errorf("%d people are wanted in the team, want both", len(w.People))
	}
	_, warnings := plan.Diff(in)
	var got []string
	for _, w := range warnings {
		if w.Code == plan.UnresolvedMembers {
			got = append(got, w.Text)
		}
	}
	if len(got) != 11 || !strings.Contains(got[0], "group team-0 (corp/g00)") || !strings.Contains(got[0], "has 3 references that name no user: 1;") || !strings.HasPrefix(got[10], "2 more groups") {
		t.Errorf("warnings: %q", got)
	}
}

// TestDanglingText says what is missing in the list of a group.
func TestDanglingText(t *testing.T) {
	for want, g := range map[string]plan.Group{
		"members that its list does not name any more, while it has 2 references": {Dangling: []uint32{1}, Unresolved: 2},
		"does not name a nested group any more, while it has 2 references":        {Replaced: true, Unresolved: 2},
		"does not state any more which groups are nested in it":                   {Replaced: true, NestedUnstated: true},
	} {
		if got := g.DanglingText(); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestDanglingOfSeveral: one person of two sources is one member, and dangles as one.
func TestDanglingOfSeveral(t *testing.T) {
	ann, too := connectors.Ref{Source: "corp", ID: "ann"}, connectors.Ref{Source: "hr", ID: "7"}
	in := plan.Input{
		Policy:  plan.Policy{Rules: []plan.Rule{{Group: "team", Team: "Team"}}, Join: plan.Join{By: connectors.Email}},
		Sources: []plan.Source{{Name: "corp"}, {Name: "hr"}},
		People:  []plan.Person{{Ref: ann}, {Ref: too}},
		Teams:   []plan.Team{{ID: "t1", Name: "Team"}},
		Groups:  []plan.Group{{Ref: connectors.Ref{Source: "hr", ID: "g"}, Name: "team", Members: []uint32{1}, Dangling: []uint32{1}, Unresolved: 1}},
		Joins:   map[connectors.Ref]connectors.Ref{too: ann},
	}
	_, warnings := plan.Diff(in)
	for _, w := range warnings {
		if w.Code == plan.UnresolvedMembers && strings.Contains(w.Text, "name no user: 1;") {
			return
		}
	}
	t.Errorf("warnings: %v", warnings)
}
