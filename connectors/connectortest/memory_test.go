package connectortest

import (
	"errors"
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

var _ ChangeHider = (*memory)(nil)

func (m *memory) HideChanges(testing.TB) { m.hidden = true }

func (m *memory) Load(_ testing.TB, w World) map[string]string {
	m.fake.Set(w.Users, w.Groups)
	return nil
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
