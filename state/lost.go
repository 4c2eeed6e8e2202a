package state

import (
	"bytes"
	"fmt"
	"slices"

	"writersync/syncer"
)

// lost is the members that a group no longer has, by their numbers.
type lost struct {
	group   string
	members []uint32
	nested  []string
}

// compareWith notes the members that a group lost, by what is stored of it now.
func (m *followed) compareWith(s source, id string, before roll) error {
	after, _, err := m.roll(s, id, m.groupIndex)
	m.compare(id, before, after)
	return err
}

// A roll is who is in a group.
type roll struct {
	members []uint32 // numbers, ascending
	nested  []string // IDs, ascending
	named   int      // members that the list names
}

// roll returns who is in the group by its record, and whether it has one.
func (m *followed) roll(s source, id string, groups groupIndex) (r roll, ok bool, err error) {
	key := []byte(id)
	value := s.groups.Get(key)
	if value == nil {
		return roll{}, false, nil
	}
	g, err := readGroup(key, value)
	if err != nil {
		return roll{}, false, err
	}
	l, err := m.db.codec.listing(g)
	if err != nil {
		return roll{}, false, err
	}
	for _, ref := range l.loose {
		if id, found := groups.nested(ref); found {
			r.nested = append(r.nested, id)
		}
	}
	slices.Sort(r.nested)
	r.members, r.named = l.people(), len(l.members)
	return r, true, nil
}

// compare notes the members that a group lost.
func (m *followed) compare(group string, before, after roll) {
	m.new.Size.Memberships += after.named - before.named
	l := lost{group: group}
	for _, n := range before.members {
		if _, still := slices.BinarySearch(after.members, n); !still {
			l.members = append(l.members, n)
			m.names[n] = ""
		}
	}
	for _, id := range before.nested {
		if _, still := slices.BinarySearch(after.nested, id); !still {
			l.nested = append(l.nested, id)
		}
	}
	if len(l.members)+len(l.nested) > 0 {
		m.lost = append(m.lost, l)
	}
}

// nameLeavers finds the IDs of the members that groups lost: numbers are not looked up, so that one
// walk over all users finds them, if there are any.
func (m *followed) nameLeavers(s source) error {
	c := s.numbers.Cursor()
	left := len(m.names)
	for key, value := c.First(); key != nil && left > 0; key, value = c.Next() {
		n, err := readNumber(key, value)
		if err != nil {
			return fmt.Errorf("number of %q: %w", key, err)
		}
		if _, wanted := m.names[n]; wanted {
			m.names[n] = string(bytes.Clone(key))
			left--
		}
	}
	return nil
}

// named returns what groups lost, by IDs.
func (m *followed) named() []syncer.Lost {
	var out []syncer.Lost
	for _, l := range m.lost {
		named := syncer.Lost{Group: l.group, Nested: l.nested}
		for _, n := range l.members {
			named.Members = append(named.Members, m.names[n])
		}
		out = append(out, named)
	}
	return out
}
