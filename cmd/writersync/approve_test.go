package main

import (
	"strings"
	"testing"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// TestApprovedLine: an approval of a gate says what of the plan it does not cover, and
// speaks of no ops that there are not.
func TestApprovedLine(t *testing.T) {
	held := func(why plan.Why) store.Why { return plan.Held{Why: why}.Stored().Why }
	for _, tt := range []struct {
		name      string
		approval  store.Approval
		says, not string
	}{
		{"a hold", store.Approval{Why: held(guard.WhyRunLimit), Ops: 3, Left: 3}, "(run-limit): 3 ops. The next pass applies those", "removal"},
		{"a gate", store.Approval{Why: held(guard.WhyGate), Ops: 37, Left: 37, Removals: 1}, "applies those that are still planned", "decide about them"},
		{"a gate with removals", store.Approval{Why: held(guard.WhyGate), Ops: 37, Left: 37, Removals: 1}, "The 1 removal of the plan is not part of it", "removals"},
		{"removals alone", store.Approval{Why: held(guard.WhyGate), Removals: 2}, "the gate opens with the next pass. The 2 removals of the plan are not part of it", "0 ops"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := approvedLine(tt.approval)
			if !strings.Contains(line, tt.says) || strings.Contains(line, tt.not) {
				t.Error(line)
			}
		})
	}
}
