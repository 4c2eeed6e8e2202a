package plan

import "slices"

// leftBehind returns the teams in which the inactive account of person i has a membership
// that no group gives any more, as indexes into Input.Teams.
func (d *differ) leftBehind(i int) []int {
	person := uint32(i) //nolint:gosec // an index of People
	var out []int
	for t, team := range d.in.Teams {
		if _, had := slices.BinarySearch(team.Had, person); !had || team.Gone {
			continue
		}
		w, fed := d.wantedIn(t)
		if _, wanted := slices.BinarySearch(w.Named, person); !fed || !wanted {
			out = append(out, t)
		}
	}
	return out
}

// reactivate brings back an account. The memberships that it kept and that no group gives any
// more are removed first.
func (d *differ) reactivate(i int) {
	if !d.update(i, Reactivate) {
		return
	}
	d.fates[i] = fateComing
	for _, t := range d.leftBehind(i) {
		w, _ := d.wantedIn(t)
		if _, in := slices.BinarySearch(w.People, uint32(i)); !in && len(w.groups) > 0 { //nolint:gosec // an index of People
			continue // with the team
		}
		p, team := d.in.People[i], d.in.Teams[t]
		d.add(Op{
			Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: d.login(i),
			Reason: Reason{Basis: Shown, Cause: Return, Text: "is back, and no list names them as a member", By: d.alsoIn(i)},
			Unread: union(w.Unread, d.unread(i)...),
		})
	}
}
