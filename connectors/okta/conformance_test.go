package okta_test

import (
	"testing"

	"writersync/connectors/connectortest"
)

func TestConformance(t *testing.T) {
	connectortest.Run(t, connectortest.Harness{
		Directory: newTenant, Proves: true, Follows: connectortest.FollowsDeletions, Watches: true,
		Lacks: map[connectortest.Trait]string{
			connectortest.NamedMembers:   "lists name people by their IDs",
			connectortest.NestedGroups:   "groups of Okta's hold people alone",
			connectortest.OutOfSelection: "a configuration selects groups, and all users",
			connectortest.HiddenStatus:   "each user has a status, whatever else the token may see",
			connectortest.InvalidUTF8:    "JSON is UTF-8 (RFC 8259 section 8.1), and what is not arrives as U+FFFD",
		},
	})
}
