//go:build e2e

package ldap_test

import (
	"testing"

	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

// TestRequestsWithoutSessionLog: who is not listed any more costs one search, for all of
// them together.
func TestRequestsWithoutSessionLog(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10, Sync: slapdtest.SyncBare})
	c, seen := open(t, config(s))
	_, complete := connectortest.MustRead(t, c)
	seen.Reset()
	s.Delete(slapdtest.PersonDN(1))
	s.Delete(slapdtest.PersonDN(2))
	if _, d := connectortest.MustChange(t, c, complete.Evidence().Cursor); d.Gone() != 2 {
		t.Errorf("%d are gone, want 2", d.Gone())
	}
	seen.Report(t, "changes: two people deleted", 1+1, 6)
}

// TestRequests prints what a directory of 10,000 people and 200 groups costs, beside
// what nobody could do with less: pages of 500 of what is wanted, and nothing that shows
// that it was whole.
func TestRequests(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10_000, Groups: 200, GroupSize: 60, Sync: slapdtest.SyncLog})
	c, seen := open(t, config(s))
	connectortest.MustRead(t, openIn(t, config(s), unwatched(seen)))
	seen.Report(t, "whole reading, watch: false", 1+20+1, 50)
	_, complete := connectortest.MustRead(t, c)
	seen.Report(t, "whole reading", 1+20+1, 54)
	next := complete.Evidence().Cursor
	follow := func(states int) {
		t.Helper()
		_, d := connectortest.MustChange(t, c, next)
		if d.Stated() != states {
			t.Errorf("%d records, want %d", d.Stated(), states)
		}
		next = d.Next()
	}
	follow(0)
	seen.Report(t, "changes: nothing", 1+1, 5)
	s.Include(slapdtest.GroupDN(0), "member", slapdtest.PersonDN(9000))
	follow(1)
	seen.Report(t, "changes: one membership", 1+1, 5)
	s.Delete(slapdtest.PersonDN(9000))
	follow(1) // of the group, which lost a member without a word, the next whole reading tells
	seen.Report(t, "changes: one person deleted", 1+1, 5)
}
