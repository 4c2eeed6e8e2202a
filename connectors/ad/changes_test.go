package ad_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// A company is a small domain that changes.
type company struct {
	*adtest.Domain
	ada, bob, carl, outsider adtest.ID
	engineering, board, all  adtest.ID
	unit                     adtest.ID
	other                    string // a unit beside the ones that are read
}

func newCompany(t testing.TB) *company {
	c := &company{Domain: adtest.New(t, connectortest.Canary)}
	person := func(parent, name string) adtest.ID {
		return c.AddUser(parent, name, map[string][]string{"mail": {name + "@example.com"}})
	}
	north, unit := c.AddUnit(adtest.People, "North")
	c.unit = unit
	c.other, _ = c.AddUnit(adtest.DN, "Contractors")
	c.ada, c.bob, c.carl = person(north, "ada"), person(north, "bob"), person(adtest.People, "carl")
	c.outsider = person(c.other, "olga")
	c.SetManager(c.bob, c.ada)
	c.engineering = c.AddGroup(adtest.Groups, "engineering", 0, c.ada, c.bob, c.outsider)
	c.board = c.AddGroup(adtest.Groups, "board", 0, c.carl, c.engineering)
	c.all = c.AddGroup(adtest.Groups, "Domain Users", adtest.DomainUsers)
	return c
}

func (c *company) config() *ad.Config {
	conf := config(c.Domain)
	conf.Users.Base, conf.Groups.Base = adtest.People, adtest.Groups
	return conf
}

// ending returns the accountExpires of a moment.
func ending(when time.Time) string {
	return fmt.Sprint(when.Unix()*10_000_000 + 116_444_736_000_000_000)
}

// TestChangesLeadToTheSame follows each kind of change, and then compares with what a
// whole reading states.
func TestChangesLeadToTheSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*company)
		stated int // records, gone ones not counted
		gone   int
	}{
		{"nothing", func(*company) {}, 0, 0},
		{"a new address", func(c *company) { c.Modify(c.ada, "mail", "ada.brandt@example.com") }, 1, 0},
		{"disabled", func(c *company) { c.Modify(c.ada, "userAccountControl", "514") }, 1, 0},
		{"somebody joins a group", func(c *company) { c.SetMembers(c.board, c.carl, c.engineering, c.ada) }, 1, 0},
		{"somebody leaves a group", func(c *company) { c.SetMembers(c.engineering, c.ada) }, 1, 0},
		{"a nested group leaves", func(c *company) { c.SetMembers(c.board, c.carl) }, 1, 0},
		{"another name", func(c *company) { c.Move(c.ada, "CN=ada brandt", adtest.People) }, 1, 0},
		{"another name for a member's group", func(c *company) { c.Move(c.engineering, "CN=research", adtest.Groups) }, 1, 0},
		{"a unit has another name", func(c *company) { c.Move(c.unit, "OU=Far North", adtest.People) }, 2, 0},
		{"a new person in a new group", func(c *company) {
			id := c.AddUser(adtest.People, "dora", map[string][]string{"mail": {"dora@example.com"}})
			c.AddGroup(adtest.Groups, "new", 0, id)
			c.SetManager(id, c.ada)
		}, 3, 0}, // and Domain Users
		{"somebody moves into what is read", func(c *company) { c.Move(c.outsider, "CN=olga", adtest.People) }, 2, 0}, // with Domain Users
		{"a unit moves into what is read", func(c *company) {
			inner, id := c.AddUnit(c.other, "Inner")
			c.Move(c.outsider, "CN=olga", inner)
			c.Move(id, "OU=Inner", adtest.People)
		}, 2, 0},
		{"another primary group", func(c *company) {
			c.AddGroup(adtest.Groups, "staff", 7777)
			c.Modify(c.ada, "primaryGroupID", "7777")
		}, 3, 0},
		{"a deleted person", func(c *company) { c.Delete(c.bob) }, 1, 1}, // Domain Users
		{"a deleted group", func(c *company) { c.Delete(c.engineering) }, 0, 1},
		{"a deleted stranger", func(c *company) { c.Delete(c.outsider) }, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := newCompany(t)
			now := time.Now()
			world.SetClock(func() time.Time { return now }) // which is in the cursors
			c, _ := open(t, world.config())
			s, complete := connectortest.MustRead(t, c)
			before := s.Clone()
			tt.change(world)
			since := complete.Evidence().Cursor
			delta := connectortest.Follow(t, c, s, since)
			if delta.Stated() != tt.stated+tt.gone || len(s.Deleted) != tt.gone {
				t.Errorf("%d records, of whom %d are gone, want %d and %d", delta.Stated(), len(s.Deleted), tt.stated+tt.gone, tt.gone)
			}
			again := connectortest.Follow(t, c, before, since) // the same cursor: the same changes
			if again.Stated() != delta.Stated() || again.Next() != delta.Next() {
				t.Errorf("again %d records up to %s, want %d up to %s", again.Stated(), again.Next(), delta.Stated(), delta.Next())
			}
			other, _ := open(t, world.config())
			whole, _ := connectortest.MustRead(t, other)
			if tt.name == "a deleted stranger" {
				return // a member of elsewhere leaves no trace in the group's own history
			}
			connectortest.WantSame(t, whole, s)
			connectortest.WantSame(t, whole, before)
		})
	}
}

