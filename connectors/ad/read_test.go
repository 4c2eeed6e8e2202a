package ad_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/ldaptest"
)

// crowd adds n people.
func crowd(d *adtest.Domain, n int) []adtest.ID {
	var ids []adtest.ID
	for i := range n {
		ids = append(ids, d.AddUser(adtest.People, fmt.Sprintf("u%05d", i), map[string][]string{"mail": {fmt.Sprintf("u%05d@example.com", i)}}))
	}
	return ids
}

// TestReadBeyondTheLimits: a thousand entries an answer and 1500 members at a time are
// all that a domain controller gives.
func TestReadBeyondTheLimits(t *testing.T) {
	t.Parallel()
	d := adtest.New(t, connectortest.Canary)
	ids := crowd(d, 4*adtest.MaxValues+7)
	d.AddGroup(adtest.Groups, "all", 0, ids...)
	d.AddGroup(adtest.Groups, "as many as at once", 0, ids[:adtest.MaxValues]...)
	d.AddGroup(adtest.Groups, "one more", 0, ids[:adtest.MaxValues+1]...)
	d.AddGroup(adtest.Groups, "twice as many", 0, ids[:2*adtest.MaxValues]...)
	c, _ := open(t, config(d))
	s, complete := connectortest.MustRead(t, c)
	if got := complete.Size(); got.Users != len(ids) || got.Groups != 4 {
		t.Errorf("%d people and %d groups, want %d and 4", got.Users, got.Groups, len(ids))
	}
	for name, want := range map[string][]adtest.ID{
		"all": ids, "as many as at once": ids[:adtest.MaxValues], "one more": ids[:adtest.MaxValues+1], "twice as many": ids[:2*adtest.MaxValues],
	} {
		var sorted []string
		for _, id := range want {
			sorted = append(sorted, string(id))
		}
		slices.Sort(sorted)
		if got := s.ByName(t, name).Members; !slices.Equal(got, sorted) {
			t.Errorf("%s has %d members, want %d", name, len(got), len(sorted))
		}
	}
}

// TestMembersChangeWhileTheyAreRead: parts of two lists are never joined.
func TestMembersChangeWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		often int
		class connectors.Class
	}{{"once", 1, ""}, {"always", 1000, connectors.Transient}} {
		t.Run(tt.name, func(t *testing.T) {
			d := adtest.New(t, connectortest.Canary)
			ids := crowd(d, 3*adtest.MaxValues)
			all := d.AddGroup(adtest.Groups, "all", 0, ids...)
			changes := 0
			d.AfterPart(func(id adtest.ID, first int) {
				// After the first part the first member leaves: each later one has
				// another place in the list then.
				if id == all && first == 0 && changes < tt.often {
					changes++
					d.SetMembers(all, ids[changes:]...)
				}
			})
			c, _ := open(t, config(d))
			s, _, err := connectortest.Read(t, c)
			if tt.class != "" {
				connectortest.WantError(t, err, tt.class)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.ByName(t, "all").Members; len(got) != len(ids)-1 {
				t.Errorf("%d members, want %d", len(got), len(ids)-1)
			}
		})
	}
}

func only(entries []ldaptest.Entry, rdn string) []ldaptest.Entry {
	return slices.DeleteFunc(entries, func(e ldaptest.Entry) bool { return !strings.Contains(e.DN, rdn) })
}

func TestReadRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*company, *ad.Config)
		class  connectors.Class
		says   string
	}{
		{"wrong password", func(w *company, _ *ad.Config) { w.Set(func(s *adtest.Settings) { s.Refuse = true }) }, connectors.Denied, "bind.user"},
		{"a locked account", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.Refuse, s.Why = true, "775" })
		}, connectors.Denied, "the account is locked"},
		{"no such base", func(_ *company, c *ad.Config) { c.Users.Base = "OU=Nobody," + adtest.DN }, connectors.Rejected, "ou=nobody"},
		{"nobody there", func(_ *company, c *ad.Config) { c.Users.Filter = "(mail=nobody)" }, connectors.Rejected, "users.filter"},
		{"no GUIDs", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.Hidden = []string{"objectGUID"} })
		}, connectors.Rejected, "objectGUID"},
		{"a first replication under way", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) { s.Unsynchronized = true })
		}, connectors.Transient, "has not received all"},
		{"a shorter listing than there are people", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) {
				s.Twist = func(q adtest.Query, a ldaptest.Answer) ldaptest.Answer {
					if q.Base == strings.ToLower(adtest.People) && !q.Listing {
						a.Entries = only(a.Entries, "CN=ada,")
					}
					return a
				}
			})
		}, connectors.Transient, "1 stated, 3 counted"},
		{"fewer groups than are listed", func(w *company, _ *ad.Config) {
			w.Set(func(s *adtest.Settings) {
				s.Twist = func(q adtest.Query, a ldaptest.Answer) ldaptest.Answer {
					if q.Groups {
						a.Entries = only(a.Entries, "CN=board,")
					}
					return a
				}
			})
		}, connectors.Transient, "1 stated, 3 counted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := newCompany(t)
			conf := world.config()
			tt.change(world, conf)
			c, _ := open(t, conf)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class)
			if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.says)) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
		})
	}
}

