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

// day and week are over how long removals are counted together.
const (
	day  = 24 * time.Hour
	week = 7 * day
)

// observe reads Writer in full, if that is due, and stores how it differs from the ledger.
func (p *pass) observe(ctx context.Context) error {
	if !p.verificationDue() {
		return nil
	}
	began := p.o.Now()
	listing, err := p.o.Target.ReadAll(ctx)
	if err != nil {
		return fmt.Errorf("read Writer: %w", err)
	}
	unseen, err := p.remember(ctx, listing, began)
	if err != nil {
		return err
	}
	if err := p.findLost(ctx, unseen); err != nil {
		return err
	}
	p.run.Verified = listing.AccountsWhole && listing.TeamsWhole
	if !p.run.Verified {
		p.o.Log.Warn("Writer's listing could not be shown to be whole; nothing is concluded from what it lacks")
	}
	return nil
}

// verificationDue reports whether Writer is to be read in full: where that was never done
// under these rules, when the last time is too old, for another organization, or when asked.
func (p *pass) verificationDue() bool {
	stale := p.o.Verify > 0 && p.o.Now().Sub(p.control.Verified) >= p.o.Verify
	moved := p.control.Writer != "" && p.control.Writer != p.o.Endpoint
	if p.request.Import != "" || p.request.Verify || p.control.Verified.IsZero() || moved || p.gate() != guard.GateOpen {
		return true
	}
	// A run for sources that notified could not do all that follows, and leaves it.
	return len(p.request.Rings) == 0 && (stale || p.control.Due)
}

// remember stores what of a listing differs from the ledger, and returns the live accounts
// that a whole listing lacks.
func (p *pass) remember(ctx context.Context, l plan.Listing, began time.Time) ([]plan.RemoteID, error) {
	for tries := 1; ; tries++ {
		in, err := p.linked(ctx)
		if errors.Is(err, store.ErrMoved) && tries < mostTries {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("load what Writer is compared with: %w", err)
		}
		seen, unseen := plan.Observe(in, l, began, p.request.Import != "")
		return unseen, p.store(ctx, seen)
	}
}

// linked loads the picture with every link in it.
func (p *pass) linked(ctx context.Context) (plan.Input, error) {
	var in plan.Input
	err := p.o.Store.View(ctx, func(tx Reader) (err error) {
		if in, err = tx.Load(); err != nil {
			return err
		}
		var people []uint32
		for i, q := range in.People {
			if q.Standing != plan.None {
				people = append(people, uint32(i)) //nolint:gosec // an index of People
			}
		}
		return tx.Fill(&in, people)
	})
	in.Policy = p.o.Policy
	return in, err
}

// observedStep is how many accounts are stored in one transaction.
const observedStep = 10_000

// store stores an observation, in steps.
func (p *pass) store(ctx context.Context, o store.Observation) error {
	for more := !o.Empty(); more; {
		step := o
		n := min(len(o.Accounts), observedStep)
		step.Accounts = o.Accounts[:n]
		if err := p.o.Store.Update(ctx, func(tx Writer) error { return tx.Observe(step) }); err != nil {
			return fmt.Errorf("store what Writer showed: %w", err)
		}
		o = store.Observation{Accounts: o.Accounts[n:]}
		more = len(o.Accounts) > 0
	}
	return nil
}

// findLost asks for each linked account that a whole listing lacks: a listing can
// hide what a direct look finds.
func (p *pass) findLost(ctx context.Context, unseen []plan.RemoteID) error {
	var o store.Observation
	for _, id := range unseen {
		seen, err := p.lookAt(ctx, id)
		if err != nil {
			return err
		}
		o.Accounts = append(o.Accounts, seen)
	}
	return p.store(ctx, o)
}

// lookAt looks for one account by its id.
func (p *pass) lookAt(ctx context.Context, id plan.RemoteID) (store.ObservedAccount, error) {
	began := p.o.Now()
	account, err := p.o.Target.ReadUser(ctx, id)
	switch {
	case err == nil:
		return account.Observed(began), nil
	case connectors.ClassOf(err) == connectors.NotFound:
		return store.ObservedAccount{ID: string(id), At: began, Gone: true}, nil
	}
	return store.ObservedAccount{}, fmt.Errorf("look for account %s: %w", id, err)
}

// findTeams looks for the teams that rules name and that are not linked yet.
func (p *pass) findTeams(ctx context.Context) error {
	if p.run.Verified {
		return nil
	}
	for _, u := range plan.Map(p.in).Unlinked {
		team, err := p.o.Target.FindTeam(ctx, u.Name)
		switch class := connectors.ClassOf(err); {
		case err == nil:
			p.in.Teams = append(p.in.Teams, plan.Team{ID: team.ID, Name: team.Name})
		case class == connectors.NotFound || class == connectors.Conflict:
			continue // the plan says that the team is missing, or ambiguous
		default:
			return fmt.Errorf("look for team %q: %w", u.Name, err)
		}
	}
	slices.SortFunc(p.in.Teams, func(a, b plan.Team) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return nil
}

// mostRecycled is how many inactive accounts a run looks at whose addresses are wanted.
const mostRecycled = 50

// readRecycled looks at the inactive accounts whose addresses newcomers have: the address of one
// that was deleted in Writer is free. The listing of Writer does not say so of inactive accounts.
func (p *pass) readRecycled(ctx context.Context) error {
	var gone store.Observation
	recycled := p.in.Recycled()
	for _, id := range recycled[:min(len(recycled), mostRecycled)] {
		if p.looked[id] {
			continue
		}
		seen, err := p.lookAt(ctx, id)
		if err != nil {
			return err
		}
		if p.looked == nil {
			p.looked = map[plan.RemoteID]bool{}
		}
		p.looked[id] = true
		if seen.Gone {
			gone.Accounts = append(gone.Accounts, seen)
		}
	}
	if len(gone.Accounts) == 0 {
		return nil
	}
	if err := p.store(ctx, gone); err != nil {
		return err
	}
	return store.ErrMoved // the picture has them now
}

// readConflicts looks at the accounts that were in the way of a create, for the
// plan to adopt or hold.
func (p *pass) readConflicts(ctx context.Context) error {
	known := map[plan.RemoteID]bool{}
	for _, q := range p.in.People {
		known[q.Account] = true
	}
	for _, a := range p.in.Accounts {
		known[a.ID] = true
	}
	var o store.Observation
	for _, r := range p.in.Retries {
		if r.Account == "" || known[r.Account] {
			continue
		}
		seen, err := p.lookAt(ctx, r.Account)
		if err != nil {
			return err
		}
		known[r.Account] = true
		if !seen.Gone {
			o.Accounts = append(o.Accounts, seen)
		}
	}
	if len(o.Accounts) == 0 {
		return nil
	}
	if err := p.store(ctx, o); err != nil {
		return err
	}
	return store.ErrMoved // the picture has them now
}
