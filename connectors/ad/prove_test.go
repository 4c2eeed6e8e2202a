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
