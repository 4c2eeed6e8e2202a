package ad_test

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
)

// A store keeps what readings stated: a whole one, and changes on top of it.
type store struct {
	users  map[string]connectors.User
	groups map[string]connectors.Group
	gone   []string
	fresh  int // records of the reading under way
}

func newStore() *store {
	return &store{users: map[string]connectors.User{}, groups: map[string]connectors.Group{}}
}

func (s *store) User(u connectors.User) error {
	s.users[u.ID] = u
	s.fresh++
	return nil
}

func (s *store) Group(g connectors.Group) error {
	slices.Sort(g.Members)
	slices.Sort(g.Groups)
	s.groups[g.ID] = g
	s.fresh++
	return nil
}

// Gone takes somebody out, of the groups too, and as a manager.
func (s *store) Gone(_ connectors.ObjectKind, id string) error {
	s.gone = append(s.gone, id)
	delete(s.users, id)
	delete(s.groups, id)
	for key, u := range s.users {
		if u.Attributes[connectors.Manager] == id {
			u.Attributes = maps.Clone(u.Attributes)
			delete(u.Attributes, connectors.Manager)
			s.users[key] = u
		}
	}
	for key, g := range s.groups {
		is := func(m string) bool { return m == id }
		g.Members, g.Groups = slices.DeleteFunc(slices.Clone(g.Members), is), slices.DeleteFunc(slices.Clone(g.Groups), is)
		s.groups[key] = g
	}
	return nil
}

func (s *store) user(t *testing.T, email string) connectors.User {
	t.Helper()
	for _, u := range s.users {
		if u.Email == email {
			return u
		}
	}
	t.Fatalf("no user has the e-mail %s", email)
	return connectors.User{}
}

func (s *store) group(t *testing.T, name string) connectors.Group {
	t.Helper()
	for _, g := range s.groups {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no group is called %s", name)
	return connectors.Group{}
}

// An observer counts requests.
type observer struct {
	mu    sync.Mutex
	codes map[string]int
}

func (o *observer) Request(_, code string, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.codes == nil {
		o.codes = map[string]int{}
	}
	o.codes[code]++
}

// await waits until there were n requests.
func (o *observer) await(t *testing.T, n int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for {
		o.mu.Lock()
		seen := 0
		for _, count := range o.codes {
			seen += count
		}
		o.mu.Unlock()
		if seen >= n {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d requests, want %d", seen, n)
		}
	}
}

// total returns how many requests there were, and begins anew.
func (o *observer) total() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, count := range o.codes {
		n += count
	}
	o.codes = nil
	return n
}

func open(t testing.TB, c *ad.Config) (*ad.Connector, *observer) {
	t.Helper()
	o := &observer{}
	opened, err := c.Open(connectors.Env{Name: "corp", Log: slog.New(slog.DiscardHandler), Observe: o})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	connector, ok := opened.(*ad.Connector)
	if !ok {
		t.Fatalf("open returned a %T", opened)
	}
	return connector, o
}

func read(t testing.TB, c connectors.Connector) (*store, connectors.Complete, error) {
	t.Helper()
	s := newStore()
	complete, err := c.Read(t.Context(), connectors.NewReading("corp", s))
	if (err == nil) != complete.Valid() {
		t.Errorf("a reading that ended with error %v has a proof that is valid: %t", err, complete.Valid())
	}
	return s, complete, err
}

func mustRead(t testing.TB, c connectors.Connector) (*store, connectors.Complete) {
	t.Helper()
	s, complete, err := read(t, c)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return s, complete
}

// follow reads what changed since into s, and returns where that ends.
func follow(t testing.TB, c connectors.Changer, s *store, since connectors.Cursor) connectors.Delta {
	t.Helper()
	s.fresh = 0
	d, err := c.Changes(t.Context(), since, connectors.NewChanges("corp", s))
	if err != nil {
		t.Fatalf("changes: %v", err)
	}
	return d
}

// wantSame compares what changes led to with what a whole reading states.
func wantSame(t testing.TB, whole, followed *store) {
	t.Helper()
	if diff := differ(whole, followed); diff != "" {
		t.Error(diff)
	}
}

// differ returns how what changes led to differs from what a whole reading states.
func differ(whole, followed *store) string {
	out := ""
	if diff := cmp.Diff(whole.users, followed.users); diff != "" {
		out += fmt.Sprintf("people (-read +followed):\n%s", diff)
	}
	if diff := cmp.Diff(whole.groups, followed.groups, cmpopts.EquateEmpty()); diff != "" {
		out += fmt.Sprintf("groups (-read +followed):\n%s", diff)
	}
	return out
}

// wantError checks an error's class, and that it tells the reader what to do.
func wantError(t testing.TB, err error, class connectors.Class) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one of class %s", class)
	}
	if got := connectors.ClassOf(err); got != class {
		t.Errorf("class %s, want %s: %v", got, class, err)
	}
	var e *connectors.Error
	if !errors.As(err, &e) {
		t.Fatalf("not a *connectors.Error: %v", err)
	}
	if e.Hint == "" && class != connectors.Transient {
		t.Errorf("no hint what to do: %v", err)
	}
}

func (s *store) clone() *store {
	return &store{users: maps.Clone(s.users), groups: maps.Clone(s.groups)}
}

func claimOf(id adtest.ID, controls []adtest.ID) connectors.Claim {
	c := connectors.Claim{Kind: connectors.UserObject, ID: string(id)}
	for _, control := range controls {
		c.Controls = append(c.Controls, string(control))
	}
	return c
}

// hide takes from the account the right to read attributes.
func hide(d *adtest.Domain, names ...string) {
	d.Set(func(s *adtest.Settings) { s.Hidden = names })
}
