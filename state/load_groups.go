package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// readGroups loads the groups of a source. Of those that have a reference which names no
// user more is loaded once all are known: it may name a group.
func (l *loader) readGroups(s source, indexes []uint32, listed *bits) error {
	first := len(l.in.Groups)
	open := map[int]group{} // by index
	err := s.groups.ForEach(func(key, value []byte) error {
		g, err := readGroup(key, value)
		if err != nil {
			return fmt.Errorf("group %s: %w", key, err)
		}
		stated, err := l.db.codec.decodeGroup(g.stated)
		if err != nil {
			return fmt.Errorf("group %s: %w", key, err)
		}
		members, err := membersOf(g.members, indexes)
		if err != nil {
			return fmt.Errorf("members of group %s: %w", key, err)
		}
		if len(g.loose)+len(g.kept) > 0 {
			open[len(l.in.Groups)] = g
		}
		l.in.Groups = append(l.in.Groups, plan.Group{
			Ref: connectors.Ref{Source: s.name, ID: l.texts.keep(key)}, Name: stated.Name, Members: members,
		})
		return nil
	})
	if err != nil || len(open) == 0 {
		return err
	}
	x := looseLoad{codec: l.db.codec, indexes: indexes, listed: listed, all: l.in.Groups[first:], first: first}
	if x.groups, err = groupsOf(s.groups); err != nil {
		return err
	}
	for i, g := range open {
		if err := x.read(g, &l.in.Groups[i]); err != nil {
			return fmt.Errorf("references of group %s: %w", l.in.Groups[i].Ref.ID, err)
		}
	}
	return nil
}

// A looseLoad finds what follows from references that name no user.
type looseLoad struct {
	codec   codec
	groups  groupIndex
	indexes []uint32 // of people, by their numbers
	listed  *bits    // numbers
	all     []plan.Group
	first   int // index of the first of all
}

// read adds to a group what follows from its references that name no user, and from that it
// has none.
func (x looseLoad) read(g group, out *plan.Group) error {
	l, err := x.codec.listing(g)
	if err != nil {
		return err
	}
	out.Emptied = l.emptied()
	for _, r := range l.loose {
		if _, found := x.groups.find(r); found || r.stale {
			continue
		}
		out.Replaced = out.Replaced || r.ousts
		if r.isUnstated() {
			out.NestedUnstated = true
		} else {
			out.Unresolved++
		}
	}
	x.nest(l, out)
	for _, n := range without(l.held(), l.members) {
		if int(n) >= len(x.indexes) {
			return fmt.Errorf("number %d was never given: %w", n, errRecord)
		}
		index, listed := x.indexes[n], x.listed.has(n)
		if index == noIndex || (out.Emptied && !listed) {
			continue // a user who is listed no more is judged by that
		}
		out.Members = append(out.Members, index)
		if listed {
			out.Dangling = append(out.Dangling, index)
		}
	}
	slices.Sort(out.Members)
	slices.Sort(out.Dangling)
	out.Members, out.Dangling = slices.Compact(out.Members), slices.Compact(out.Dangling)
	return nil
}

// nest adds the groups that are nested in the one that l is of, and says which of them l does not
// name now.
func (x looseLoad) nest(l listing, out *plan.Group) {
	var nested, named []string
	for _, r := range l.loose {
		id, found := x.groups.nested(r)
		if !found {
			continue
		}
		nested = append(nested, id)
		if _, known := x.groups.find(r); known && !r.stale {
			named = append(named, id)
		}
	}
	slices.Sort(nested)
	slices.Sort(named)
	out.Nested = nestedIn(x.all, x.first, slices.Compact(nested))
	out.Unseen = without(out.Nested, nestedIn(x.all, x.first, slices.Compact(named)))
}

// membersOf turns a packed set of numbers into indexes. Numbers that stand for no person are
// left out: members whom no reading states and no link remembers.
func membersOf(set []byte, indexes []uint32) ([]uint32, error) {
	n := 0
	var err error
	uerr := unpackSet(set, func(number uint32) {
		switch {
		case int(number) >= len(indexes):
			err = fmt.Errorf("number %d was never given: %w", number, errRecord)
		case indexes[number] != noIndex:
			n++
		}
	})
	if uerr != nil || err != nil || n == 0 {
		return nil, errors.Join(uerr, err)
	}
	members := make([]uint32, 0, n)
	err = unpackSet(set, func(number uint32) {
		if index := indexes[number]; index != noIndex {
			members = append(members, index)
		}
	})
	// Numbers are given in the order of a first reading's IDs: mostly sorted.
	slices.Sort(members)
	return members, err
}

// nestedIn returns the indexes of the groups with those IDs, as far as a reading
// states them. The groups are sorted and begin at index first.
func nestedIn(groups []plan.Group, first int, ids []string) []uint32 {
	var out []uint32
	for _, id := range ids { // ascending, and so are the indexes
		at, found := slices.BinarySearchFunc(groups, id, func(g plan.Group, id string) int { return strings.Compare(g.Ref.ID, id) })
		if found {
			out = append(out, uint32(first+at)) //nolint:gosec // an index of Groups
		}
	}
	return out
}