// TestSomethingElseBehindTheURL: what answers later must be what answered first.
func TestSomethingElseBehindTheURL(t *testing.T) {
	tests := []struct {
		name   string
		change func(*company)
		class  connectors.Class
		says   string
	}{
		{"another domain", func(w *company) { w.Found() }, connectors.Rejected, "the domain"},
		{"another domain controller", func(w *company) { w.MoveTo("dc2.corp.example") }, connectors.Rejected, "dc2.corp.example"},
		{"an older state", func(w *company) { w.Rewind(5) }, connectors.Transient, "older"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := newCompany(t)
			c, _ := open(t, world.config())
			_, complete := connectortest.MustRead(t, c)
			tt.change(world)
			_, _, err := connectortest.Read(t, c)
			claim := connectors.Claim{Kind: connectors.UserObject, ID: string(world.ada), Controls: []string{string(world.bob)}}
			_, proof := c.Prove(t.Context(), claim)
			_, _, delta := connectortest.Changes(t, c, complete.Evidence().Cursor)
			for _, err := range []error{err, proof, delta} {
				connectortest.WantError(t, err, tt.class, tt.says)
			}
		})
	}
}

// TestIdentityIsTheDomain: two domains of one name have other people.
func TestIdentityIsTheDomain(t *testing.T) {
	world := newCompany(t)
	first, _ := open(t, world.config())
	_, before := connectortest.MustRead(t, first)
	world.Found()
	second, _ := open(t, world.config())
	_, after := connectortest.MustRead(t, second)
	if before.Evidence().Identity == after.Evidence().Identity || before.Evidence().Identity == "" {
		t.Errorf("the IDs are said to be %q, then %q", before.Evidence().Identity, after.Evidence().Identity)
	}
}

// TestComputersAreNoPeople: not even with a filter that finds them.
func TestComputersAreNoPeople(t *testing.T) {
	world := newCompany(t)
	world.AddUser(adtest.People, "PC1", map[string][]string{"objectClass": {"user", "computer"}, "objectCategory": {"computer"}})
	world.AddUser(adtest.People, "contact", map[string][]string{"objectClass": {"contact"}})
	conf := world.config()
	conf.Users.Filter = "(objectClass=*)"
	c, _ := open(t, conf)
	if _, complete := connectortest.MustRead(t, c); complete.Size().Users != 3 {
		t.Errorf("%d people, want 3", complete.Size().Users)
	}
}

