//go:build e2e

package ldap_test

import (
	"errors"
	"fmt"
	"testing"

	"writersync/connectors"
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

// TestNobodyIsFound: where nobody is found by the ID, not even somebody who is listed, the
// credential has lost a right and nobody is said to be gone. So it is where nobody is
// listed.
func TestNobodyIsFound(t *testing.T) {
	tests := []struct {
		name  string
		rules []string
		lost  bool
	}{
		{"by the ID", []string{"to attrs=entryUUID by * none", fmt.Sprintf("to dn.exact=%q by * none", slapdtest.PersonDN(1))}, true},
		{"at all", []string{fmt.Sprintf("to dn.children=%q by * none", slapdtest.UsersBase)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := slapdtest.Start(t, slapdtest.Options{People: 10, Sync: slapdtest.SyncBare})
			c, _ := open(t, config(s))
			_, complete := connectortest.MustRead(t, c)
			s.Delete(slapdtest.PersonDN(2))
			s.SetAccess(tt.rules...)
			_, d, err := connectortest.Changes(t, c, complete.Evidence().Cursor)
			if d.Gone() > 0 || errors.Is(err, connectors.ErrCursorLost) != tt.lost {
				t.Errorf("%d are gone, and %v", d.Gone(), err)
			}
		})
	}
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
