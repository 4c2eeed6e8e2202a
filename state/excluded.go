package state

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// An excluded is a group that keeps users out; see store.Excluded. Users is the packed set
// of their numbers.
type excluded struct {
	_      struct{} `cbor:",toarray"`
	Name   string
	Since  time.Time
	Users  []byte
	Within string
}

// Exclude stores the groups that keep users out; see store.Concluder. What Load returns has
// them already.
func (t *tx) Exclude(groups []store.Excluded) error {
	return t.do("store the groups that keep users out", func() error {
		keep := map[connectors.Ref]bool{}
		for _, g := range groups {
			keep[connectors.Ref(g.Group)] = true
			if err := t.exclude(g); err != nil {
				return fmt.Errorf("group %s: %w", connectors.Ref(g.Group), err)
			}
		}
		return t.db.eachSource(t.bolt, func(s source) error {
			var over [][]byte
			err := s.excluded.ForEach(func(key, _ []byte) error {
				if !keep[connectors.Ref{Source: s.name, ID: string(key)}] {
					over = append(over, bytes.Clone(key))
				}
				return nil
			})
			if err != nil {
				return err
			}
			err = deleteKeys(s.excluded, over)
			for _, key := range over {
				err = errors.Join(err, s.forgetGroup(string(key)))
			}
			return err
		})
	})
}

func (t *tx) exclude(g store.Excluded) error {
	s, err := t.db.codec.makeSource(t.bolt, g.Group.Source)
	if err != nil {
		return err
	}
	var numbers []uint32
	for _, id := range g.Users {
		n, known, err := s.findNumber([]byte(id))
		if err != nil {
			return err
		}
		if known {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	key, e := []byte(g.Group.ID), excluded{Name: g.Name, Within: g.Within, Since: g.Since, Users: packSet(slices.Compact(numbers))}
	if value := s.excluded.Get(key); value != nil && !g.Since.IsZero() {
		var was excluded
		if err := t.db.codec.read(key, value, &was); err != nil {
			return err
		}
		e.Users = was.Users // also users who are not listed now, and may come back
	}
	return t.db.codec.put(s.excluded, key, e)
}

// readExcluded loads the groups of a source that keep users out, sorted by ID.
func (l *loader) readExcluded(s source, indexes []uint32) error {
	return s.excluded.ForEach(func(key, value []byte) error {
		var e excluded
		if err := l.db.codec.read(key, value, &e); err != nil {
			return err
		}
		members, err := membersOf(e.Users, indexes)
		if err != nil {
			return fmt.Errorf("users that group %s keeps out: %w", key, err)
		}
		l.in.Excluded = append(l.in.Excluded, plan.Excluded{
			Group: connectors.Ref{Source: s.name, ID: string(key)}, Name: e.Name, Within: e.Within, Since: e.Since, Members: members,
		})
		return nil
	})
}

// endGroup ends what a group kept although it is not visible, for the users among marks: those
// who were kept out by it come in, and those who were named by its list are no members any more.
func (l *ledger) endGroup(group connectors.Ref, marks []plan.Claim) error {
	s, err := l.source(group.Source)
	if err != nil {
		return err
	}
	var users []uint32
	for _, m := range marks {
		if m.Kind != connectors.UserObject || m.Ref.Source != group.Source {
			continue
		}
		n, known, err := s.findNumber([]byte(m.Ref.ID))
		if err != nil {
			return err
		}
		if known {
			users = append(users, n)
		}
	}
	slices.Sort(users)
	key := []byte(group.ID)
	return errors.Join(l.endExcluded(s, key, users), l.endKept(s, key, users))
}

func (l *ledger) endExcluded(s source, key []byte, users []uint32) error {
	value := s.excluded.Get(key)
	if value == nil {
		return nil
	}
	var e excluded
	if err := l.codec.read(key, value, &e); err != nil {
		return err
	}
	numbers, err := unpacked(e.Users)
	if err != nil {
		return err
	}
	e.Users = packSet(without(numbers, users))
	return l.codec.put(s.excluded, key, e)
}

func (l *ledger) endKept(s source, key []byte, users []uint32) error {
	value := s.groups.Get(key)
	if value == nil {
		return nil
	}
	g, err := readGroup(key, value)
	if err != nil {
		return err
	}
	all, err := l.codec.listing(g)
	if err != nil || !all.emptied() {
		return err
	}
	if len(without(users, all.kept)) > 0 { // they are in groups that were nested in it
		all.loose = slices.DeleteFunc(all.loose, func(r loose) bool { return r.stale })
	}
	all.kept = without(all.kept, users)
	body, err := l.codec.encodeGroup(g.number, all)
	if err != nil {
		return err
	}
	return putBody(s.groups, key, body)
}
