package ad_test

import (
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestMemberDeletedBetweenParts: who follows a deleted member has another place in the
// list, and the group's own number does not tell.
func TestMemberDeletedBetweenParts(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]int{"the first": 0, "the last of a part": adtest.MaxValues - 1, "of the next part": adtest.MaxValues} {
		t.Run(name, func(t *testing.T) {
			d := adtest.New(t, connectortest.Canary)
			ids := crowd(d, 2*adtest.MaxValues+10)
			all := d.AddGroup(adtest.Groups, "all", 0, slices.Clone(ids)...)
			done := false
			d.AfterPart(func(id adtest.ID, first int) {
				if id == all && first == 0 && !done {
					done = true
					d.Delete(ids[at])
				}
			})
			c, _ := open(t, config(d))
			s, _ := connectortest.MustRead(t, c)
			got := s.ByName(t, "all").Members
			for i, id := range ids {
				if i != at && !slices.Contains(got, string(id)) {
					t.Errorf("number %d is missing", i)
				}
			}
		})
	}
}

// TestPartsThatLeadNowhere: each part begins with a member that is known, so that one
// alone has no end.
func TestPartsThatLeadNowhere(t *testing.T) {
	w := newCompany(t)
	w.Set(func(s *adtest.Settings) { s.MaxValues = 1 })
	c, _ := open(t, w.config())
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Corrupt)
	w.Set(func(s *adtest.Settings) { s.MaxValues = 2 })
	s, _ := connectortest.MustRead(t, c)
	if got := s.ByName(t, "engineering"); len(got.Members)+s.MissingIn(t, "engineering") != 3 {
		t.Errorf("members %v and %d unresolved, want 3", got.Members, s.MissingIn(t, "engineering"))
	}
}

// TestRightLostBetweenParts: a part without members is not the last one, and without
// its number nobody knows whether a group stayed the same.
func TestRightLostBetweenParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		class connectors.Class
	}{{"member", connectors.Transient}, {"uSNChanged", connectors.Rejected}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := adtest.New(t, connectortest.Canary)
			all := d.AddGroup(adtest.Groups, "all", 0, crowd(d, 2*adtest.MaxValues)...)
			d.AfterPart(func(id adtest.ID, first int) {
				if id == all && first == 0 {
					hide(d, tt.name)
				}
			})
			c, _ := open(t, config(d))
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class)
		})
	}
}
