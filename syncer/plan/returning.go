package plan

import (
	"fmt"
	"slices"
)

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

// wantedIn returns who is wanted in a team; ok is false if no group feeds it.
func (d *differ) wantedIn(team int) (w Wanted, ok bool) {
	i, ok := slices.BinarySearchFunc(d.mapping.Teams, team, func(w Wanted, t int) int { return w.Team - t })
	if !ok {
		return Wanted{}, false
	}
	return d.mapping.Teams[i], true
}

// reactivate brings back an account. The memberships that it kept are judged first, against
// the groups as they are now: it waits until all of them were read.
func (d *differ) reactivate(i int) {
	left := d.leftBehind(i)
	if len(left) > 0 && !d.judges(i, left) {
		if ops := d.tried(func() { d.update(i, Reactivate) }); len(ops) > 0 {
			d.hold(Held{
				Why: WhyReturn, Exit: Wait, Ops: ops,
				Text:   fmt.Sprintf("%s is back, and the account has memberships that no group is known to give: %d", d.in.People[i].name(), len(left)),
				WayOut: "The next run that reads the groups in full takes them away, and brings the account back.",
			})
		}
		return
	}
	if !d.update(i, Reactivate) {
		return
	}
	d.fates[i] = fateComing
	for _, t := range left {
		w, _ := d.wantedIn(t)
		if _, in := slices.BinarySearch(w.People, uint32(i)); !in && len(w.groups) > 0 { //nolint:gosec // an index of People
			continue // with the team
		}
		p, team := d.in.People[i], d.in.Teams[t]
		d.add(Op{
			Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: d.login(i),
			Reason: Reason{Basis: Shown, Cause: Return, Text: "is back, and no list names them as a member", By: d.alsoIn(i)},
		})
	}
}

// judges reports whether this run read all groups that decide about the person.
func (d *differ) judges(i int, teams []int) bool {
	return d.whole(i) && !slices.ContainsFunc(teams, func(t int) bool {
		w, _ := d.wantedIn(t)
		return w.Stale
	})
}
