package ldap_test

import (
	"testing"

	"go.uber.org/goleak"

	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a connector for c, and what it asks.
func open(t *testing.T, c *ldap.Config) (*ldap.Connector, *connectortest.Requests) {
	t.Helper()
	return connectortest.Open[*ldap.Connector](t, c)
}
