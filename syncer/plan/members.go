package plan

import (
	"cmp"
	"fmt"
	"slices"

	"writersync/connectors"
)

// team decides who is added to a team and who is removed. It looks only at people
// who have an account, or get one by this plan.
func (d *differ) team(w Wanted) {
	team := d.in.Teams[w.Team]
	if team.Gone {
		d.teamGone(w, team)
		return
	}
	d.renamed(team)
	for _, i := range w.People {
		if f := d.fates[i]; f == fateLive || f == fateComing {
			d.want(w, team, int(i))
		}
	}
	removed := 0
	for _, i := range team.Had {
		if _, wanted := slices.BinarySearch(w.People, i); !wanted && (d.fates[i] == fateLive || d.fates[i] == fateComing) {
			removed++
			d.unwant(w, team, int(i))
		}
	}
	d.foreign(w, team)
	// A missing group is forgotten once nothing is left that came through it:
	// until then it is what a removal must be proven against.
	if removed == 0 && !w.Stale {
		for _, ref := range w.Missing {
			d.add(Op{Kind: UnlinkTeam, Group: ref, Team: team.ID, TeamName: team.Name, Reason: Reason{
				Basis: Absence, Text: "the group is gone and nobody is left in the team because of it",
				Claims: []Claim{{Kind: connectors.GroupObject, Ref: ref}},
			}})
		}
	}
}

// want adds person i to the team unless the ledger, and Writer where it was read,
// have them in it.
func (d *differ) want(w Wanted, team Team, i int) {
	p := d.in.People[i]
	_, had := slices.BinarySearch(team.Had, uint32(i))         //nolint:gosec // an index of People
	_, dormant := slices.BinarySearch(team.Dormant, uint32(i)) //nolint:gosec // an index of People
	op := Op{Kind: AddMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: d.label(i)}
	switch there := d.there(team, i); {
	case had && !dormant && (there || !team.Read):
		return
	case had && !dormant:
		op.Reason = Reason{Basis: Drift, Text: "was removed in Writer"}
		if d.in.Policy.Drift.Members.leaves(Repair) {
			d.reportDrift(op, "members", "was taken out of team "+team.Name+" in Writer")
			return
		}
	case there:
		op.Kind = ConfirmMember
		op.Account = d.account(i)
		op.Reason = Reason{Basis: Contact, Text: "is in the team already, and in group " + d.groupOf(w, i)}
	case dormant:
		op.Reason = Reason{Basis: Returned, Text: "is back, and in group " + d.groupOf(w, i)}
	default:
		op.Reason = Reason{Basis: Stated, Text: "is in group " + d.groupOf(w, i)}
	}
	d.add(op)
}

// there reports whether Writer was read to have person i in the team.
func (d *differ) there(team Team, i int) bool {
	account := d.account(i)
	if !team.Read || account == "" {
		return false
	}
	_, ok := slices.BinarySearch(team.Members, account)
	return ok
}

// account returns the account person i has, or is about to adopt.
func (d *differ) account(i int) RemoteID {
	p := d.in.People[i]
	if p.Account != "" || p.Standing != None {
		return p.Account
	}
	if found := d.found[stated(p)]; d.fates[i] == fateComing && len(found) == 1 {
		return d.in.Accounts[found[0]].ID
	}
	return ""
}

// unwant removes person i from the team.
func (d *differ) unwant(w Wanted, team Team, i int) {
	p := d.in.People[i]
	if source, _ := d.source(p.Ref.Source); w.Stale || !source.Complete.Valid() {
		return
	}
	why := Reason{Basis: Stated, Text: "is in no group that feeds the team"}
	if len(w.Missing) > 0 {
		why.Basis = Absence
		why.Text = fmt.Sprintf("is in no group that is left to feed the team; %d of them no longer stated", len(w.Missing))
		for _, ref := range w.Missing {
			why.Claims = append(why.Claims, Claim{Kind: connectors.GroupObject, Ref: ref})
		}
	}
	// The address that Writer knows, since that is what an admin protects: the
	// directory may have given the person another one meanwhile.
	login := cmp.Or(d.login(i), d.label(i))
	d.add(Op{Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: login, Reason: why})
}

// teamGone holds what is open for a team that Writer no longer has.
func (d *differ) teamGone(w Wanted, team Team) {
	var ops []Op
	for _, i := range w.People {
		if _, had := slices.BinarySearch(team.Had, i); !had && (d.fates[i] == fateLive || d.fates[i] == fateComing) {
			ops = append(ops, Op{
				Kind: AddMember, Person: d.in.People[i].Ref, Team: team.ID, TeamName: team.Name, Login: d.label(int(i)),
				Reason: Reason{Basis: Stated, Text: "is in group " + d.groupOf(w, int(i))},
			})
		}
	}
	text := fmt.Sprintf("team %q was deleted in Writer", team.Name)
	d.warnings = append(d.warnings, Warning{Code: string(WhyTeamGone), Text: text})
	if len(ops) > 0 {
		d.hold(Held{
			Why: WhyTeamGone, Exit: Fix, Ops: ops, Text: text,
			WayOut: "Create a team in Writer and map the group to it, or take the rule out.",
		})
	}
}

func (d *differ) label(i int) string {
	if mail := stated(d.in.People[i]); mail != "" {
		return mail
	}
	return d.login(i)
}
