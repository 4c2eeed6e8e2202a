package okta_test

import (
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// leavesHalf fails unless half of each limit of an organization was left to others.
func leavesHalf(t *testing.T, org *oktatest.Org) {
	t.Helper()
	if refused, lowest := org.Limits(); refused > 0 || lowest < org.Limit/2 {
		t.Errorf("%d of %d left at the least; %d were refused", lowest, org.Limit, refused)
	}
}

// spends is the limit of which a first reading of five people in two groups spends the
// half: three requests for people, and three for members.
const spends = 6

// TestImportSpendsFromOneShare makes somebody right after a reading that spent the share.
func TestImportSpendsFromOneShare(t *testing.T) {
	turned(t, 5, 2, func(c *okta.Config) { c.Import.Enabled = true }, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		org.Limit = spends
		mustRead(t, c)
		leavesHalf(t, org)
		if _, err := c.(connectors.Importer).CreateUser(t.Context(), newUser()); err != nil {
			t.Fatal(err)
		}
		leavesHalf(t, org)
	})
}

// TestTwoSourcesSpendFromOneShare opens one organization twice, as a program with two
// sources does.
func TestTwoSourcesSpendFromOneShare(t *testing.T) {
	org, kind := clocked(), okta.Type()
	var sources []connectors.Connector
	for range 2 {
		c, _ := kind.New().(*okta.Config)
		c.URL, c.Token, c.Timeout = org.URL, connectortest.SecretOf(token), 5*time.Second
		source, err := okta.OpenOn(c, connectortest.Env(&connectortest.Requests{}), org)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	synctest.Test(t, func(t *testing.T) {
		company(org, 5, 2)
		org.Limit = spends
		for _, c := range sources {
			mustRead(t, c)
			leavesHalf(t, org)
		}
	})
}
