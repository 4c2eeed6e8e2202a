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
	for _, i := range w.Named {
		if d.fates[i].gains() && !d.unjudged[int(i)] {
			d.want(w, team, int(i))
		}
	}
	left := 0
	d.emptyOf(w, team)
	for _, i := range team.Had {
		back := d.fates[i] == fateComing
		if _, wanted := slices.BinarySearch(w.People, i); wanted || (d.in.People[i].Standing != Live && !back) {
			continue
		}
		left++
		if d.fates[i].gains() || d.fates[i] == fateOut {
			d.unwant(w, team, int(i))
		}
	}
	d.foreign(w, team)
	if left == 0 {
		d.unlink(w, team)
	}
}

// unlink forgets the groups that feed a team no longer, once nobody is left in the
// team because of them: until then they are what keeps the team judged, and a
// missing one is what a removal must be proven against. A group that is perhaps
// replaced by another one of its name is what that is told by.
func (d *differ) unlink(w Wanted, team Team) {
	if d.replacing(team.ID) {
		return
	}
	op := Op{Kind: UnlinkTeam, Team: team.ID, TeamName: team.Name, Unread: w.Unread}
	for _, ref := range w.Unmapped {
		op.Group, op.Reason = ref, Reason{Basis: Shown, Text: "the group is no longer mapped to it, nor nested in a group that is"}
		d.add(op)
	}
	for _, ref := range w.Missing {
		source, _ := d.source(ref.Source)
		if _, waits := source.unconfirmed(d.goneGroups([]connectors.Ref{ref})[0]); waits {
			continue
		}
		op.Group, op.Reason = ref, Reason{
			Basis: NotVisible, Text: "the group is gone, and no member is left in the team because of it",
			Claims: []Claim{{Kind: connectors.GroupObject, Ref: ref}},
		}
		d.add(op)
	}
}

// replacing reports whether a group that would feed the team is held for having the
// name of one that is gone.
func (d *differ) replacing(team RemoteID) bool {
	return slices.ContainsFunc(d.mapping.held, func(h Held) bool {
		return h.Why == WhyGroupRecreated && slices.ContainsFunc(h.Ops, func(o Op) bool { return o.Team == team })
	})
}

// want adds person i to the team unless the ledger, and Writer where it was read,
// have them in it.
func (d *differ) want(w Wanted, team Team, i int) {
	p := d.in.People[i]
	_, had := slices.BinarySearch(team.Had, uint32(i))         //nolint:gosec // an index of People
	_, dormant := slices.BinarySearch(team.Dormant, uint32(i)) //nolint:gosec // an index of People
	op := Op{Kind: AddMember, Person: p.Ref, Account: linkedAccount(p), Team: team.ID, TeamName: team.Name, Login: d.label(i)}
	_, missing := slices.BinarySearch(team.Missing, uint32(i)) //nolint:gosec // an index of People
	switch {
	case had && !dormant && !missing && !p.Lost:
		return
	case had && !dormant && p.Lost:
		op.Reason = Reason{Basis: Drift, Text: "gets an account in the place of one that was deleted in Writer"}
	case had && !dormant:
		op.Reason = Reason{Basis: Drift, Text: "was removed in Writer"}
		if d.in.Policy.Drift.Members.leaves(Repair) {
			d.reportDrift(op, "members", "was taken out of team "+team.Name+" in Writer")
			return
		}
	case d.there(team, i):
		op.Kind = ConfirmMember
		op.Reason = Reason{Basis: Shown, Cause: FirstMatch, Text: "is in the team already, and in group " + d.groupOf(w, i)}
	case dormant:
		op.Reason = Reason{Basis: Shown, Cause: Return, Text: "is back, and in group " + d.groupOf(w, i)}
	default:
		op.Reason = Reason{Basis: Shown, Text: "is in group " + d.groupOf(w, i)}
	}
	d.add(op)
}

// linkedAccount returns the account that the ledger holds to be the person's, "" for
// one that is yet to be made or linked: an op on that goes only once it is.
func linkedAccount(p Person) RemoteID {
	if (p.Standing == Live || p.Standing == Inactive) && !p.Lost {
		return p.Account
	}
	return ""
}

// there reports whether Writer has person i in the team, and the ledger does not know it.
func (d *differ) there(team Team, i int) bool {
	_, ok := slices.BinarySearch(team.Extra, d.account(i))
	return ok
}

// account returns the account person i has, or is about to adopt.
func (d *differ) account(i int) RemoteID {
	p := d.in.People[i]
	if own := linkedAccount(p); own != "" {
		return own
	}
	if d.fates[i] != fateComing {
		return ""
	}
	if found, _ := d.accountsOf(i); len(found) == 1 {
		return d.in.Accounts[found[0]].ID
	}
	return ""
}

// unwant removes person i from the team.
func (d *differ) unwant(w Wanted, team Team, i int) {
	if len(w.Missing) > 0 && d.replacing(team.ID) && d.fates[i] != fateComing {
		return // the hold of that group says it
	}
	p := d.in.People[i]
	why := Reason{Basis: Shown, Text: "is in no group that feeds the team", By: d.alsoIn(i)}
	if len(w.Missing) > 0 {
		why.Basis = Weakest(why.Basis, NotVisible)
		why.Text = fmt.Sprintf("is in no group that is left to feed the team; %d of them no longer stated", len(w.Missing))
		for _, ref := range w.Missing {
			why.Claims = append(why.Claims, Claim{Kind: connectors.GroupObject, Ref: ref})
		}
	}
	if d.missing(i) { // a record that is not seen may be what the group lists
		why.Text = d.withGone(i, why.Text)
		why = d.missingFrom(i, why)
	}
	if d.fates[i] == fateComing && p.Standing == Inactive {
		why.Cause = Return
	}
	// The address that Writer knows, since that is what an admin protects: the
	// directory may have given the person another one meanwhile.
	login := cmp.Or(d.login(i), d.label(i))
	op := Op{Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: login, Reason: why, Unread: d.unreleased(w, i)}
	if !d.awaits(append(d.goneGroups(w.Missing), d.goneOf(i)...), op) {
		d.add(op)
	}
}

// teamGone holds what is open for a team that Writer no longer has.
func (d *differ) teamGone(w Wanted, team Team) {
	var ops []Op
	for _, i := range w.Named {
		if _, had := slices.BinarySearch(team.Had, i); !had && d.fates[i].gains() {
			ops = append(ops, Op{
				Kind: AddMember, Person: d.in.People[i].Ref, Team: team.ID, TeamName: team.Name, Login: d.label(int(i)),
				Reason: Reason{Basis: Shown, Text: "is in group " + d.groupOf(w, int(i))},
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
