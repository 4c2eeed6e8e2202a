package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// emptyOf looks at the team members that no list names now.
func (d *differ) emptyOf(w Wanted, team Team) {
	if len(w.Named) == len(w.People) {
		return
	}
	for _, i := range team.Had {
		if _, wanted := slices.BinarySearch(w.People, i); wanted && d.fates[i] == fateLive {
			d.empty(w, team, int(i))
		}
	}
}

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
	d.afterEmptied(i, emptied, Op{
		Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: cmp.Or(d.login(i), d.label(i)),
		Reason: Reason{
			Basis: NotVisible, Text: fmt.Sprintf("is in no group that feeds the team; the list of group %s is empty", first.Name),
			Claims: d.memberships(i, emptied), By: d.alsoIn(i),
		},
		Unread: d.unreleased(w, i),
	})
}

// memberships returns the memberships of person i in groups whose lists are empty, for the
// user's own entry to confirm that they are gone. None if one of them is by a nested group, of
// which no user's entry says so.
func (d *differ) memberships(i int, groups []int) []Claim {
	var out []Claim
	for _, g := range groups {
		group := d.in.Groups[g]
		if _, direct := slices.BinarySearch(group.Members, uint32(i)); !direct { //nolint:gosec // an index of People
			return nil
		}
		before := len(out)
		for _, part := range d.parts(i) {
			if part.Ref.Source == group.Ref.Source {
				out = append(out, Claim{Kind: connectors.MembershipObject, Ref: part.Ref, Group: group.Ref.ID})
			}
		}
		if len(out) == before {
			return nil
		}
	}
	return out
}

// afterEmptied holds what follows for person i if the groups, whose lists are empty, have no
// members.
func (d *differ) afterEmptied(i int, groups []int, op Op) {
	for _, g := range groups {
		op.Reason.Marks = append(op.Reason.Marks, Claim{Kind: connectors.GroupObject, Ref: d.in.Groups[g].Ref})
	}
	for _, part := range d.parts(i) {
		op.Reason.Marks = append(op.Reason.Marks, Claim{Kind: connectors.UserObject, Ref: part.Ref})
	}
	if r, failed := d.retries[op.Key()]; d.approved([]Op{op}) || (failed && r.Waits(d.in.Now)) {
		d.add(op) // or hold it until it is tried again
		return
	}
	if d.leaves == nil {
		d.leaves = map[int][]Op{}
	}
	d.leaves[groups[0]] = append(d.leaves[groups[0]], op)
}

// emptyScope holds the end of the accounts of people who are in scope by empty lists alone
// and have no membership that waits for the same answer.
func (d *differ) emptyScope() {
	lists, had := map[uint32][]int{}, map[uint32]bool{}
	for _, w := range d.mapping.Teams {
		if len(w.People) == len(w.Named) || d.in.Policy.Everyone {
			continue
		}
		for _, i := range w.People {
			_, member := slices.BinarySearch(d.in.Teams[w.Team].Had, i)
			had[i] = had[i] || member
			if !d.named[i] && d.fates[i] == fateLive {
				lists[i] = append(lists[i], d.emptied(w, i)...)
			}
		}
	}
	for _, i := range slices.Sorted(maps.Keys(lists)) {
		if had[i] || len(lists[i]) == 0 {
			continue
		}
		text := fmt.Sprintf("is in no mapped group; the list of group %s is empty", d.in.Groups[lists[i][0]].Name)
		for _, op := range d.leaveOps(int(i), Reason{Basis: NotVisible, Text: text, By: d.alsoIn(int(i))}) {
			d.afterEmptied(int(i), slices.Compact(slices.Sorted(slices.Values(lists[i]))), op)
		}
	}
}

// emptied returns the groups whose lists are empty and by which alone the person is in the
// team, none if there are others.
func (d *desired) emptied(w Wanted, person uint32) []int {
	var out []int
	for _, g := range w.groups {
		group := d.in.Groups[g]
		if _, dangling := slices.BinarySearch(group.Dangling, person); dangling && !group.Emptied {
			return nil
		}
		if _, in := slices.BinarySearch(d.behind(g), person); in {
			out = append(out, g)
		}
	}
	return out
}

// behind returns who is in a group whose list is empty, by the groups nested in it too; none
// of another group.
func (d *desired) behind(g int) []uint32 {
	if !d.in.Groups[g].Emptied {
		return nil
	}
	if d.within == nil {
		d.within = map[int][]uint32{}
	}
	people, known := d.within[g]
	if !known {
		m := mapper{in: d.in, imported: d.in.importedGroups()}
		groups := m.closure([]int{g})
		people = m.members(groups)
		d.within[g] = people
	}
	return people
}

// holdEmptied makes the holds of afterEmptied, one for each group.
func (d *differ) holdEmptied() {
	for _, g := range slices.Sorted(maps.Keys(d.leaves)) {
		group, ops := d.in.Groups[g], d.leaves[g]
		d.held = append(d.held, Held{
			Why: WhyNotVisible, Exit: Approve, Ops: ops,
			Text:   fmt.Sprintf("the list of group %s (%s) named members and is empty now; memberships and accounts that stay for that: %d", group.Name, group.Ref, len(ops)),
			WayOut: "Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.",
		})
	}
}
