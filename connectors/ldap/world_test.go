package ldap_test

import (
	"testing"

	"go.uber.org/goleak"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a connector for c, and what it asks.
func open(t *testing.T, c *ldap.Config) (*ldap.Connector, *connectortest.Requests) {
	t.Helper()
	return connectortest.Open[*ldap.Connector](t, c)
}

// openIn returns a connector for c in surroundings of its own.
func openIn(t *testing.T, c *ldap.Config, env connectors.Env) *ldap.Connector {
	t.Helper()
	opened, err := c.Open(env)
	if err != nil {
		t.Fatal(err)
	}
	connector, ok := opened.(*ldap.Connector)
	if !ok {
		t.Fatalf("open returned a %T", opened)
	}
	return connector
}

// unwatched is the surroundings of a source with watch: false.
func unwatched(seen *connectortest.Requests) connectors.Env {
	env := connectortest.Env(seen)
	env.Watched = false
	return env
}
