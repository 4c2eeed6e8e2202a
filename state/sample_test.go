package state_test

import (
	"testing"
	"time"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

func failedOutcome() apply.Outcome {
	return apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "no seat is left"}
}

// approveSample approves a hold, records a run that held it, and turns a switch.
func approveSample(t *testing.T, db *state.DB, clock *statetest.Clock) {
	t.Helper()
	held := plan.Held{Why: "gate", Text: "first plan", Exit: plan.Approve, Ops: []plan.Op{statetest.On(plan.Deactivate, "cid")}}
	now := clock.Now()
	must(t, db.Approve(t.Context(), syncer.Approval{Hold: held.Hash(), Why: "gate", By: "root", At: now, Expires: now.Add(24 * time.Hour), Ops: 1}, held.Ops))
	must(t, db.Record(t.Context(), syncer.Run{ID: "run-1", Started: now, Ended: now, Result: syncer.ResultHeld, Held: []plan.Held{held}}))
	must(t, db.UpdateControl(t.Context(), func(c *syncer.Control) { c.Base.Hash = "b1" }))
	must(t, db.Accept(t.Context(), "corp"))
}
