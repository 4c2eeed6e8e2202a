package ad_test

import (
	"errors"
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestRightOnMembersLost: what the account may not read any more is not empty.
func TestRightOnMembersLost(t *testing.T) {
	tests := []struct {
		name   string
		hidden []string
		class  connectors.Class
		says   string
	}{
		{"member", []string{"member"}, connectors.Rejected, "attributes member of groups"},
		{"primaryGroupID", []string{"primaryGroupID"}, connectors.Rejected, "primaryGroupID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newCompany(t)
			hide(w.Domain, tt.hidden...)
			c, _ := open(t, w.config())
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class, tt.says)
		})
	}
}

// TestRightOnMembershipsLost: groups that did not change have not lost their members,
// whatever people's entries show.
func TestRightOnMembershipsLost(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	connectortest.MustRead(t, c)
	hide(w.Domain, "member", "memberOf")
	w.SetMembers(w.board) // which is empty now
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Rejected)
	w.SetMembers(w.engineering)
	if s, _ := connectortest.MustRead(t, c); len(s.ByName(t, "engineering").Members) > 0 {
		t.Error("engineering has members")
	}
}

// TestRightOnMembersLostIsNoChange: what changed does not state a group as empty then,
// whatever people's entries show.
func TestRightOnMembersLostIsNoChange(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	s, complete := connectortest.MustRead(t, c)
	hide(w.Domain, "member", "memberOf")
	w.SetMembers(w.engineering, w.ada)
	if _, _, err := connectortest.Changes(t, c, complete.Evidence().Cursor); !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("ended with %v, want %v", err, connectors.ErrCursorLost)
	}
	hide(w.Domain)
	w.SetMembers(w.engineering)
	connectortest.Follow(t, c, s, complete.Evidence().Cursor)
	if got := s.ByName(t, "engineering").Members; len(got) > 0 {
		t.Errorf("members %v of a group that was emptied", got)
	}
}

// TestGroupsWithoutMembers: that no group has a member is no fault, where nobody is in
// one.
func TestGroupsWithoutMembers(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	connectortest.MustRead(t, c)
	for _, group := range []adtest.ID{w.engineering, w.board} {
		w.SetMembers(group)
	}
	w.AddGroup(w.other, "elsewhere", 0, w.ada) // which is not read
	if _, complete := connectortest.MustRead(t, c); complete.Size().Groups != 3 {
		t.Errorf("%d groups, want 3", complete.Size().Groups)
	}
}

// TestNumbersUnreadable: without update sequence numbers a reading is as good, and
// nothing tells of changes.
func TestNumbersUnreadable(t *testing.T) {
	w := newCompany(t)
	hide(w.Domain, "uSNChanged")
	c, _ := open(t, w.config())
	if _, complete := connectortest.MustRead(t, c); complete.Evidence().Cursor != "" {
		t.Errorf("the cursor is %q", complete.Evidence().Cursor)
	}
	w.Set(func(s *adtest.Settings) { s.Hidden, s.Unreadable = nil, nil })
	for name, id := range map[string]adtest.ID{"a person": w.ada, "a group": w.board, "a unit": w.unit} {
		w.Set(func(s *adtest.Settings) { s.Unnumbered = []adtest.ID{id} })
		other, _ := open(t, w.config())
		if _, complete := connectortest.MustRead(t, other); complete.Evidence().Cursor != "" {
			t.Errorf("%s shows no number, and the cursor is %q", name, complete.Evidence().Cursor)
		}
	}
}