// TestInManyGroups: who comes into what is read is in the groups that named them before,
// however many these are.
func TestInManyGroups(t *testing.T) {
	t.Parallel()
	world := newCompany(t)
	for i := range adtest.MaxValues + 1 {
		world.AddGroup(adtest.Groups, fmt.Sprintf("g%04d", i), 0, world.outsider)
	}
	c, _ := open(t, world.config())
	s, complete := connectortest.MustRead(t, c)
	world.Move(world.outsider, "CN=olga", adtest.People)
	if delta := connectortest.Follow(t, c, s, complete.Evidence().Cursor); delta.Stated() != 2 {
		t.Errorf("%d records, want the person and Domain Users", delta.Stated())
	}
	whole, _ := connectortest.MustRead(t, c)
	connectortest.WantSame(t, whole, s)
}

// TestClockTellsTenths: a server that tells more than whole seconds, which a cursor does
// not hold, has not set its clock back.
func TestClockTellsTenths(t *testing.T) {
	w := newCompany(t)
	now := time.Now().Add(-time.Minute).Truncate(time.Second).Add(700 * time.Millisecond)
	w.SetClock(func() time.Time { return now })
	c, _ := open(t, w.config())
	_, complete := connectortest.MustRead(t, c)
	connectortest.MustChange(t, c, complete.Evidence().Cursor)
}

// TestClockAhead: a clock that is wrong ends nobody's account. Who was unknown for it is
// stated again when the account has ended by both clocks.
func TestClockAhead(t *testing.T) {
	world := newCompany(t)
	world.Modify(world.ada, "accountExpires", ending(time.Now().Add(180*24*time.Hour)))
	world.SetClock(func() time.Time { return time.Now().Add(365 * 24 * time.Hour) })
	c, _ := open(t, world.config())
	s, complete := connectortest.MustRead(t, c)
	if got := s.ByEmail(t, "ada@example.com").Status; got != connectors.StatusUnknown {
		t.Errorf("she is %q, want unknown", got)
	}
	world.SetClock(time.Now)
	connectortest.Follow(t, c, s, complete.Evidence().Cursor)
	world.Modify(world.ada, "accountExpires", ending(time.Now().Add(-time.Hour)))
	connectortest.Follow(t, c, s, complete.Evidence().Cursor)
	if got := s.ByEmail(t, "ada@example.com").Status; got != connectors.StatusDisabled {
		t.Errorf("she is %q, want disabled", got)
	}
}

