package syncer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A recalled is what Writer said when it was last read in full, as far as the holds of
// that pass tell and this one did not look again. Of everything else in Writer it says
// what the ledger does.
type recalled struct {
	pass     *pass
	accounts []plan.Account
	teams    []plan.Team
	were     map[int]plan.Person // people of pass.in as they were, by index
}

// recall lays that out in the people of p.in, until forget.
func (p *pass) recall(ctx context.Context, held []plan.Held) (recalled, error) {
	r := recalled{pass: p, accounts: slices.Clone(p.in.Accounts), teams: slices.Clone(p.in.Teams), were: map[int]plan.Person{}}
	var settled []uint32
	each := func(do func(plan.Held, plan.Op, int)) {
		for _, h := range held {
			for _, op := range h.Ops {
				if i, known := p.personOf(op.Person); p.needsWriter(h, op) && (known || plan.IsStranger(op.Person)) {
					do(h, op, i)
				}
			}
		}
	}
	each(func(_ plan.Held, op plan.Op, i int) {
		if !plan.IsStranger(op.Person) && p.in.People[i].Settled {
			settled = append(settled, uint32(i)) //nolint:gosec // an index of People
		}
	})
	if err := p.o.Store.Fill(ctx, &p.in, settled); err != nil {
		return recalled{}, fmt.Errorf("load people: %w", err)
	}
	each(r.lay)
	return r, nil
}

func (p *pass) personOf(ref connectors.Ref) (int, bool) {
	return slices.BinarySearchFunc(p.in.People, ref, func(q plan.Person, ref connectors.Ref) int { return q.Ref.Compare(ref) })
}

// forget puts the people back as they were.
func (r recalled) forget() {
	for i, was := range r.were {
		r.pass.in.People[i] = was
	}
}

// lay lays out what one held op of person i tells.
func (r *recalled) lay(h plan.Held, op plan.Op, i int) {
	switch op.Kind {
	case plan.AddMember:
		r.inTeam(op.Team, func(members []plan.RemoteID) []plan.RemoteID {
			return slices.DeleteFunc(members, func(a plan.RemoteID) bool { return a == r.pass.in.People[i].Account })
		})
	case plan.RemoveMember:
		r.inTeam(op.Team, func(members []plan.RemoteID) []plan.RemoteID {
			return slices.Compact(slices.Sorted(slices.Values(append(members, op.Account))))
		})
	case plan.CreateUser, plan.AdoptUser:
		r.lost(op, i)
	default:
		r.seen(op, i, op.Kind != plan.Reactivate)
	}
}

// inTeam changes who is in a team, unless this pass has read it.
func (r *recalled) inTeam(id plan.RemoteID, change func([]plan.RemoteID) []plan.RemoteID) {
	at := slices.IndexFunc(r.teams, func(t plan.Team) bool { return t.ID == id })
	if at < 0 || r.pass.in.Teams[at].Read {
		return
	}
	team := &r.teams[at]
	if !team.Read {
		team.Read, team.Members = true, nil
		for _, i := range team.Had {
			if _, sleeps := slices.BinarySearch(team.Dormant, i); !sleeps {
				team.Members = append(team.Members, r.pass.in.People[i].Account)
			}
		}
		slices.Sort(team.Members)
	}
	team.Members = change(team.Members)
}

// lost says that the account of person i is gone, and which one has the e-mail instead.
func (r *recalled) lost(op plan.Op, i int) {
	person := &r.pass.in.People[i]
	if !r.open(i) || person.Standing != plan.Live {
		return
	}
	person.Lost = true
	if op.Kind != plan.AdoptUser || slices.ContainsFunc(r.accounts, func(a plan.Account) bool { return a.ID == op.Account }) {
		return
	}
	account := plan.Account{ID: op.Account, Active: true, Attributes: map[connectors.Attribute]string{}}
	for _, c := range op.Changes {
		account.Attributes[c.Attribute] = c.New
	}
	account.UserName = account.Attributes[plan.UserName]
	delete(account.Attributes, plan.UserName)
	r.accounts = append(r.accounts, account)
	slices.SortFunc(r.accounts, func(a, b plan.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

// seen says what the account of person i was found to have.
func (r *recalled) seen(op plan.Op, i int, active bool) {
	person := &r.pass.in.People[i]
	if !r.open(i) || person.Link == nil || person.Account != op.Account {
		return
	}
	account := plan.Account{ID: op.Account, UserName: person.Link.Applied[plan.UserName], Active: active, Attributes: maps.Clone(person.Link.Applied)}
	if op.Kind == plan.UpdateUser {
		for _, c := range op.Changes {
			account.Attributes[c.Attribute] = c.Old
		}
		account.UserName = account.Attributes[plan.UserName]
	}
	delete(account.Attributes, plan.UserName)
	person.Remote = &account
}

// open remembers how person i was, and reports whether nothing was read of the account
// in this pass.
func (r *recalled) open(i int) bool {
	p := r.pass.in.People[i]
	if p.Remote != nil || p.Lost {
		return false
	}
	r.were[i] = p
	return true
}
