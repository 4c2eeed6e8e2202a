package ad_test

import (
	"fmt"
	"testing"

	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestRequests prints what a domain of 10,000 people and 200 groups costs, beside what
// nobody could do with less: pages of a thousand of what is wanted, and nothing that
// shows that it was whole.
func TestRequests(t *testing.T) {
	t.Parallel()
	const people, groups, size = 10_000, 200, 60
	d := adtest.New(t, connectortest.Canary)
	ids := crowd(d, people)
	var teams []adtest.ID
	for i := range groups {
		var members []adtest.ID
		for j := range size {
			members = append(members, ids[(i*size+j)%people])
		}
		teams = append(teams, d.AddGroup(adtest.Groups, fmt.Sprintf("g%03d", i), 0, members...))
	}
	c, seen := open(t, config(d))
	s, complete := connectortest.MustRead(t, c)
	next := complete.Evidence().Cursor
	// A bind; ten pages of people, one of groups.
	seen.Report(t, "whole reading", 1+10+1, 31)

	next = connectortest.Follow(t, c, s, next).Next()
	seen.Report(t, "changes: nothing", 1+1, 4)

	d.SetMembers(teams[0], ids[1])
	delta := connectortest.Follow(t, c, s, next)
	if next = delta.Next(); delta.Stated() != 1 {
		t.Errorf("%d records for one membership", delta.Stated())
	}
	seen.Report(t, "changes: one membership", 1+1+1, 9)

	d.AddUser(adtest.People, "PC1", map[string][]string{"objectClass": {"user", "computer"}, "objectCategory": {"computer"}})
	if delta = connectortest.Follow(t, c, s, next); delta.Stated() != 0 {
		t.Errorf("%d records for a computer", delta.Stated())
	}
	seen.Report(t, "changes: of no interest", 1+1+1, 9)

	claim := claimOf(ids[0], ids[1:6])
	if _, err := c.Prove(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	seen.Report(t, "proof: still there", 1+1, 5)

	claim.Container = s.ByEmail(t, "u00000@example.com").Container
	d.Delete(ids[0])
	if _, err := c.Prove(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	seen.Report(t, "proof", 1+1, 6)
}