// TestChangesInARow follows one change after another, each from where the last ended.
func TestChangesInARow(t *testing.T) {
	world := newCompany(t)
	c, _ := open(t, world.config())
	s, complete := connectortest.MustRead(t, c)
	next := complete.Evidence().Cursor
	var made adtest.ID
	for i, change := range []func(){
		func() { _, made = world.AddUnit(adtest.People, "Brief") },
		func() { world.Delete(made) },
		func() { world.SetMembers(world.board, world.bob) },
		func() { world.Modify(world.bob, "primaryGroupID", "1") },
		func() { world.Delete(world.bob) },
		func() { world.Move(world.outsider, "CN=olga", adtest.People) },
		func() { world.SetMembers(world.engineering, world.carl, world.outsider) },
	} {
		change()
		next = connectortest.Follow(t, c, s, next).Next()
		other, _ := open(t, world.config())
		whole, _ := connectortest.MustRead(t, other)
		connectortest.WantSame(t, whole, s)
		if t.Failed() {
			t.Fatalf("after change %d", i)
		}
	}
}

// TestAccountEnds: no entry changes when an account expires.
func TestAccountEnds(t *testing.T) {
	world := newCompany(t)
	now := time.Now().UTC().Truncate(time.Second).Add(-24 * time.Hour) // past by our clock too
	world.SetClock(func() time.Time { return now })
	world.Modify(world.ada, "accountExpires", ending(now.Add(time.Hour)))
	c, _ := open(t, world.config())
	s, complete := connectortest.MustRead(t, c)
	if got := s.ByEmail(t, "ada@example.com").Status; got != connectors.StatusActive {
		t.Fatalf("an account that ends in an hour is %s", got)
	}
	now = now.Add(30 * time.Minute)
	delta := connectortest.Follow(t, c, s, complete.Evidence().Cursor)
	if delta.Stated() != 0 {
		t.Errorf("%d records before it ends", delta.Stated())
	}
	now = now.Add(30 * time.Minute)
	for range 2 {
		ended := connectortest.Follow(t, c, s, delta.Next())
		if got := s.ByEmail(t, "ada@example.com").Status; got != connectors.StatusDisabled || ended.Stated() != 1 {
			t.Errorf("an account that ended is %s, with %d records", got, ended.Stated())
		}
	}
}

// TestDeletedUnseen: an account without the right to list deleted objects is told of
// nobody, and that is no fault.
func TestDeletedUnseen(t *testing.T) {
	world := newCompany(t)
	world.Set(func(s *adtest.Settings) { s.HidesDeleted = true })
	c, _ := open(t, world.config())
	s, complete := connectortest.MustRead(t, c)
	world.Delete(world.bob)
	if d := connectortest.Follow(t, c, s, complete.Evidence().Cursor); d.Stated() != 0 {
		t.Errorf("%d records were stated", d.Stated())
	}
}

func TestCursorLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*company)
		cursor func(connectors.Cursor) connectors.Cursor
	}{
		{"another database", func(w *company) { w.Restore() }, nil},
		{"a clock that was set back", func(w *company) {
			w.SetClock(func() time.Time { return time.Now().Add(-time.Hour) })
		}, nil},
		{"no text of ours", nil, func(connectors.Cursor) connectors.Cursor { return "2 x" }},
		{"none", nil, func(connectors.Cursor) connectors.Cursor { return "" }},
		{"the database cannot be read any more", func(w *company) { w.Set(func(s *adtest.Settings) { s.HidesDatabase = true }) }, nil},
		{"too much", func(w *company) {
			for i := range 10_001 {
				w.AddUser(adtest.People, fmt.Sprint("u", i), nil)
			}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := newCompany(t)
			c, _ := open(t, world.config())
			_, complete := connectortest.MustRead(t, c)
			since := complete.Evidence().Cursor
			if tt.change != nil {
				tt.change(world)
			}
			if tt.cursor != nil {
				since = tt.cursor(since)
			}
			if _, _, err := connectortest.Changes(t, c, since); !errors.Is(err, connectors.ErrCursorLost) {
				t.Errorf("ended with %v, want %v", err, connectors.ErrCursorLost)
			}
		})
	}
}

