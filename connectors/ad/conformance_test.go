package ad_test

import (
	"testing"

	"writersync/connectors/connectortest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{
		Directory: newDomain, Proves: true, Follows: connectortest.FollowsDeletions, Watches: true,
		Lacks: map[connectortest.Trait]string{
			connectortest.NamedMembers: "lists are read by objectGUID",
			connectortest.EmptyValues:  "an attribute that is there has a value (MS-ADTS section 3.1.1.3.2)",
		},
		Cannot: map[connectortest.Lie]string{
			connectortest.ErrorInside: "an answer has one result code, and nothing beside it",
		},
	})
}
