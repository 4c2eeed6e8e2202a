package plan

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
)

// foreign looks at those whom Writer was read to have in a team and whom neither a
// group asserts nor the ledger remembers: somebody put them there in Writer. A rule
// that claims the team exclusively takes them out; else they are counted and left.
func (d *differ) foreign(w Wanted, team Team) {
	if !team.Read {
		return
	}
	if len(team.Extra) == 0 {
		return
	}
	ours := make(map[RemoteID]bool, len(w.People))
	for _, i := range w.People {
		ours[d.account(int(i))] = true
	}
	strangers := slices.DeleteFunc(slices.Clone(team.Extra), func(a RemoteID) bool { return ours[a] })
	switch {
	case len(strangers) == 0:
	case w.Exclusive && !w.Stale && len(w.Missing) == 0:
		for _, account := range strangers {
			d.expel(team, account)
		}
	case team.Name != d.in.Policy.DefaultTeam:
		d.warnings = append(d.warnings, Warning{
			Code: "foreign-member",
			Text: fmt.Sprintf("%d members of team %q were put there in Writer, and are left", len(strangers), team.Name),
		})
	}
}

// expel takes an account out of a team that is claimed.
func (d *differ) expel(team Team, account RemoteID) {
	op := Op{
		Kind: RemoveMember, Person: Stranger(account), Account: account, Team: team.ID, TeamName: team.Name,
		Reason: Reason{Basis: Drift, Text: "was put into the team in Writer, and the team is exclusive"},
	}
	if i, known := d.holder(account); known {
		op.Person, op.Login = d.in.People[i].Ref, d.login(i)
		if d.fates[i] == fateLeaving {
			return // the account goes anyway
		}
	} else if at, found := d.stranger(account); found {
		op.Login = d.in.Accounts[at].Email()
	}
	d.add(op)
}

// Stranger stands in an op for the person whose account is no source's: it has no
// source, and the account's id.
func Stranger(account RemoteID) connectors.Ref { return connectors.Ref{ID: string(account)} }

// IsStranger reports whether the ref was made by Stranger.
func IsStranger(r connectors.Ref) bool { return r.Source == "" && r.ID != "" }

// holder returns the person whose account it is.
func (d *differ) holder(account RemoteID) (int, bool) {
	if d.holders == nil {
		d.holders = make(map[RemoteID]int, len(d.in.People))
		for i, p := range d.in.People {
			if p.Account != "" && p.Standing != Deleted {
				d.holders[p.Account] = i
			}
		}
	}
	i, known := d.holders[account]
	return i, known
}

// stranger returns the account that no person has.
func (d *differ) stranger(account RemoteID) (int, bool) {
	return slices.BinarySearchFunc(d.in.Accounts, account, func(a Account, id RemoteID) int { return strings.Compare(string(a.ID), string(id)) })
}

// renamed notes that a team has another name in Writer than the ledger remembers.
// It stays linked: a name is a label.
func (d *differ) renamed(team Team) {
	if team.Was == "" || team.Was == team.Name {
		return
	}
	d.warnings = append(d.warnings, Warning{
		Code: "team-renamed",
		Text: fmt.Sprintf("team %q is called %q in Writer now; it stays linked, and rules may go on naming the old name", team.Was, team.Name),
	})
	for _, f := range d.in.Feeds {
		if f.Team == team.ID {
			d.add(Op{
				Kind: LinkTeam, Group: f.Group, Team: team.ID, TeamName: team.Name,
				Changes: []Change{{Attribute: connectors.DisplayName, Old: team.Was, New: team.Name}, {Attribute: "rule", New: f.Rule}},
				Reason:  Reason{Basis: Drift, Text: "the team was renamed in Writer"},
			})
			return
		}
	}
}
