package plan

import (
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// empty holds that person i leaves a team whose groups named the person, if no list does now
// and one of them is empty.
func (d *differ) empty(w Wanted, team Team, i int) {
	person := uint32(i) //nolint:gosec // an index of People
	if _, named := slices.BinarySearch(w.Named, person); named {
		return
	}
	emptied := d.emptied(w, person)
	if len(emptied) == 0 {
		return
	}
	p, first := d.in.People[i], d.in.Groups[emptied[0]]
	op := Op{
		Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: d.label(i),
		Reason: Reason{Basis: NotVisible, Text: fmt.Sprintf("is in no group that feeds the team; the list of group %s is empty", first.Name), By: d.alsoIn(i)},
	}
	for _, g := range emptied {
		op.Reason.Marks = append(op.Reason.Marks, Claim{Kind: connectors.GroupObject, Ref: d.in.Groups[g].Ref})
	}
	for _, part := range d.parts(i) {
		op.Reason.Marks = append(op.Reason.Marks, Claim{Kind: connectors.UserObject, Ref: part.Ref})
	}
	if d.approved([]Op{op}) {
		d.add(op)
		return
	}
	if d.leaves == nil {
		d.leaves = map[int][]Op{}
	}
	d.leaves[emptied[0]] = append(d.leaves[emptied[0]], op)
}

// emptied returns the groups whose lists are empty and by which alone the person is in the
// team, none if there are others.
func (d *differ) emptied(w Wanted, person uint32) []int {
	var out []int
	for _, g := range w.groups {
		group := d.in.Groups[g]
		if _, dangling := slices.BinarySearch(group.Dangling, person); !dangling {
			continue
		}
		if !group.Emptied {
			return nil
		}
		out = append(out, g)
	}
	return out
}

// holdEmptied makes the holds of empty, one for each group.
func (d *differ) holdEmptied() {
	for _, g := range slices.Sorted(maps.Keys(d.leaves)) {
		group, ops := d.in.Groups[g], d.leaves[g]
		d.held = append(d.held, Held{
			Why: WhyNotVisible, Exit: Approve, Ops: ops,
			Text:   fmt.Sprintf("the list of group %s (%s) named members and is empty now; memberships in teams that stay for that: %d", group.Name, group.Ref, len(ops)),
			WayOut: "Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.",
		})
	}
}
