package state_test

import (
	"errors"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
	"writersync/syncer/syncertest"
)

func failedOutcome() apply.Outcome {
	return apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "no seat is left"}
}

// approveSample approves a hold, records a run that held it, and turns a switch.
func approveSample(t *testing.T, db *state.DB, clock *syncertest.Clock) {
	t.Helper()
	held := plan.Held{Why: "gate", Text: "first plan", Exit: plan.Approve, Ops: []plan.Op{statetest.On(plan.Deactivate, "cid")}}
	now := clock.Now()
	must(t, db.Update(t.Context(), func(tx syncer.Writer) error {
		approval := store.Approval{Hold: string(held.Hash()), Why: held.Stored().Why, By: "root", At: now, Expires: now.Add(24 * time.Hour), Ops: 1}
		return errors.Join(
			tx.Approve(approval, held.Stored().Ops),
			tx.Record(store.Run{ID: "run-1", Started: now, Ended: now}), tx.Hold([]store.Hold{held.Stored()}),
			tx.SetControl(store.Control{Base: store.Base{Hash: "b1"}}), tx.Accept("corp"),
		)
	}))
}
