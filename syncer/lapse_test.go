package syncer_test

import (
	"errors"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/syncertest"
)

// gateApprovals returns what is to come of approvals of gates.
func (h *house) gateApprovals() []int {
	h.t.Helper()
	approvals, err := syncertest.Approvals(h.t.Context(), h.store, h.clock.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	var out []int
	for _, a := range approvals {
		if a.Why.String() == string(guard.WhyGate) && a.Left > 0 {
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
	for _, tt := range []struct {
		base    string
		refused bool
	}{
		{syncer.BaseOf("rules 2"), true},
		{syncer.BaseOf("rules 1"), false},
		{"", false}, // it is not known
	} {
		if _, err := syncer.Approve(t.Context(), h.store, syncer.ApproveRequest{Hash: gate, By: "test", Base: tt.base, At: h.clock.Now()}); (err != nil) != tt.refused {
			t.Errorf("base %q: %v", tt.base, err)
		}
		approvals, err := syncertest.Approvals(t.Context(), h.store, h.clock.Now())
		if err != nil || (len(approvals) == 0) != tt.refused {
			t.Errorf("base %q: the approvals are %v, %v", tt.base, approvals, err)
		}
	}
}

// TestGateOfRemovals: an approval says how many removals of the plan it leaves out.
func TestGateOfRemovals(t *testing.T) {
	h := settled(t)
	h.company.Leave("cira.ahlberg@example.com")
	h.company.Leave("edda.ahlberg@example.com")
	h.options.Base = "rules 2"
	out := h.pass()
	a, err := syncer.Approve(t.Context(), h.store, syncer.ApproveRequest{Hash: string(out.Plan.Held[0].Hash()), By: "test", At: h.clock.Now()})
	if err != nil || a.Ops != 0 || a.Removals != 2 {
		t.Errorf("%d ops and %d removals, %v\n%s", a.Ops, a.Removals, err, out.Plan)
	}
}
