package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	runs, err := store.Runs(ctx, 1)
	if err != nil {
		return Approval{}, fmt.Errorf("read the last run: %w", err)
	}
	if len(runs) == 0 {
		return Approval{}, fmt.Errorf("there was no pass yet: run `writersync plan` first")
	}
	run := runs[0]
	held, err := findHold(run, hash)
	if err != nil {
		return Approval{}, err
	}
	if held.Exit != plan.Approve {
		return Approval{}, fmt.Errorf("hold %s (%s) cannot be approved: %s", held.Hash().Short(), held.Why, held.WayOut)
	}
	ops := held.Ops
	if held.Why == guard.WhyGate {
		// What the first plan would remove is shown with it; later passes decide
		// about it, within the limits.
		ops = slices.DeleteFunc(slices.Clone(ops), plan.Op.Removes)
		if err := openGate(ctx, store, run.Base, now); err != nil {
			return Approval{}, err
		}
	}
	a := Approval{
		Hold: held.Hash(), Why: held.Why, By: by, At: now, Expires: now.Add(approvalLife), Ops: len(ops), Removals: len(held.Ops) - len(ops),
	}
	if err := store.Approve(ctx, a, ops); err != nil {
		return Approval{}, fmt.Errorf("store approval: %w", err)
	}
	return a, nil
}

// openGate approves the base under which the plan was made that somebody read.
func openGate(ctx context.Context, store Store, base string, now time.Time) error {
	same := false
	err := store.UpdateControl(ctx, func(c *Control) {
		if same = c.Base.Hash == base; same {
			c.Base.Approved = now
		}
	})
	if err != nil {
		return fmt.Errorf("open the gate: %w", err)
	}
	if !same {
		return errOtherRules
	}
	return nil
}

var errOtherRules = errors.New("the rules changed since that plan was made: run `writersync plan`, and approve what it shows")

// Stale says why an approval of a hold of the last pass could never be used, nil if it
// could: the gate's plan was made under other rules than those of the next pass, which no
// pass has seen so far. Approve cannot know that: it has no configuration.
func (s Status) Stale(hash string) error {
	if s.Last == nil || s.Base == "" || s.Last.Base == s.Base {
		return nil
	}
	if held, err := findHold(*s.Last, hash); err != nil || held.Why != guard.WhyGate {
		return nil //nolint:nilerr // Approve says what is wrong with the hash
	}
	return errOtherRules
}

func findHold(run Run, hash string) (plan.Held, error) {
	var found []plan.Held
	for _, h := range run.Held {
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
		if on && c.Paused {
			return // it counts from the first time
		}
		// What a full read showed meanwhile was not repaired, and nothing else shows it.
		c.Again = c.Again || (!on && c.Paused && c.Verified.After(c.PausedAt))
		c.Paused, c.PausedBy, c.PausedAt = on, by, now
	})
}
