package main

import (
	"strings"
	"testing"

	"writersync/syncer"
)

// TestApprovedLine: an approval of a gate says what of the plan it does not cover, and
// speaks of no ops that there are not.
func TestApprovedLine(t *testing.T) {
	for _, tt := range []struct {
		name      string
		approval  syncer.Approval
		says, not string
	}{
		{"a hold", syncer.Approval{Why: "run-limit", Ops: 3}, "(run-limit): 3 ops. The next pass applies those", "removal"},
		{"a gate", syncer.Approval{Why: "gate", Ops: 37, Removals: 1}, "applies those that are still planned", "decide about them"},
		{"a gate with removals", syncer.Approval{Why: "gate", Ops: 37, Removals: 1}, "The 1 removal of the plan is not part of it", "removals"},
		{"removals alone", syncer.Approval{Why: "gate", Removals: 2}, "the gate opens with the next pass. The 2 removals of the plan are not part of it", "0 ops"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := approvedLine(tt.approval)
			if !strings.Contains(line, tt.says) || strings.Contains(line, tt.not) {
				t.Error(line)
			}
		})
	}
}
