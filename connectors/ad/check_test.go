package ad_test

import (
	"errors"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*company, *ad.Config)
		faults []string
		says   []string
	}{
		{"as it should be", func(*company, *ad.Config) {}, nil, []string{"dc1.corp.example answered", "of a kind: 1."}},
		{"a clock that is wrong", func(w *company, _ *ad.Config) {
			w.SetClock(func() time.Time { return time.Now().Add(time.Hour) })
		}, []string{"clock"}, []string{"h0m0s apart"}},
		{"no account control", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.Hidden = []string{"userAccountControl"} })
		}, []string{"people"}, []string{"3 of the first 3 people show no userAccountControl"}},
		{"no primary groups", func(w *company, _ *ad.Config) { hide(w.Domain, "primaryGroupID") }, []string{"people"}, []string{"3 of the first 3 people show no primaryGroupID"}},
		{"no ends of accounts", func(w *company, _ *ad.Config) { hide(w.Domain, "accountExpires") }, []string{"people"}, []string{"have ended"}},
		{"no numbers", func(w *company, _ *ad.Config) { hide(w.Domain, "uSNChanged") }, []string{"people"}, []string{"every reading is a whole one"}},
		{"no members", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.Hidden = []string{"member"} })
		}, []string{"groups"}, []string{"Not one of the first 3 groups shows a member"}},
		{"no database", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.HidesDatabase = true })
		}, []string{"changes"}, []string{"invocationId"}},
		{"no deleted objects", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.HidesDeleted = true })
		}, nil, []string{"need not"}},
		{"an account of another name", func(_ *company, c *ad.Config) { c.Users.Filter = "(mail=ada@example.com)" }, nil, []string{"first 1 people"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := newCompany(t)
			world.AddUser(adtest.DN, "writersync", map[string][]string{"userPrincipalName": {adtest.User}})
			world.SetMembers(world.board, world.carl, world.engineering, world.AddForeign("S-1-5-11"))
			conf := world.config()
			tt.change(world, conf)
			c, _ := open(t, conf)
			connectortest.WantFindings(t, c, tt.faults, tt.says...)
		})
	}
}

// TestCheckWithoutWatch: what only a watch needs is no fault of a source that has none,
// and what else it is good for is told.
func TestCheckWithoutWatch(t *testing.T) {
	world := newCompany(t)
	world.AddUser(adtest.DN, "writersync", map[string][]string{"userPrincipalName": {adtest.User}})
	world.SetMembers(world.board, world.carl, world.engineering)
	c := unwatched(t, world.config())
	connectortest.WantFindings(t, c, nil, "watch: false")
	world.Set(func(s *adtest.Settings) { s.HidesDatabase, s.Hidden = true, []string{"uSNChanged"} })
	connectortest.WantFindings(t, c, nil, "watch: false", "put back to an earlier state")
}

// TestUnwatchedKeepsNoRoster: where nobody watches, a reading says where in history it
// began, and leaves nothing in memory to go on from.
func TestUnwatchedKeepsNoRoster(t *testing.T) {
	world := newCompany(t)
	c := unwatched(t, world.config())
	_, complete := connectortest.MustRead(t, c)
	since := complete.Evidence().Cursor
	if since == "" {
		t.Fatal("the reading names no cursor")
	}
	if _, _, err := connectortest.Changes(t, c, since); !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("changes end with %v, want ErrCursorLost", err)
	}
}

// unwatched opens a connector that nobody watches with.
func unwatched(t *testing.T, c *ad.Config) connectors.Connector {
	t.Helper()
	env := connectortest.Env(&connectortest.Requests{})
	env.Watched = false
	opened, err := c.Open(env)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}
