package ad_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
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
			_, _, err := read(t, c)
			wantError(t, err, tt.class)
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
		})
	}
}

// TestRightOnMembershipsLost: groups that did not change have not lost their members,
// whatever people's entries show.
func TestRightOnMembershipsLost(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	mustRead(t, c)
	hide(w.Domain, "member", "memberOf")
	w.SetMembers(w.board) // which is empty now
	_, _, err := read(t, c)
	wantError(t, err, connectors.Rejected)
	w.SetMembers(w.engineering)
	if s, _ := mustRead(t, c); len(s.group(t, "engineering").Members) > 0 {
		t.Error("engineering has members")
	}
}

// TestRightOnMembersLostIsNoChange: what changed does not state a group as empty then,
// whatever people's entries show.
func TestRightOnMembersLostIsNoChange(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	s, complete := mustRead(t, c)
	hide(w.Domain, "member", "memberOf")
	w.SetMembers(w.engineering, w.ada)
	if _, err := c.Changes(t.Context(), complete.Evidence().Cursor, connectors.NewChanges("corp", s)); !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("ended with %v, want %v", err, connectors.ErrCursorLost)
	}
	hide(w.Domain)
	w.SetMembers(w.engineering)
	follow(t, c, s, complete.Evidence().Cursor)
	if got := s.group(t, "engineering").Members; len(got) > 0 {
		t.Errorf("members %v of a group that was emptied", got)
	}
}

// TestGroupsWithoutMembers: that no group has a member is no fault, where nobody is in
// one.
func TestGroupsWithoutMembers(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	mustRead(t, c)
	for _, group := range []adtest.ID{w.engineering, w.board} {
		w.SetMembers(group)
	}
	w.AddGroup(w.other, "elsewhere", 0, w.ada) // which is not read
	if _, complete := mustRead(t, c); complete.Size().Groups != 3 {
		t.Errorf("%d groups, want 3", complete.Size().Groups)
	}
}

// TestEndUnreadable: whether an account has ended is not known then.
func TestEndUnreadable(t *testing.T) {
	w := newCompany(t)
	w.Modify(w.ada, "accountExpires", ending(time.Now().Add(-time.Hour)))
	hide(w.Domain, "accountExpires")
	c, _ := open(t, w.config())
	s, _ := mustRead(t, c)
	if got := s.user(t, "ada@example.com").Status; got != connectors.StatusUnknown {
		t.Errorf("she is %q, want unknown", got)
	}
}

// TestNumbersUnreadable: without update sequence numbers a reading is as good, and
// nothing tells of changes.
func TestNumbersUnreadable(t *testing.T) {
	w := newCompany(t)
	hide(w.Domain, "uSNChanged")
	c, _ := open(t, w.config())
	if _, complete := mustRead(t, c); complete.Evidence().Cursor != "" {
		t.Errorf("the cursor is %q", complete.Evidence().Cursor)
	}
	w.Set(func(s *adtest.Settings) { s.Hidden, s.Unreadable = nil, nil })
	for name, id := range map[string]adtest.ID{"a person": w.ada, "a group": w.board, "a unit": w.unit} {
		w.Set(func(s *adtest.Settings) { s.Unnumbered = []adtest.ID{id} })
		other, _ := open(t, w.config())
		if _, complete := mustRead(t, other); complete.Evidence().Cursor != "" {
			t.Errorf("%s shows no number, and the cursor is %q", name, complete.Evidence().Cursor)
		}
	}
}
