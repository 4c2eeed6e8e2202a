package syncer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// approvalLife is how long an approval lasts.
const approvalLife = 24 * time.Hour

// Approve lets the ops of a hold through, each once, for the next 24 hours. The
// hold is named by its hash or the beginning of it, and must be one of the last
// pass. Ops that come to be held later are not covered, whatever their reason.
func Approve(ctx context.Context, store Store, hash, by string, now time.Time) (Approval, error) {
	if hash == "" {
		return Approval{}, fmt.Errorf("the hash is empty: `writersync status` shows that of each hold")
	}
	held, err := findHold(ctx, store, hash)
	if err != nil {
		return Approval{}, err
	}
	if held.Exit != plan.Approve {
		return Approval{}, fmt.Errorf("hold %s (%s) cannot be approved: %s", held.Hash().Short(), held.Why, held.WayOut)
	}
	a := Approval{Hold: held.Hash(), Why: held.Why, By: by, At: now, Expires: now.Add(approvalLife), Ops: len(held.Ops)}
	if err := store.Approve(ctx, a, held.Ops); err != nil {
		return Approval{}, fmt.Errorf("store approval: %w", err)
	}
	if held.Why == guard.WhyGate {
		if err := store.UpdateControl(ctx, func(c *Control) { c.Base.Approved = now }); err != nil {
			return Approval{}, fmt.Errorf("open the gate: %w", err)
		}
	}
	return a, nil
}

func findHold(ctx context.Context, store Store, hash string) (plan.Held, error) {
	runs, err := store.Runs(ctx, 1)
	if err != nil {
		return plan.Held{}, fmt.Errorf("read the last run: %w", err)
	}
	if len(runs) == 0 {
		return plan.Held{}, fmt.Errorf("there was no pass yet: run `writersync plan` first")
	}
	var found []plan.Held
	for _, h := range runs[0].Held {
		if strings.HasPrefix(string(h.Hash()), strings.ToLower(hash)) {
			found = append(found, h)
		}
	}
	switch len(found) {
	case 0:
		return plan.Held{}, fmt.Errorf("no hold of the last pass has the hash %s: see `writersync status`; the hash changes when the set of ops does", hash)
	case 1:
		return found[0], nil
	}
	return plan.Held{}, fmt.Errorf("%d holds begin with %s: give more of the hash", len(found), hash)
}

// Pause turns the kill switch on or off. It takes effect before the next request
// that writes, and survives a restart.
func Pause(ctx context.Context, store Store, on bool, by string, now time.Time) error {
	return store.UpdateControl(ctx, func(c *Control) {
		c.Paused, c.PausedBy, c.PausedAt = on, by, now
	})
}
