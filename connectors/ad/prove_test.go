package ad_test

import (
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestWhoShowsNothingIsNotAbsent: the entry of somebody who was made an administrator
// inherits no rights any more. No filter finds it then, and it is there.
func TestWhoShowsNothingIsNotAbsent(t *testing.T) {
	for name, change := range map[string]func(*adtest.Settings, adtest.ID){
		"no attribute": func(s *adtest.Settings, id adtest.ID) { s.Unreadable = []adtest.ID{id} },
		"no entry":     func(s *adtest.Settings, id adtest.ID) { s.Unseen = []adtest.ID{id} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newCompany(t)
			c, _ := open(t, w.config())
			s, _ := connectortest.MustRead(t, c)
			person := claimOf(w.ada, []adtest.ID{w.bob})
			person.Container = s.ByEmail(t, "ada@example.com").Container
			group := connectors.Claim{
				Kind: connectors.GroupObject, ID: string(w.engineering), Container: s.ByName(t, "engineering").Container, Controls: []string{string(w.board)},
			}
			for _, claim := range []connectors.Claim{person, group} {
				w.Set(func(s *adtest.Settings) { change(s, adtest.ID(claim.ID)) })
				got, err := c.Prove(t.Context(), claim)
				if connectortest.WantError(t, err, connectors.Rejected); got != connectors.Undecided {
					t.Errorf("a %s whose entry shows nothing is %s", claim.Kind, got)
				}
			}
			w.Set(func(s *adtest.Settings) { s.Unreadable, s.Unseen = nil, nil })
			w.Delete(w.ada)
			if got, err := c.Prove(t.Context(), person); err != nil || got != connectors.Absent {
				t.Errorf("somebody who was deleted is %s, %v", got, err)
			}
		})
	}
}

// TestMembershipByTheUser asks users for the groups that their own entries list, beside their
// primary group. An empty list says nothing, and neither does one that cannot be read whole.
func TestMembershipByTheUser(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	gone := adtest.ID("00000000-0000-4000-8000-000000000099")
	for _, tt := range []struct {
		name        string
		user, group adtest.ID
		set         func(*adtest.Settings)
		listed      []string // groups that list the user
		want        connectors.Presence
	}{
		{"listed", w.ada, w.engineering, nil, nil, connectors.Present},
		{"not listed", w.carl, w.engineering, nil, nil, connectors.Absent},
		{"not listed, and neither is a group that lists the user", w.carl, w.engineering, nil, []string{string(gone)}, connectors.Undecided},
		{"the primary group", w.carl, w.all, nil, nil, connectors.Present},
		{"a list that is hidden", w.ada, w.engineering, func(s *adtest.Settings) { s.Hidden = []string{"memberOf"} }, nil, connectors.Undecided},
		{"no such user", gone, w.engineering, nil, nil, connectors.Undecided},
		{"no such group", w.ada, gone, nil, nil, connectors.Undecided},
	} {
		w.Set(func(s *adtest.Settings) {
			*s = adtest.Settings{}
			if tt.set != nil {
				tt.set(s)
			}
		})
		claim := connectors.Claim{Kind: connectors.MembershipObject, ID: string(tt.user), Group: string(tt.group), Controls: tt.listed}
		if got, err := c.Prove(t.Context(), claim); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
	w.AddGroup(adtest.Groups, "sales", 0, w.carl)
	w.Set(func(s *adtest.Settings) { s.MaxValues = 1 })
	claim := connectors.Claim{Kind: connectors.MembershipObject, ID: string(w.carl), Group: string(w.engineering)}
	if got, err := c.Prove(t.Context(), claim); err == nil || got != connectors.Undecided {
		t.Errorf("a list in parts: %s, %v", got, err)
	}
}
