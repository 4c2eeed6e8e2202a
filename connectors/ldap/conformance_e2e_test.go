//go:build e2e

package ldap_test

import (
	"testing"

	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

// TestConformanceLive reads a real slapd: one that tells what was deleted, one that
// tells what is still there, and one that tells nothing.
func TestConformanceLive(t *testing.T) {
	for sync, follows := range map[slapdtest.Sync]connectortest.Follows{
		slapdtest.SyncLog: connectortest.FollowsDeletions, slapdtest.SyncBare: connectortest.FollowsDeletions, slapdtest.NoSync: connectortest.FollowsChanges,
	} {
		t.Run("sync "+string(sync), func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Harness{
				Directory: liveTree(sync), Proves: true, Follows: follows, Watches: true,
				Lacks: map[connectortest.Trait]string{
					connectortest.EmptyValues: "a directory string is never empty (RFC 4517 section 3.3.6)",
					connectortest.EmptyGroups: "a groupOfNames has a member (RFC 4519 section 3.5)",
					connectortest.InvalidUTF8: "slapd refuses it",
				},
				Cannot: connectortest.CannotLie("a real server cannot be made to: the stand-in tells it"),
			})
		})
	}
}
