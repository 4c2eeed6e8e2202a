package ldap_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// A store keeps what a reading stated.
type store struct {
	users  []connectors.User
	groups []connectors.Group
	onUser func() // called after each user, to change the world mid-read
}

func (s *store) User(u connectors.User) error {
	s.users = append(s.users, u)
	if s.onUser != nil {
		s.onUser()
	}
	return nil
}

func (s *store) Group(g connectors.Group) error {
	slices.Sort(g.Members)
	s.groups = append(s.groups, g)
	return nil
}

// Gone keeps nothing: a store counts what is stated.
func (s *store) Gone(connectors.ObjectKind, string) error { return nil }

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

// An observer counts requests by code.
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

func (o *observer) count(code string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.codes[code]
}

func secret(value string) connectors.Secret {
	return connectors.NewSecret("test", func(context.Context) (string, error) { return value, nil })
}

// open returns a connector for c, and what it reports.
func open(t *testing.T, c *ldap.Config) (*ldap.Connector, *observer) {
	t.Helper()
	o := &observer{}
	opened, err := c.Open(connectors.Env{Name: "corp", Log: slog.New(slog.DiscardHandler), Observe: o})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	connector, ok := opened.(*ldap.Connector)
	if !ok {
		t.Fatalf("open returned a %T", opened)
	}
	return connector, o
}

// read reads all there is into a new store.
func read(t *testing.T, c connectors.Connector) (*store, connectors.Complete, error) {
	t.Helper()
	s := &store{}
	complete, err := c.Read(t.Context(), connectors.NewReading("corp", s))
	if (err == nil) != complete.Valid() {
		t.Errorf("a reading that ended with error %v has a proof that is valid: %t", err, complete.Valid())
	}
	return s, complete, err
}

// mustRead reads all there is.
func mustRead(t *testing.T, c connectors.Connector) (*store, connectors.Complete) {
	t.Helper()
	s, complete, err := read(t, c)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	byID := func(a, b connectors.User) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(s.users, byID)
	return s, complete
}

// wantError checks an error's class, and that it tells the reader what to do.
func wantError(t *testing.T, err error, class connectors.Class) {
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
