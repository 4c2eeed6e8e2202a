package syncer

import (
	"context"
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// mostConfirmed is how many accounts and teams one run looks at before it changes what was
// changed in Writer; the next run goes on.
const mostConfirmed = 500

// confirm looks once more at what ops rest on that an earlier run saw in Writer, and drops
// those of which it is not so any more.
func (p *pass) confirm(ctx context.Context) error {
	if p.run.Verified {
		return nil // seen in this run
	}
	c := confirmer{pass: p, seen: map[plan.RemoteID]bool{}, teams: map[plan.RemoteID]map[plan.RemoteID]bool{}}
	var kept []plan.Op
	for _, op := range p.plan.Ops {
		still, err := c.still(ctx, op)
		if err != nil {
			return err
		}
		if !still {
			p.run.More = true // the next run decides anew
			op = op.WithoutDrift()
		}
		if still || len(op.Changes) > 0 {
			kept = append(kept, op)
		}
	}
	p.plan.Ops = kept
	return p.store(ctx, c.found)
}

// A confirmer looks at each object once.
type confirmer struct {
	*pass
	seen  map[plan.RemoteID]bool                   // accounts: whether they are as they were
	teams map[plan.RemoteID]map[plan.RemoteID]bool // members of teams; nil: they were not shown
	found store.Observation
}

// still reports whether what an op rests on is as it was.
func (c *confirmer) still(ctx context.Context, op plan.Op) (bool, error) {
	if op.Reason.Basis.Effect(op.Direction()) != plan.Looks && op.Reason.Cause != plan.FirstMatch {
		return true, nil
	}
	switch op.Kind {
	case plan.AddMember, plan.RemoveMember, plan.ConfirmMember:
		return c.member(ctx, op)
	case plan.LinkTeam, plan.UnlinkTeam, plan.JoinPerson:
		return true, nil // nothing is sent
	}
	account := op.Account
	if i, known := c.in.Person(op.Person); known && c.in.People[i].Lost {
		account = c.in.People[i].Account // which is to be replaced
	}
	return c.account(ctx, account)
}

func (c *confirmer) account(ctx context.Context, id plan.RemoteID) (bool, error) {
	if same, looked := c.seen[id]; looked || id == "" {
		return same || id == "", nil
	}
	if len(c.seen)+len(c.teams) >= mostConfirmed {
		return false, nil
	}
	now, err := c.lookAt(ctx, id)
	if err != nil {
		return false, err
	}
	was, known := c.was(id)
	same := known && was.Gone == now.Gone && plan.AccountOf(was).Same(plan.AccountOf(now))
	if !same {
		c.found.Accounts = append(c.found.Accounts, now)
	}
	c.seen[id] = same
	return same, nil
}

// was returns the account as the plan took it to be.
func (c *confirmer) was(id plan.RemoteID) (store.ObservedAccount, bool) {
	for _, a := range c.in.Accounts {
		if a.ID == id {
			return a.Observed(c.in.Now), true
		}
	}
	i := slices.IndexFunc(c.in.People, func(p plan.Person) bool { return p.Account == id && p.Standing != plan.Deleted })
	switch {
	case i < 0:
		return store.ObservedAccount{}, false
	case c.in.People[i].Lost:
		return store.ObservedAccount{ID: string(id), Gone: true}, true
	case c.in.People[i].Remote != nil:
		return c.in.People[i].Remote.Observed(c.in.Now), true
	}
	return store.ObservedAccount{}, false
}

func (c *confirmer) member(ctx context.Context, op plan.Op) (bool, error) {
	members, looked := c.teams[op.Team]
	if !looked {
		if len(c.seen)+len(c.teams) >= mostConfirmed {
			return false, nil
		}
		var err error
		if members, err = c.membersOf(ctx, op.Team); err != nil {
			return false, err
		}
		c.teams[op.Team] = members
	}
	account := op.Account
	if i, known := c.in.Person(op.Person); account == "" && known {
		account = c.in.People[i].Account
	}
	if members == nil {
		return false, nil
	}
	return members[account] == (op.Kind != plan.AddMember), nil
}

// membersOf reads a team, and remembers how it differs from the ledger.
func (c *confirmer) membersOf(ctx context.Context, id plan.RemoteID) (map[plan.RemoteID]bool, error) {
	team, err := c.o.Target.ReadTeam(ctx, id)
	if connectors.ClassOf(err) == connectors.NotFound {
		return nil, nil //nolint:nilnil // not shown
	}
	if err != nil {
		return nil, fmt.Errorf("look at team %s: %w", id, err)
	}
	if !team.Whole {
		return nil, nil //nolint:nilnil // not shown
	}
	c.found.Teams = append(c.found.Teams, plan.ObserveTeam(c.in, team))
	out := make(map[plan.RemoteID]bool, len(team.Members))
	for _, m := range team.Members {
		out[m] = true
	}
	return out, nil
}
