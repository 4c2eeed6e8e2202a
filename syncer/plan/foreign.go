package plan

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
)

// foreign looks at the unmanaged members of a team: accounts that Writer showed in it, that
// the ledger does not have there, and that are of no user in a group of the team. A rule that
// claims the team exclusively takes them out; else they are counted and left.
func (d *differ) foreign(w Wanted, team Team) {
	if !team.Read || len(team.Extra) == 0 {
		return
	}
	listed := d.listedIn(w)
	unmanaged := slices.DeleteFunc(slices.Clone(team.Extra), func(a RemoteID) bool { return listed.has(d, a) })
	stays := d.staysUnmanaged(w, listed)
	switch {
	case len(unmanaged) == 0:
	case w.Exclusive && stays == "":
		for _, account := range unmanaged {
			d.expel(w, team, account)
		}
	case team.Name != d.in.Policy.DefaultTeam:
		text := fmt.Sprintf("%d members of team %q were put there in Writer, and are left", len(unmanaged), team.Name)
		if w.Exclusive {
			text += ", since " + stays
		}
		d.warnings = append(d.warnings, Warning{Code: "foreign-member", Text: text})
	}
}

// listed is the users that the groups of a team list, by what Writer may know them by.
type listed struct {
	accounts  map[RemoteID]bool
	addresses map[string]bool
	unlinked  bool           // one of them has no account that is known
	nameless  connectors.Ref // one of those who has no usable e-mail either
}

// listedIn returns the users that the groups of a team list, whatever becomes of them: also
// those who are held, left out or disabled, or whose record cannot be used.
func (d *differ) listedIn(w Wanted) listed {
	l := listed{accounts: make(map[RemoteID]bool, len(w.People)), addresses: map[string]bool{}}
	for _, at := range w.People {
		p, account := d.in.People[at], d.account(int(at))
		l.accounts[account], l.addresses[stated(p)] = true, true
		for _, made := range d.madeFor(int(at)) {
			l.accounts[d.in.Accounts[made].ID] = true
		}
		addressed := stated(p) != ""
		for _, part := range p.Parts {
			if part.User != nil && part.User.Email != "" {
				l.addresses[connectors.CanonicalEmail(part.User.Email)], addressed = true, true
			}
		}
		if account == "" {
			l.unlinked = true
			if !addressed {
				l.nameless = p.Ref
			}
		}
	}
	delete(l.accounts, "")
	delete(l.addresses, "")
	return l
}

// has reports whether the account is, or may be, that of a user who is listed.
func (l listed) has(d *differ, account RemoteID) bool {
	if l.accounts[account] {
		return true
	}
	if i, linked := d.holder(account); linked {
		p := d.in.People[i]
		return (p.Link != nil && l.addresses[p.Link.Email()]) || (p.Remote != nil && l.addresses[p.Remote.Email()])
	}
	if at, known := d.stranger(account); known {
		return l.addresses[d.in.Accounts[at].Email()]
	}
	return l.unlinked // no listing shows its address
}

// staysUnmanaged says why the unmanaged members of a team stay although it is exclusive, ""
// if nothing does: they may be users that a group would list if it could be seen, or users
// of a group whose account is not known.
func (d *differ) staysUnmanaged(w Wanted, l listed) string {
	empty := slices.IndexFunc(w.groups, func(g int) bool { return d.in.Groups[g].Emptied })
	switch {
	case len(w.Missing) > 0:
		return fmt.Sprintf("group %s is missing", w.Missing[0])
	case empty >= 0:
		return fmt.Sprintf("the list of group %s is empty", d.in.Groups[w.groups[empty]].Name)
	case len(w.Named) == 0:
		return "no group lists any member of it"
	case l.nameless != (connectors.Ref{}):
		return fmt.Sprintf("user %s of a group has no usable e-mail, and may be one of them", l.nameless)
	}
	return ""
}

// expel takes an account out of a team that is claimed.
func (d *differ) expel(w Wanted, team Team, account RemoteID) {
	op := Op{
		Kind: RemoveMember, Person: Stranger(account), Account: account, Team: team.ID, TeamName: team.Name,
		Reason: Reason{Basis: Drift, Text: "was put into the team in Writer, and the team is exclusive"},
		Unread: d.in.notFull(), // of which one may list the user
	}
	if i, known := d.holder(account); known {
		op.Person, op.Login, op.Unread = d.in.People[i].Ref, d.login(i), union(w.Unread, d.unread(i)...)
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
