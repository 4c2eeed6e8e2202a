package ldap_test

import (
	"testing"

	"writersync/connectors/connectortest"
)

func TestConformance(t *testing.T) {
	connectortest.Run(t, connectortest.Harness{
		Directory: newTree, Proves: true, Follows: connectortest.FollowsChanges, Watches: true,
		Lacks: map[connectortest.Trait]string{
			connectortest.EmptyValues: "a directory string is never empty (RFC 4517 section 3.3.6)",
		},
		Cannot: map[connectortest.Lie]string{
			connectortest.ErrorInside: "an answer has one result code, and nothing beside it",
		},
	})
}
