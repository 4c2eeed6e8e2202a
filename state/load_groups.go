package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

func (l *loader) readGroups(s source, indexes []uint32) error {
	first := len(l.in.Groups)
	var nested [][]string
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
		l.in.Groups = append(l.in.Groups, plan.Group{
			Ref: connectors.Ref{Source: s.name, ID: l.texts.keep(key)}, Name: stated.Name, Members: members,
		})
		nested = append(nested, stated.Nested)
		return nil
	})
	if err != nil {
		return err
	}
	for i, ids := range nested {
		l.in.Groups[first+i].Nested = nestedIn(l.in.Groups[first:], first, ids)
	}
	return nil
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
