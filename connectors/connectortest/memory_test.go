package connectortest

import (
	"errors"
	"slices"
	"testing"

	"writersync/connectors"
)

// memory is a Directory made of a Fake, read by what wrap makes of it.
type memory struct {
	fake   Fake
	wrap   func(*Fake, connectors.Env) connectors.Connector
	lied   Lie
	hidden bool // nothing tells of changes
}

var (
	_ ChangeHider = (*memory)(nil)
	_ Renamer     = (*memory)(nil)
	_ Hider       = (*memory)(nil)
	_ Deselector  = (*memory)(nil)
	_ StatusHider = (*memory)(nil)
)

func (m *memory) HideChanges(testing.TB) { m.hidden = true }

func (m *memory) Load(_ testing.TB, w World) map[string]string {
	m.fake.Set(w.Users, w.Groups)
	return nil
}

// Rename changes the name by which lists know a user, from one that is not the ID.
func (m *memory) Rename(_ testing.TB, id string, follow bool) {
	const old, next = "old name of ", "new name of "
	m.edit(func(w *World) {
		for i := range w.Users {
			if w.Users[i].ID == id {
				w.Users[i].Names = []string{next + id}
			}
		}
		named := old + id
		if follow {
			named = next + id
		}
		for _, g := range w.Groups {
			if at := slices.Index(g.Members, id); at >= 0 {
				g.Members[at] = named
			}
		}
	})
}

// Twin gives two users one name.
func (m *memory) Twin(_ testing.TB, id, other, group string) {
	m.edit(func(w *World) {
		for i, u := range w.Users {
			if u.ID == id || u.ID == other {
				w.Users[i].Names = append(w.Users[i].Names, "twin")
			}
		}
		for i, g := range w.Groups {
			if g.ID == group {
				w.Groups[i].Members = append(g.Members, "twin")
			}
		}
	})
}

// Hide takes a user from sight.
func (m *memory) Hide(_ testing.TB, user string) { m.fake.Hide(user) }

// Deselect takes a user from the fake, who is somewhere else then.
func (m *memory) Deselect(_ testing.TB, user string) {
	m.edit(func(w *World) {
		w.Users = slices.DeleteFunc(w.Users, func(u connectors.User) bool { return u.ID == user })
	})
}

// HideStatus leaves out of users what their status is.
func (m *memory) HideStatus(_ testing.TB, users ...string) {
	m.edit(func(w *World) {
		for i, u := range w.Users {
			if slices.Contains(users, u.ID) {
				w.Users[i].Status, w.Users[i].StatusBy = connectors.StatusUnknown, ""
			}
		}
	})
}

// edit changes the world of the fake.
func (m *memory) edit(change func(*World)) {
	m.fake.mu.Lock()
	w := m.fake.world.clone()
	m.fake.mu.Unlock()
	change(&w)
	m.fake.Set(w.Users, w.Groups)
}

func (m *memory) Config(testing.TB) connectors.Config { return m }

func (m *memory) Validate() error  { return nil }
func (m *memory) Identity() string { return "memory" }

func (m *memory) Open(env connectors.Env) (connectors.Connector, error) {
	if m.wrap == nil {
		return &m.fake, nil
	}
	c := m.wrap(&m.fake, env)
	if checks, ok := c.(checking); ok {
		checks.hidden = m.hidden
		return checks, nil
	}
	return c, nil
}

func (m *memory) Lie(_ testing.TB, l Lie) {
	m.lied = l
	switch l {
	case ShortPage:
		m.fake.Short(3)
	case FailsMidway:
		m.fake.FailRead(&connectors.Error{Class: connectors.Transient, Op: "read page 2", Err: errors.New("connection reset")})
	case Refusal:
		m.fake.FailRead(&connectors.Error{Class: connectors.Denied, Op: "read page 2", Err: errors.New("token revoked")})
	case DuplicateID:
		w := company(nil)
		m.fake.Set(append(w.Users, w.Users[0]), w.Groups)
	case EmptyAnswer:
		var ids []string
		for _, u := range company(nil).Users {
			ids = append(ids, u.ID)
		}
		m.fake.Hide(ids...)
	}
}
