package guard_test

import (
	"testing"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// TestReturnWaitsForWhatIsHeld: an account is not brought back while a membership is held
// that is to go before, and nothing is given to it meanwhile.
func TestReturnWaitsForWhatIsHeld(t *testing.T) {
	goes := func(id string) plan.Op {
		op := parts(id, "sales")
		op.Reason = plan.Reason{Basis: plan.NotVisible, Cause: plan.Return, Claims: []plan.Claim{claim("group of " + id)}}
		return op
	}
	back := func(id string) plan.Op {
		op := updates(id)
		op.Kind = plan.Reactivate
		return op
	}
	all := []plan.Op{goes("ann"), back("ann"), joins("ann", "engineering"), goes("bob"), back("bob"), joins("bob", "engineering"), joins("cid", "engineering")}
	p := plan.Plan{Ops: all}
	ev := prove(calm(), plan.Plan{Ops: all[3:]}) // the claim of ann was not looked at
	if got := tally(screen(p, ev)); got != "go 4, return 2, unproven 1" {
		t.Errorf("%s\n%s", got, screen(p, ev))
	}
	if got := tally(screen(p, prove(calm(), p))); got != "go 7" {
		t.Errorf("proven: %s", got)
	}
	// One whose group is there.
	ev = prove(calm(), p)
	ev.Proofs[claim("group of ann")] = guard.Proof{Presence: connectors.Present, Controls: 5}
	if got := tally(screen(p, ev)); got != "go 4, return 2" {
		t.Errorf("found: %s", got)
	}
	// One that Diff held itself.
	p = plan.Plan{Ops: all[1:3], Held: []plan.Held{{Why: plan.WhyFirstSighting, Exit: plan.Wait, Ops: all[:1]}}}
	if got := tally(screen(p, calm())); got != "go 0, first-sighting 1, return 2" {
		t.Errorf("held before: %s", got)
	}
}
