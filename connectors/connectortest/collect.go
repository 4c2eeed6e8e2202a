package connectortest

import (
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
)

// A Collect is a Sink that keeps what one reading states, in the order it came: all
// that there is, or what changed. Its zero value is empty and ready.
type Collect struct {
	World
	// Deleted are those that a reading of changes says are gone: "user ID", "group ID".
	Deleted []string
	// OnUser, if it is set, is called after each person who was kept, so that the world
	// can change while it is read.
	OnUser func(connectors.User)
}

var _ connectors.ChangeSink = (*Collect)(nil)

// User keeps u.
func (c *Collect) User(u connectors.User) error {
	c.Users = append(c.Users, u)
	if c.OnUser != nil {
		c.OnUser(u)
	}
	return nil
}

// Group keeps g.
func (c *Collect) Group(g connectors.Group) error {
	c.Groups = append(c.Groups, g)
	return nil
}

// Gone keeps that an object is there no longer.
func (c *Collect) Gone(kind connectors.ObjectKind, id string) error {
	c.Deleted = append(c.Deleted, string(kind)+" "+id)
	return nil
}

// ByEmail returns the person with that e-mail, and fails the test if there is none.
func (c *Collect) ByEmail(t testing.TB, email string) connectors.User {
	t.Helper()
	i := slices.IndexFunc(c.Users, func(u connectors.User) bool { return u.Email == email })
	if i < 0 {
		t.Fatalf("no user has the e-mail %s", email)
	}
	return c.Users[i]
}

// ByName returns the group of that name with its members by their IDs, sorted, since their
// order says nothing, and fails the test if there is none.
func (c *Collect) ByName(t testing.TB, name string) connectors.Group {
	t.Helper()
	i := slices.IndexFunc(c.Groups, func(g connectors.Group) bool { return g.Name == name })
	if i < 0 {
		t.Fatalf("no group is called %s", name)
	}
	return c.Resolved().Groups[i]
}

// Clone returns a copy that Apply does not change with c.
func (c *Collect) Clone() *Collect {
	return &Collect{World: c.clone(), Deleted: slices.Clone(c.Deleted)}
}

// Apply makes c what changes lead to. Who is gone goes first, out of groups and as a
// manager too; what is stated then stands as it is, so that a record that still names
// somebody who is gone shows in a comparison.
func (c *Collect) Apply(changes *Collect) {
	for _, what := range changes.Deleted {
		kind, id, _ := strings.Cut(what, " ")
		c.remove(connectors.ObjectKind(kind), id)
	}
	c.Deleted = append(c.Deleted, changes.Deleted...)
	for _, u := range changes.Users {
		c.Users = put(c.Users, u, func(o connectors.User) bool { return o.ID == u.ID })
	}
	for _, g := range changes.Groups {
		c.Groups = put(c.Groups, g, func(o connectors.Group) bool { return o.ID == g.ID })
	}
}

// Missing counts the references in groups that name nothing.
func (c *Collect) Missing() (n int) {
	for _, missing := range c.Resolved().Unresolved {
		n += missing
	}
	return n
}

// MissingIn is Missing of the group of that name.
func (c *Collect) MissingIn(t testing.TB, name string) int {
	t.Helper()
	group := c.ByName(t, name)
	return c.Resolved().Unresolved[group.ID]
}

// remove takes an object out, and out of all that names it.
func (c *Collect) remove(kind connectors.ObjectKind, id string) {
	is := func(other string) bool { return other == id }
	if kind == connectors.UserObject {
		c.Users = slices.DeleteFunc(c.Users, func(u connectors.User) bool { return u.ID == id })
	} else {
		c.Groups = slices.DeleteFunc(c.Groups, func(g connectors.Group) bool { return g.ID == id })
	}
	for _, u := range c.Users {
		if u.Attributes[connectors.Manager] == id {
			delete(u.Attributes, connectors.Manager)
		}
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		g.Members, g.Groups = slices.DeleteFunc(g.Members, is), slices.DeleteFunc(g.Groups, is)
	}
}

// put puts a record in the place of the one that is the same object, or at the end.
func put[T any](all []T, one T, same func(T) bool) []T {
	if i := slices.IndexFunc(all, same); i >= 0 {
		all[i] = one
		return all
	}
	return append(all, one)
}
