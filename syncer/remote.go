package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// day and week are over how long removals are counted together.
const (
	day  = 24 * time.Hour
	week = 7 * day
)

// readRemote brings in what Writer says: everything on a first pass, when the
// last full read is too old, or when asked; else only the teams that are still to
// be linked and the accounts that were found in the way of a create.
func (p *pass) readRemote(ctx context.Context) error {
	stale := p.o.Verify > 0 && p.o.Now().Sub(p.control.Verified) >= p.o.Verify
	// What was approved may be a difference that only a full read shows.
	approved := slices.ContainsFunc(p.approval, func(a store.Approval) bool { return a.Left > 0 && !a.At.Before(p.control.Verified) })
	// A pass that sources asked for could not do all that follows, and who looks in full
	// looks once.
	due := len(p.request.Rings) == 0 && (stale || approved || p.control.Again)
	if p.request.Import != "" || p.gate() != guard.GateOpen || due || p.request.Verify || p.control.Verified.IsZero() {
		return p.readAll(ctx)
	}
	if err := p.findTeams(ctx); err != nil {
		return err
	}
	return p.readConflicts(ctx)
}

func (p *pass) readAll(ctx context.Context) error {
	remote, err := p.o.Target.ReadAll(ctx)
	if err != nil {
		return fmt.Errorf("read Writer: %w", err)
	}
	p.placeAccounts(remote)
	p.placeTeams(remote)
	if remote.AccountsWhole {
		if err := p.findLost(ctx); err != nil {
			return err
		}
	}
	p.in.Verified = remote.AccountsWhole && remote.TeamsWhole
	p.run.Verified = p.in.Verified
	if !p.in.Verified {
		p.o.Log.Warn("Writer's listing could not be shown to be whole; nothing is concluded from what it lacks")
	}
	return nil
}

// placeAccounts gives each account to the person it is linked to; the others may
// be adopted.
func (p *pass) placeAccounts(remote apply.Remote) {
	person := map[plan.RemoteID]int{}
	for i, q := range p.in.People {
		if q.Account != "" && q.Standing != plan.Deleted {
			person[q.Account] = i
		}
	}
	p.in.Accounts = nil
	for _, a := range remote.Accounts {
		if i, linked := person[a.ID]; linked {
			p.in.People[i].Remote = &a
			continue
		}
		p.in.Accounts = append(p.in.Accounts, a)
	}
	slices.SortFunc(p.in.Accounts, func(a, b plan.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// findLost asks for each linked account that a whole listing lacks: a listing can
// hide what a direct look finds.
func (p *pass) findLost(ctx context.Context) error {
	for i, q := range p.in.People {
		if q.Standing != plan.Live || q.Remote != nil {
			continue
		}
		account, err := p.o.Target.ReadUser(ctx, q.Account)
		switch {
		case err == nil:
			p.in.People[i].Remote = &account
		case connectors.ClassOf(err) == connectors.NotFound:
			p.in.People[i].Lost = true
		default:
			return fmt.Errorf("look for account %s: %w", q.Account, err)
		}
	}
	return nil
}

// placeTeams updates the teams that the ledger knows and adds those it does not.
func (p *pass) placeTeams(remote apply.Remote) {
	at := map[plan.RemoteID]int{}
	for i, t := range p.in.Teams {
		at[t.ID] = i
		p.in.Teams[i].Gone = remote.TeamsWhole
	}
	for _, t := range remote.Teams {
		i, known := at[t.ID]
		if !known {
			i = len(p.in.Teams)
			p.in.Teams = append(p.in.Teams, plan.Team{ID: t.ID})
		}
		team := &p.in.Teams[i]
		team.Gone, team.Was, team.Name = false, team.Name, t.Name
		if t.Whole {
			team.Read, team.Members = true, slices.Sorted(slices.Values(t.Members))
		}
	}
	p.sortTeams()
}

func (p *pass) sortTeams() {
	slices.SortFunc(p.in.Teams, func(a, b plan.Team) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// findTeams looks for the teams that rules name and that are not linked yet.
func (p *pass) findTeams(ctx context.Context) error {
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
	p.sortTeams()
	return nil
}

// readConflicts looks at the accounts that were in the way of a create, for the
// plan to adopt or hold.
func (p *pass) readConflicts(ctx context.Context) error {
	linked := map[plan.RemoteID]bool{}
	for _, q := range p.in.People {
		linked[q.Account] = true
	}
	for _, r := range p.in.Retries {
		if r.Account == "" || linked[r.Account] {
			continue
		}
		account, err := p.o.Target.ReadUser(ctx, r.Account)
		switch {
		case err == nil:
			p.in.Accounts = append(p.in.Accounts, account)
		case connectors.ClassOf(err) != connectors.NotFound:
			return fmt.Errorf("look at account %s: %w", r.Account, err)
		}
	}
	slices.SortFunc(p.in.Accounts, func(a, b plan.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	p.in.Accounts = slices.CompactFunc(p.in.Accounts, func(a, b plan.Account) bool { return a.ID == b.ID })
	return nil
}
