//go:build e2e

package ldap_test

import (
	"testing"

	"writersync/connectors"
	"writersync/connectors/ldap/slapdtest"
)

// TestRequests prints what a directory of 10,000 people and 200 groups costs, beside
// what nobody could do with less: pages of 500 of what is wanted, and nothing that shows
// that it was whole.
func TestRequests(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10_000, Groups: 200, GroupSize: 60, Sync: slapdtest.SyncLog})
	c, seen := open(t, config(s))
	before := 0
	report := func(what string, least, most int) {
		t.Helper()
		n := seen.total() - before
		before += n
		t.Logf("%-28s %3d requests, at least %2d", what, n, least)
		if n > most {
			t.Errorf("%s: %d requests, want at most %d", what, n, most)
		}
	}
	_, complete := mustRead(t, c)
	report("whole reading", 1+20+1, 54)
	next := complete.Evidence().Cursor
	follow := func(states int) {
		t.Helper()
		kept := &store{}
		d, err := c.Changes(t.Context(), next, connectors.NewChanges("corp", kept))
		if err != nil {
			t.Fatal(err)
		}
		if d.Stated() != states {
			t.Errorf("%d records, want %d", d.Stated(), states)
		}
		next = d.Next()
	}
	follow(0)
	report("changes: nothing", 1+1, 5)
	s.Include(slapdtest.GroupDN(0), "member", slapdtest.PersonDN(9000))
	follow(1)
	report("changes: one membership", 1+1, 5)
	s.Delete(slapdtest.PersonDN(9000))
	follow(1) // of the group, which lost a member without a word, the next whole reading tells
	report("changes: one person deleted", 1+1, 5)
}

func (o *observer) total() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, count := range o.codes {
		n += count
	}
	return n
}
