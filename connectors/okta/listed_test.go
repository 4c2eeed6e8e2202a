package okta_test

import (
	"net/http"
	"testing"

	"writersync/connectors"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestGroupIsNotListedAnyMore reads without a group of the last reading that is gone, has
// another name, or is not in the filter any more.
func TestGroupIsNotListedAnyMore(t *testing.T) {
	for name, groups := range map[string]okta.Groups{
		"by name":   {Types: []string{"OKTA_GROUP"}, Names: []string{"group *"}},
		"by filter": {Types: []string{"OKTA_GROUP"}, Names: []string{"group *"}, Filter: `type eq "OKTA_GROUP"`},
	} {
		t.Run(name, func(t *testing.T) {
			org := serve(t, 6, 4)
			c := open(t, org, func(c *okta.Config) { c.Groups = groups })
			mustRead(t, c)
			org.Delete(groupID(0))
			for i, change := range []func(*oktatest.Group){
				func(g *oktatest.Group) { g.Name = "another" }, func(g *oktatest.Group) { g.Type = "APP_GROUP" },
			} {
				g, _ := org.Group(groupID(i + 1))
				change(&g)
				org.PutGroup(g)
			}
			if got := mustRead(t, c); len(got.Groups) != 1 || got.Groups[0].ID != groupID(3) {
				t.Errorf("%d groups were stated, want 1", len(got.Groups))
			}
		})
	}
}

// TestCountsAreLearnt reads an organization of either kind again and again, with people
// who come, leave, come back and are deleted, and lists Everyone once.
func TestCountsAreLearnt(t *testing.T) {
	for name, countsGone := range map[string]bool{"who left is counted": true, "who left is not counted": false} {
		t.Run(name, func(t *testing.T) {
			org := serve(t, 30, 2)
			org.CountsGone = countsGone
			c := open(t, org, nil)
			set := func(i int, status string) {
				u := person(i, org.Now())
				u.Status = status
				org.Put(u)
			}
			set(3, "DEPROVISIONED")
			mustRead(t, c)
			for _, step := range []func(){
				func() { set(4, "DEPROVISIONED") }, func() { set(40, "ACTIVE") }, func() { set(3, "ACTIVE") }, func() { org.Delete(personID(4)) },
			} {
				step()
				mustRead(t, c)
			}
			if n := paths(org.Requests())["GET /api/v1/groups/00geveryone/users"]; n != 1 {
				t.Errorf("the members of Everyone were listed %d times, want once", n)
			}
		})
	}
}

// TestGroupThatIsNotSelected asks for groups that are there and that the configuration does
// not select any more.
func TestGroupThatIsNotSelected(t *testing.T) {
	for name, groups := range map[string]okta.Groups{
		"by type":   {Types: []string{"OKTA_GROUP"}},
		"by filter": {Types: []string{"OKTA_GROUP"}, Filter: `type eq "OKTA_GROUP"`},
	} {
		t.Run(name, func(t *testing.T) {
			org := serve(t, 6, 4)
			g, _ := org.Group(groupID(1))
			g.Type = "APP_GROUP"
			org.PutGroup(g)
			org.Delete(groupID(2))
			p := open(t, org, func(c *okta.Config) { c.Groups = groups }).(connectors.Prover)
			for _, tt := range []struct {
				group    string
				controls []string
				want     connectors.Presence
			}{
				{groupID(1), []string{groupID(0), groupID(3)}, connectors.Deselected},
				{groupID(1), []string{groupID(0), groupID(2)}, connectors.Undecided},
				{groupID(1), nil, connectors.Undecided},
				{groupID(0), []string{groupID(3)}, connectors.Present},
				{groupID(2), []string{groupID(0)}, connectors.Absent},
				{groupID(2), []string{groupID(1)}, connectors.Undecided}, // that control is not selected
			} {
				got, err := p.Prove(t.Context(), connectors.Claim{Kind: connectors.GroupObject, ID: tt.group, Controls: tt.controls})
				if err != nil || got != tt.want {
					t.Errorf("%s beside %v: %s, %v; want %s", tt.group, tt.controls, got, err, tt.want)
				}
			}
		})
	}
}

// TestMembershipByTheUser asks users for their groups. Where their list does not show the group
// of everybody, or the group is not shown, nothing is known.
func TestMembershipByTheUser(t *testing.T) {
	org := serve(t, 6, 3)
	g, _ := org.Group(groupID(1))
	g.Members = []string{personID(0), personID(2)}
	org.PutGroup(g)
	p := open(t, org, nil).(connectors.Prover)
	for _, tt := range []struct {
		user, group string
		tamper      func(*http.Request, *oktatest.Answer)
		want        connectors.Presence
	}{
		{personID(0), groupID(1), nil, connectors.Present},
		{personID(1), groupID(1), nil, connectors.Absent},
		{personID(99), groupID(1), nil, connectors.Undecided},
		{personID(0), groupID(99), nil, connectors.Undecided},
		{personID(1), groupID(1), oktatest.Replace("/api/v1/users/"+personID(1)+"/groups", `"Everyone"`, `"Some"`), connectors.Undecided},
	} {
		org.Tamper(tt.tamper)
		got, err := p.Prove(t.Context(), connectors.Claim{Kind: connectors.MembershipObject, ID: tt.user, Group: tt.group})
		if err != nil || got != tt.want {
			t.Errorf("%s in %s: %s, %v; want %s", tt.user, tt.group, got, err, tt.want)
		}
	}
}
