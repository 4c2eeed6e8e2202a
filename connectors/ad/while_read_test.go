package ad_test

import (
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestPrimaryGroupChangesWhileRead: who is moved from the list of members of a group to
// its primary members is not lost between the two, without numbers either.
func TestPrimaryGroupChangesWhileRead(t *testing.T) {
	for _, hidden := range []string{"", "uSNChanged"} {
		w := newCompany(t)
		hide(w.Domain, hidden)
		staff := w.AddGroup(adtest.Groups, "staff", 7777, w.ada)
		done := false
		w.After(func(q adtest.Query) {
			if q.Base == strings.ToLower(adtest.People) && !q.Listing && !q.ByID && !done {
				done = true // the domain takes her off the list of her new primary group
				w.Modify(w.ada, "primaryGroupID", "7777")
				w.SetMembers(staff)
			}
		})
		c, _ := open(t, w.config())
		_, _, err := connectortest.Read(t, c)
		connectortest.WantError(t, err, connectors.Transient)
		if s, _ := connectortest.MustRead(t, c); !slices.Equal(s.ByName(t, "staff").Members, []string{string(w.ada)}) {
			t.Errorf("members of staff: %v, want ada", s.ByName(t, "staff").Members)
		}
	}
}

// afterListing does something once the groups were listed, and before they are read.
func (c *company) afterListing(do func()) {
	seen := 0
	c.After(func(q adtest.Query) {
		if q.Base != strings.ToLower(adtest.Groups) || !q.Listing {
			return
		}
		if seen++; seen == 2 { // the first one is a look at the base
			do()
		}
	})
}

// TestPrimaryMembersOfAGroupThatComes into what is read while groups are read.
func TestPrimaryMembersOfAGroupThatComes(t *testing.T) {
	w := newCompany(t)
	w.Move(w.all, "CN=Domain Users", w.other)
	w.afterListing(func() { w.Move(w.all, "CN=Domain Users", adtest.Groups) })
	c, _ := open(t, w.config())
	s, _ := connectortest.MustRead(t, c)
	if got := len(s.ByName(t, "Domain Users").Members); got != 3 {
		t.Errorf("%d members of Domain Users, want 3", got)
	}
}

// TestNestedGroupThatComes into what is read after a group that has it as a member: the
// next changes state that group again.
func TestNestedGroupThatComes(t *testing.T) {
	w := newCompany(t)
	inner := w.AddGroup(w.other, "inner", 0, w.ada)
	w.SetMembers(w.board, w.carl, inner)
	w.afterListing(func() { w.Move(inner, "CN=inner", adtest.Groups) })
	c, _ := open(t, w.config())
	s, complete := connectortest.MustRead(t, c)
	connectortest.Follow(t, c, s, complete.Evidence().Cursor)
	other, _ := open(t, w.config())
	whole, _ := connectortest.MustRead(t, other)
	connectortest.WantSame(t, whole, s)
}
