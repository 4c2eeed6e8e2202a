package connectortest

import (
	"testing"

	"writersync/connectors"
)

// WantIdentity fails the test unless each change that moves makes the identity of a
// valid configuration another one, and none that stays does: people are known anew when
// it moves, and are taken for others when it does not.
func WantIdentity[C connectors.Config](t testing.TB, valid func() C, moves, stays map[string]func(C)) {
	t.Helper()
	for want, changes := range map[bool]map[string]func(C){true: moves, false: stays} {
		for name, change := range changes {
			c := valid()
			change(c)
			if moved := c.Identity() != valid().Identity(); moved != want {
				t.Errorf("%s: the identity moves: %t, want %t", name, moved, want)
			}
		}
	}
}
