package ad_test

import (
	"testing"

	"go.uber.org/goleak"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, c *ad.Config) (*ad.Connector, *connectortest.Requests) {
	t.Helper()
	return connectortest.Open[*ad.Connector](t, c)
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