// TestProveByThePlace: a control counts where the object stood, and moved is gone.
func TestProveByThePlace(t *testing.T) {
	world := newCompany(t)
	c, _ := open(t, world.config())
	s, _ := connectortest.MustRead(t, c)
	claim := connectors.Claim{Kind: connectors.UserObject, ID: string(world.ada), Container: s.ByEmail(t, "ada@example.com").Container, Controls: []string{string(world.bob)}}
	prove := func(want connectors.Presence) {
		t.Helper()
		if got, err := c.Prove(t.Context(), claim); err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	prove(connectors.Present)
	world.Move(world.ada, "CN=ada", world.other)
	prove(connectors.Absent)
	claim.Controls = []string{string(world.carl)} // who stands elsewhere
	prove(connectors.Undecided)
	world.Modify(world.ada, "mail")
	world.Move(world.ada, "CN=ada", adtest.People)
	prove(connectors.Present)
}

func TestWatch(t *testing.T) {
	tests := []struct {
		name   string
		change func(*company)
		rings  bool
	}{
		{"a person", func(w *company) { w.Modify(w.ada, "title", "Engineer") }, true},
		{"a membership", func(w *company) { w.SetMembers(w.board, w.ada) }, true},
		{"a unit", func(w *company) { w.Move(w.unit, "OU=South", adtest.People) }, true},
		{"a deletion", func(w *company) { w.Delete(w.ada) }, true},
		{"a computer", func(w *company) {
			w.AddUser(adtest.People, "PC1", map[string][]string{"objectClass": {"user", "computer"}, "objectCategory": {"computer"}})
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			world := newCompany(t)
			c, seen := open(t, world.config())
			c.Hasten(20*time.Millisecond, 5*time.Second)
			rang := make(chan struct{}, 100)
			ended := make(chan error, 1)
			go func() { ended <- c.Watch(t.Context(), func() { rang <- struct{}{} }) }()
			seen.Await(t, 6) // bind, three to know whom, and two polls
			<-rang           // it has begun
			if len(rang) > 0 {
				t.Error("rang without a change")
			}
			tt.change(world)
			if tt.rings {
				select {
				case <-rang:
				case err := <-ended:
					t.Fatalf("ended with %v", err)
				case <-time.After(10 * time.Second):
					t.Fatal("did not ring")
				}
			} else {
				seen.Await(t, 6+4) // one that looks what it was, and more polls
				if len(rang) > 0 {
					t.Error("rang")
				}
			}
			world.Cut()
			select {
			case err := <-ended:
				if err == nil {
					t.Error("ended without an error")
				}
			case <-time.After(10 * time.Second):
				t.Error("a cut connection was not noticed")
			}
		})
	}
}

// TestWatchHangs: a domain controller that says nothing is noticed.
func TestWatchHangs(t *testing.T) {
	t.Parallel()
	world := newCompany(t)
	conf := world.config()
	conf.Timeout = time.Minute
	c, seen := open(t, conf)
	c.Hasten(20*time.Millisecond, 300*time.Millisecond)
	ended := make(chan error, 1)
	go func() { ended <- c.Watch(t.Context(), func() {}) }()
	seen.Await(t, 5)
	world.Set(func(s *adtest.Settings) { s.Silent = true })
	select {
	case err := <-ended:
		connectortest.WantError(t, err, connectors.Transient)
	case <-time.After(20 * time.Second):
		t.Error("silence was not noticed")
	}
}

// TestAccountEndsRings: no entry changes when an account expires.
func TestAccountEndsRings(t *testing.T) {
	t.Parallel()
	world := newCompany(t)
	var now atomic.Int64
	now.Store(time.Now().Add(-24 * time.Hour).Unix()) // past by our clock too
	world.SetClock(func() time.Time { return time.Unix(now.Load(), 0) })
	world.Modify(world.ada, "accountExpires", ending(time.Unix(now.Load(), 0).Add(time.Hour)))
	c, seen := open(t, world.config())
	c.Hasten(20*time.Millisecond, 5*time.Second)
	connectortest.MustRead(t, c)
	seen.Reset()
	rang := make(chan struct{}, 100)
	ended := make(chan error, 1)
	go func() { ended <- c.Watch(t.Context(), func() { rang <- struct{}{} }) }()
	seen.Await(t, 5)
	now.Add(3600)
	select {
	case <-rang:
	case <-time.After(10 * time.Second):
		t.Error("an account that ended does not ring")
	}
	world.Cut()
	if err := <-ended; err == nil {
		t.Error("ended without an error")
	}
}

// TestPeopleComeAndGoWhileTheyAreRead: who came is stated, who left ends the reading.
func TestPeopleComeAndGoWhileTheyAreRead(t *testing.T) {
	tests := []struct {
		name   string
		after  func(adtest.Query) bool // the answer after which it happens
		change func(*company)
		people int // 0: the reading fails
	}{
		{"comes after the listing", func(q adtest.Query) bool { return q.Listing }, func(w *company) {
			w.AddUser(adtest.People, "dora", map[string][]string{"mail": {"dora@example.com"}})
		}, 4},
		{"comes after the people", func(q adtest.Query) bool { return !q.Listing }, func(w *company) {
			w.AddUser(adtest.People, "dora", map[string][]string{"mail": {"dora@example.com"}})
		}, 3}, // and is stated by the next one
		{"leaves after the listing", func(q adtest.Query) bool { return q.Listing }, func(w *company) { w.Delete(w.ada) }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := newCompany(t)
			c, _ := open(t, world.config())
			seen := 0
			world.After(func(q adtest.Query) {
				if q.Base != strings.ToLower(adtest.People) || !tt.after(q) {
					return
				}
				if seen++; seen == 2 || (seen == 1 && !q.Listing) { // the first one is a look at the base
					tt.change(world)
				}
			})
			_, complete, err := connectortest.Read(t, c)
			if err != nil {
				t.Fatal(err)
			}
			if complete.Size().Users != tt.people {
				t.Errorf("%d people, want %d", complete.Size().Users, tt.people)
			}
		})
	}
	t.Run("leaves after being stated", func(t *testing.T) {
		world := newCompany(t)
		c, _ := open(t, world.config())
		world.Set(func(s *adtest.Settings) {
			s.Twist = func(q adtest.Query, a ldaptest.Answer) ldaptest.Answer {
				if q.Listing && q.Base == strings.ToLower(adtest.People) { // the listings never have her
					a.Entries = slices.DeleteFunc(a.Entries, func(e ldaptest.Entry) bool { return strings.Contains(e.DN, "CN=ada,") })
				}
				return a
			}
		})
		_, _, err := connectortest.Read(t, c)
		connectortest.WantError(t, err, connectors.Transient, "3 stated, 2 counted")
	})
}

// TestProvesWhileItReads: connections that overlap do not take each other for older
// states.
func TestProvesWhileItReads(t *testing.T) {
	world := newCompany(t)
	c, _ := open(t, world.config())
	world.After(func(q adtest.Query) {
		if q.Base == "" {
			world.Modify(world.ada, "title", "Engineer") // the next one is told of a higher number
		}
	})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for range 20 {
				if p, err := c.Prove(t.Context(), claimOf(world.ada, nil)); p != connectors.Present || err != nil {
					t.Errorf("the proof says %s, %v", p, err)
				}
			}
		})
	}
	for range 10 {
		if _, _, err := connectortest.Read(t, c); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
}