// TestCursorOfAnother: a cursor is good for the database that it is of, and for a
// connector that has read since.
func TestCursorOfAnother(t *testing.T) {
	world := newCompany(t)
	c, _ := open(t, world.config())
	_, complete := connectortest.MustRead(t, c)
	old := complete.Evidence().Cursor
	lost := func(name string, c *ad.Connector, since connectors.Cursor) {
		t.Helper()
		if _, _, err := connectortest.Changes(t, c, since); !errors.Is(err, connectors.ErrCursorLost) {
			t.Errorf("%s: ended with %v, want %v", name, err, connectors.ErrCursorLost)
		}
	}
	fresh, _ := open(t, world.config())
	lost("nothing was read", fresh, old)
	world.Modify(world.ada, "mail", "a@example.com")
	connectortest.MustRead(t, fresh)
	lost("older than the last reading", fresh, old)
	world.MoveTo("dc2.corp.example")
	moved, _ := open(t, world.config())
	connectortest.MustRead(t, moved)
	lost("of another domain controller", moved, old)
}

// TestNoCursor: without the right to read which database it is, a reading is as good,
// and there are no changes.
func TestNoCursor(t *testing.T) {
	world := newCompany(t)
	world.Set(func(s *adtest.Settings) { s.HidesDatabase = true })
	c, _ := open(t, world.config())
	if _, complete := connectortest.MustRead(t, c); complete.Evidence().Cursor != "" {
		t.Errorf("the cursor is %q", complete.Evidence().Cursor)
	}
}

func TestPrimaryGroup(t *testing.T) {
	world := newCompany(t)
	c, _ := open(t, world.config())
	s, _ := connectortest.MustRead(t, c)
	want := []string{string(world.ada), string(world.bob), string(world.carl)}
	slices.Sort(want)
	if got := s.ByName(t, "Domain Users").Members; !slices.Equal(got, want) {
		t.Errorf("members %v, want %v", got, want)
	}
	if got := s.ByEmail(t, "bob@example.com").Attributes[connectors.Manager]; got != string(world.ada) {
		t.Errorf("the manager is %q, want %q", got, world.ada)
	}
	if got := s.MissingIn(t, "engineering"); got != 1 {
		t.Errorf("%d members unresolved, want 1", got)
	}
}

// TestChangesWhileTheyAreRead: what happens after the domain controller said where it
// stands is stated by the next changes at the latest.
func TestChangesWhileTheyAreRead(t *testing.T) {
	world := newCompany(t)
	now := time.Now().UTC().Truncate(time.Second).Add(-24 * time.Hour)
	world.SetClock(func() time.Time { return now })
	staff := world.AddGroup(adtest.Groups, "staff", 7777)
	world.Modify(world.ada, "accountExpires", ending(now.Add(time.Hour)))
	c, _ := open(t, world.config())
	s, complete := connectortest.MustRead(t, c)
	now = now.Add(2 * time.Hour) // so that ada is read although no number moved
	once := false
	world.After(func(q adtest.Query) {
		if q.Base == "" && !once {
			once = true
			world.Modify(world.ada, "primaryGroupID", "7777")
		}
	})
	next := connectortest.Follow(t, c, s, complete.Evidence().Cursor).Next()
	connectortest.Follow(t, c, s, next)
	if got := s.ByName(t, "staff").Members; !slices.Equal(got, []string{string(world.ada)}) {
		t.Errorf("members of %s: %v, want ada", staff, got)
	}
	other, _ := open(t, world.config())
	whole, _ := connectortest.MustRead(t, other)
	connectortest.WantSame(t, whole, s)
}
