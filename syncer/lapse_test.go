package syncer_test

import (
	"errors"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
)

// gateApprovals returns what is to come of approvals of gates.
func (h *house) gateApprovals() []int {
	h.t.Helper()
	approvals, _, err := h.store.Approved(h.t.Context(), h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []int
	for _, a := range approvals {
		if a.Why == guard.WhyGate && a.Left > 0 {
			out = append(out, a.Left)
		}
	}
	return out
}

// TestGateApprovalEnds: nothing is said to come of an approval of a gate once the rules
// moved, or once the gate is open and what is left is planned no more.
func TestGateApprovalEnds(t *testing.T) {
	h := newHouse(t)
	h.approveAll(h.pass())
	h.options.Base = "rules 2"
	out := h.pass()
	if left := h.gateApprovals(); len(left) > 0 {
		t.Errorf("of a plan under other rules are to come: %v", left)
	}
	h.approveAll(out)
	h.company.Leave("cira.ahlberg@example.com") // and is not created by the pass that follows
	h.pass()
	if left := h.gateApprovals(); len(left) > 0 {
		t.Errorf("of a plan that was carried out are to come: %v", left)
	}
}

// TestGateApprovalOfWhatFailed: what Writer did not take of an approved plan is still to
// come, and needs no second approval.
func TestGateApprovalOfWhatFailed(t *testing.T) {
	h := newHouse(t)
	h.approveAll(h.pass())
	h.writer.Before = func(e applytest.Entry) error {
		if e.Email == "cira.ahlberg@example.com" {
			return &connectors.Error{Class: connectors.Transient, Op: e.Verb, Err: errors.New("no answer")}
		}
		return nil
	}
	h.pass()
	if left := h.gateApprovals(); len(left) != 1 {
		t.Fatalf("to come: %v", left)
	}
	h.writer.Before = nil
	if h.pass(); len(h.gateApprovals()) > 0 {
		t.Errorf("to come after all was done: %v", h.gateApprovals())
	}
}

// TestStaleHold: the plan of a gate is stale as soon as the configuration has other
// rules, a pass with them or not; that of a limit is decided by later passes.
func TestStaleHold(t *testing.T) {
	h := newHouse(t)
	gate := string(h.pass().Plan.Held[0].Hash())
	status, err := syncer.ReadStatus(t.Context(), h.store, h.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		base, hash string
		stale      bool
	}{
		{"", gate, false}, // nobody knows
		{syncer.BaseOf("rules 1"), gate, false},
		{syncer.BaseOf("rules 2"), gate, true},
		{syncer.BaseOf("rules 2"), "000000", false}, // Approve says that there is none
	} {
		status.Base = tt.base
		if err := status.Stale(tt.hash); (err != nil) != tt.stale {
			t.Errorf("base %q, hash %s: %v", tt.base, tt.hash, err)
		}
	}
	status.Last.Held[0].Why = guard.WhyRunLimit
	status.Base = syncer.BaseOf("rules 2")
	if err := status.Stale(gate); err != nil {
		t.Errorf("a hold of the run limit: %v", err)
	}
}

// TestGateOfRemovals: an approval says how many removals of the plan it leaves out.
func TestGateOfRemovals(t *testing.T) {
	h := settled(t)
	h.company.Leave("cira.ahlberg@example.com")
	h.company.Leave("edda.ahlberg@example.com")
	h.options.Base = "rules 2"
	out := h.pass()
	a, err := syncer.Approve(t.Context(), h.store, string(out.Plan.Held[0].Hash()), "test", h.now)
	if err != nil || a.Ops != 0 || a.Removals != 2 {
		t.Errorf("%d ops and %d removals, %v\n%s", a.Ops, a.Removals, err, out.Plan)
	}
}
