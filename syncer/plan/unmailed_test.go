package plan_test

import (
	"strings"
	"testing"

	"writersync/syncer/plan"
)

// TestEmailNotStatedAnyMore: an account keeps the e-mail that the directory no longer
// states, and every pass says whose that is: the record does not count as applied.
func TestEmailNotStatedAnyMore(t *testing.T) {
	w := newWorld(t).live("ann", func(p *plan.Person) { p.User.Email = "" }).live("bob").member("g-eng", "ann", "bob").hadIn("t1", "ann", "bob")
	p, warnings := plan.Diff(w.input())
	if len(p.Ops) > 0 || len(p.Held) > 0 {
		t.Errorf("something is planned:\n%s", p)
	}
	if len(warnings) != 1 || warnings[0].Code != "email-unstated" || !strings.Contains(warnings[0].Text, "keeps the one it has: 1 (ann@example.com);") {
		t.Errorf("warnings: %v", warnings)
	}
}
