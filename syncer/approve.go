package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// shortestHash is how many digits of a hash name a hold: fewer would soon name another one.
const shortestHash = 8

// approvalLife is how long an approval lasts.
const approvalLife = 24 * time.Hour

// An ApproveRequest names a hold of the last run, and who approves it.
type ApproveRequest struct {
	Hash string // of the hold, or the beginning of it
	By   string
	At   time.Time
	Base string // of the configuration of the next run; see BaseOf. Empty: it is not known
}

// Approve lets the ops of a hold through, each once, for the next 24 hours, in one
// transaction. Ops that come to be held later are not covered, whatever their reason.
func Approve(ctx context.Context, s Store, r ApproveRequest) (a store.Approval, err error) {
	if len(r.Hash) < shortestHash {
		return a, fmt.Errorf("%q is too short to name a hold: give the hash as `writersync status` shows it, its first %d digits at least", r.Hash, shortestHash)
	}
	err = s.Update(ctx, func(tx Writer) error {
		var ops []store.Op
		var err error
		var given bool
		if a, ops, given, err = approval(tx, r); err != nil || given {
			return err
		}
		a.By, a.At, a.Expires = r.By, r.At, r.At.Add(approvalLife)
		if ofGate(a) {
			if err := change(tx, func(c *store.Control) { c.Base.Approved = r.At }); err != nil {
				return err
			}
		}
		return tx.Approve(a, ops)
	})
	if err != nil {
		return store.Approval{}, err
	}
	return a, nil
}

// approval returns the approval of a hold of the last run, and the ops that it
// lets through; or why there can be none. One that was given since is returned as it is: the
// run under way may have done some of its ops, and each is let through once.
func approval(tx store.Reader, r ApproveRequest) (a store.Approval, ops []store.Op, given bool, err error) {
	runs, err := lastRuns(tx, 1)
	if err != nil {
		return a, nil, false, fmt.Errorf("read the last run: %w", err)
	}
	if len(runs) == 0 {
		return a, nil, false, fmt.Errorf("there was no pass yet: run `writersync plan` first")
	}
	held, err := findHold(runs[0], r.Hash)
	if err != nil {
		return a, nil, false, err
	}
	approvals, err := tx.Approvals(r.At)
	if err != nil {
		return a, nil, false, err
	}
	if a, given = approvedSince(held, runs[0].Started, approvals); given {
		return a, nil, true, nil
	}
	a, ops, err = newApproval(tx, runs[0], held, r.Base)
	return a, ops, false, err
}

// approvedSince returns the approval that a hold was given since the run that found it began.
func approvedSince(h plan.Held, began time.Time, approvals []store.Approval) (a store.Approval, given bool) {
	hash := string(h.Hash())
	i := slices.IndexFunc(approvals, func(a store.Approval) bool {
		return a.Hold == hash && a.Why.String() == string(h.Why) && !a.At.Before(began)
	})
	if i < 0 {
		return store.Approval{}, false
	}
	return approvals[i], true
}

// Approved reports whether a hold of the last run was approved since: the next run carries
// out what is left of it.
func (s Status) Approved(h plan.Held) bool {
	_, given := approvedSince(h, s.Last.Started, s.Approvals)
	return given
}

func newApproval(tx store.Reader, last Run, held plan.Held, base string) (a store.Approval, ops []store.Op, err error) {
	control, err := tx.Control()
	if err != nil {
		return a, nil, err
	}
	switch other := control.Base.Hash != last.Base || (base != "" && base != last.Base); {
	case held.Exit != plan.Approve:
		return a, nil, fmt.Errorf("hold %s (%s) cannot be approved: %s", held.Hash().Short(), held.Why, held.WayOut)
	case held.Why == guard.WhyGate && other:
		return a, nil, errOtherRules
	}
	stored := held.Stored()
	for i, op := range held.Ops {
		// What the first plan would remove is shown with it; later runs decide about
		// it, within the limits.
		if held.Why == guard.WhyGate && op.Removes() {
			a.Removals++
			continue
		}
		ops = append(ops, stored.Ops[i])
	}
	a.Hold, a.Why, a.Ops, a.Left = string(held.Hash()), stored.Why, len(ops), len(ops)
	return a, ops, nil
}

var errOtherRules = errors.New("the rules changed since that plan was made: run `writersync plan`, and approve what it shows")

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
func Pause(ctx context.Context, s Store, on bool, by string, now time.Time) error {
	return s.Update(ctx, func(tx Writer) error {
		return change(tx, func(c *store.Control) {
			if on && c.Paused {
				return // it counts from the first time
			}
			c.Paused, c.PausedBy, c.PausedAt = on, by, now
		})
	})
}

// Split says that a user is not the person of another one with whom they were joined,
// and returns that one.
func Split(ctx context.Context, s Store, user connectors.Ref) (first connectors.Ref, err error) {
	err = s.Update(ctx, func(tx Writer) (err error) {
		if first, err = tx.Split(user); err != nil {
			return err
		}
		return change(tx, func(c *store.Control) { c.Splits++ })
	})
	return first, err
}
