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
		if _, wanted := slices.BinarySearch(w.People, i); wanted && (d.fates[i] == fateLive || d.returns(int(i))) {
			d.empty(w, team, int(i))
		}
	}
}

// empty holds that person i leaves a team whose groups named the person, if no list does now
// and one of them is empty. A list that is not empty keeps its members with a note; but of a user
// who is back it is asked too.
func (d *differ) empty(w Wanted, team Team, i int) {
	groups, others := d.hidden(w, uint32(i)) //nolint:gosec // an index of People
	cause := Cause("")
	switch {
	case d.returns(i):
		groups, cause = slices.Concat(groups, others), Return
	case len(others) > 0:
		return
	}
	if len(groups) == 0 {
		return
	}
	p, first := d.in.People[i], d.in.Groups[groups[0]]
	text := fmt.Sprintf("is in no group that feeds the team; the list of group %s is empty", first.Name)
	if !first.Emptied {
		text = fmt.Sprintf("is in no group that feeds the team; the list of group %s does not show that the user is", first.Name)
	}
	why := Reason{Basis: NotVisible, Cause: cause, Text: text, Claims: d.memberships(w, i, groups), By: d.alsoIn(i)}
	for _, ref := range w.Missing {
		why.Claims = append(why.Claims, Claim{Kind: connectors.GroupObject, Ref: ref})
	}
	d.afterEmptied(i, groups, d.goneGroups(w.Missing), Op{
		Kind: RemoveMember, Person: p.Ref, Account: p.Account, Team: team.ID, TeamName: team.Name, Login: cmp.Or(d.login(i), d.label(i)),
		Reason: why, Unread: d.unreleased(w, i),
	})
}

// memberships returns the memberships of person i in groups whose lists do not name the person,
// for the user's own entry to confirm that they are gone. None if one of them is by a nested
// group, of which no user's entry says so.
func (d *differ) memberships(w Wanted, i int, groups []int) []Claim {
	var out []Claim
	person := uint32(i) //nolint:gosec // an index of People
	for _, g := range groups {
		group := d.in.Groups[g]
		_, direct := slices.BinarySearch(group.Members, person)
		_, nested := slices.BinarySearch(d.behind(g), person)
		if !direct || (nested && !slices.Contains(w.flat, g)) {
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

// afterEmptied holds what follows for person i if the groups, whose lists do not name the person
// now, do not have the person. Groups that are not listed may have the person too.
func (d *differ) afterEmptied(i int, groups []int, missing []gone, op Op) {
	for _, g := range groups {
		op.Reason.Marks = append(op.Reason.Marks, Claim{Kind: connectors.GroupObject, Ref: d.in.Groups[g].Ref})
	}
	for _, part := range d.parts(i) {
		op.Reason.Marks = append(op.Reason.Marks, Claim{Kind: connectors.UserObject, Ref: part.Ref})
	}
	if r, failed := d.retries[op.Key()]; d.approved([]Op{op}) || (failed && r.Waits(d.in.Now)) {
		if !d.awaits(missing, op) {
			d.add(op) // or hold it until it is tried again
		}
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
			if !d.named[i] && d.fates[i] == fateLive && !d.clouded[i] {
				if emptied, others := d.hidden(w, i); len(others) == 0 {
					lists[i] = append(lists[i], emptied...)
				}
			}
		}
	}
	for _, i := range slices.Sorted(maps.Keys(lists)) {
		if had[i] || len(lists[i]) == 0 {
			continue
		}
		text := fmt.Sprintf("is in no mapped group; the list of group %s is empty", d.in.Groups[lists[i][0]].Name)
		for _, op := range d.leaveOps(int(i), Reason{Basis: NotVisible, Text: text, By: d.alsoIn(int(i))}) {
			d.afterEmptied(int(i), slices.Compact(slices.Sorted(slices.Values(lists[i]))), nil, op)
		}
	}
}

// behind returns who is in a group by nested ones that its list does not name now: by all of them
// if the list is empty.
func (d *desired) behind(g int) []uint32 {
	group := d.in.Groups[g]
	hidden := group.Unseen
	if group.Emptied {
		hidden = group.Nested
	}
	if len(hidden) == 0 {
		return nil
	}
	if d.within == nil {
		d.within = map[int][]uint32{}
	}
	people, known := d.within[g]
	if !known {
		m, from := mapper{in: d.in, imported: d.in.importedGroups()}, make([]int, len(hidden))
		for i, n := range hidden {
			from[i] = int(n)
		}
		groups := m.closure(from)
		people = m.members(groups)
		d.within[g] = people
	}
	return people
}

// holdEmptied makes the holds of afterEmptied, one for each group.
func (d *differ) holdEmptied() {
	for _, g := range slices.Sorted(maps.Keys(d.leaves)) {
		group, ops := d.in.Groups[g], d.leaves[g]
		h := Held{
			Why: WhyNotVisible, Exit: Approve, Ops: ops,
			Text:   fmt.Sprintf("the list of group %s (%s) named members and is empty now: memberships and accounts stay", group.Name, group.Ref),
			WayOut: "Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.",
		}
		if !group.Emptied {
			h.Text = fmt.Sprintf("the list of group %s (%s) does not show that users who are back are still members", group.Name, group.Ref)
			h.WayOut = "Correct the list in the directory: it may name them, or a group of theirs, by an old name or ID, or lack its nested groups. Or approve, if they are not members any more."
		}
		d.held = append(d.held, h)
	}
}
