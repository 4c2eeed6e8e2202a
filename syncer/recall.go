package syncer

import (
	"context"
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
	were     map[int]plan.Person                      // people of pass.in as they were, by index
	moved    map[plan.RemoteID]map[plan.RemoteID]bool // by team and account: whether it is a member
}

// recall lays that out in the people of p.in, until forget.
func (p *pass) recall(ctx context.Context, held []plan.Held) (recalled, error) {
	r := recalled{pass: p, accounts: slices.Clone(p.in.Accounts), teams: slices.Clone(p.in.Teams), were: map[int]plan.Person{}, moved: map[plan.RemoteID]map[plan.RemoteID]bool{}}
	var settled []uint32
	each := func(do func(plan.Held, plan.Op, int)) {
		for _, h := range held {
			for _, op := range h.Ops {
				if i, known := p.in.Person(op.Person); p.needsWriter(h, op) && (known || plan.IsStranger(op.Person)) {
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
	if err := p.fill(ctx, settled); err != nil {
		return recalled{}, err
	}
	each(r.lay)
	slices.SortFunc(r.accounts, func(a, b plan.Account) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for i := range r.teams {
		r.move(i)
	}
	return r, nil
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
		r.member(op.Team, r.pass.in.People[i].Account, false)
	case plan.RemoveMember:
		r.member(op.Team, op.Account, true)
	case plan.CreateUser, plan.AdoptUser:
		r.lost(op, i)
	default:
		r.seen(op, i, op.Kind != plan.Reactivate)
	}
}

// member says whether an account was found in a team.
func (r *recalled) member(team, account plan.RemoteID, is bool) {
	if r.moved[team] == nil {
		r.moved[team] = map[plan.RemoteID]bool{}
	}
	r.moved[team][account] = is
}

// move changes who is in a team by what the holds tell, unless this pass has read it.
func (r *recalled) move(at int) {
	team := &r.teams[at]
	moved := r.moved[team.ID]
	if len(moved) == 0 || team.Read {
		return
	}
	team.Read, team.Members = true, nil
	for _, i := range team.Had {
		account := r.pass.in.People[i].Account
		_, sleeps := slices.BinarySearch(team.Dormant, i)
		if _, told := moved[account]; !sleeps && !told {
			team.Members = append(team.Members, account)
		}
	}
	for account, is := range moved {
		if is {
			team.Members = append(team.Members, account)
		}
	}
	slices.Sort(team.Members)
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
}

// seen says what the account of person i was found to have; several holds may tell of it.
func (r *recalled) seen(op plan.Op, i int, active bool) {
	person := &r.pass.in.People[i]
	if !r.open(i) || person.Link == nil || person.Account != op.Account {
		return
	}
	if person.Remote == nil {
		person.Remote = &plan.Account{ID: op.Account, UserName: person.Link.Applied[plan.UserName], Active: active, Attributes: maps.Clone(person.Link.Applied)}
		delete(person.Remote.Attributes, plan.UserName)
	}
	account := person.Remote
	account.Active = account.Active && active
	for _, c := range op.Changes {
		switch {
		case op.Kind == plan.SetRole && c.Old == c.New:
			account.Attributes[c.Attribute] = plan.RoleMember // an admin of Writer took it
		case op.Kind == plan.UpdateUser && c.Attribute == plan.UserName:
			account.UserName = c.Old
		case op.Kind == plan.UpdateUser:
			account.Attributes[c.Attribute] = c.Old
		}
	}
}

// open remembers how person i was, and reports whether nothing was read of the account
// in this pass.
func (r *recalled) open(i int) bool {
	p := r.pass.in.People[i]
	if _, laid := r.were[i]; laid {
		return !p.Lost
	}
	if p.Remote != nil || p.Lost {
		return false
	}
	r.were[i] = p
	return true
}
