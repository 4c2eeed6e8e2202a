package plan

import "slices"

// reactivate brings back an account. The memberships that it kept are judged with the teams.
func (d *differ) reactivate(i int) {
	if d.update(i, Reactivate) {
		d.fates[i] = fateComing
	}
}

// returns reports whether the account of person i is inactive and comes back by this plan: the
// memberships that it kept and that are not wanted any more go first.
func (d *differ) returns(i int) bool {
	return d.fates[i] == fateComing && d.in.People[i].Standing == Inactive
}

// leftBehind removes returning users from the teams that no group feeds any more.
func (d *differ) leftBehind() {
	for t, team := range d.in.Teams {
		if _, fed := d.wantedIn(t); fed || team.Gone {
			continue
		}
		for _, person := range team.Had {
			i := int(person)
			if !d.returns(i) {
				continue
			}
			p := d.in.People[i]
			d.add(Op{
				Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: d.login(i),
				Reason: Reason{Basis: Shown, Cause: Return, Text: "is back, and no group feeds the team any more", By: d.alsoIn(i)},
				Unread: d.unread(i),
			})
		}
	}
}

// hidden returns the groups by which alone the person is in the team and whose lists do not name
// the person now, nor a nested group that does: those whose lists are empty, and the others. None
// if a list names the person.
func (d *desired) hidden(w Wanted, person uint32) (emptied, others []int) {
	if _, named := slices.BinarySearch(w.Named, person); named {
		return nil, nil
	}
	for _, g := range w.groups {
		group := d.in.Groups[g]
		from := group.Members // of a list that is empty: all of before
		if !group.Emptied {
			from = group.Dangling
		}
		_, by := slices.BinarySearch(from, person)
		if !by && !slices.Contains(w.flat, g) {
			_, by = slices.BinarySearch(d.behind(g), person)
		}
		switch {
		case by && group.Emptied:
			emptied = append(emptied, g)
		case by:
			others = append(others, g)
		}
	}
	return emptied, others
}
