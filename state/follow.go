package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer"
)

// A following is what changed in one source, on its way in. Who is stated is compared
// and staged as in a whole reading; who is not stays as they are.
type following struct {
	reading

	stated []string // people who are stated, or gone
	gone   map[connectors.ObjectKind][]string
}

var _ syncer.Following = (*following)(nil)

// Follow begins a reading of what changed in a source; see syncer.Reads.
func (db *DB) Follow(ctx context.Context, source string) (syncer.Following, error) {
	in, err := db.begin(ctx, source)
	if err != nil {
		return nil, err
	}
	return &following{reading: in, gone: map[connectors.ObjectKind][]string{}}, nil
}

// User takes a person who was made or changed.
func (f *following) User(u connectors.User) error {
	f.stated = append(f.stated, u.ID)
	return f.reading.User(u)
}

// Gone takes the ID of an object that is there no longer.
func (f *following) Gone(kind connectors.ObjectKind, id string) error {
	if f.closed {
		return ErrClosed
	}
	if kind == connectors.UserObject {
		f.stated = append(f.stated, id)
	}
	f.gone[kind] = append(f.gone[kind], id)
	return nil
}

// Commit merges what changed into the snapshot; see syncer.Following.
func (f *following) Commit(ctx context.Context, d connectors.Delta, at time.Time) (syncer.Changed, error) {
	if f.closed {
		return syncer.Changed{}, ErrClosed
	}
	if !d.Valid() || d.Source() != f.source {
		return syncer.Changed{}, fmt.Errorf("commit changes of %s: %w", f.source, ErrUnproven)
	}
	m := followed{merge: merge{reading: &f.reading, at: at}, gone: f.gone, names: map[uint32]string{}}
	f.db.version.begin()
	defer f.db.version.end()
	err := f.compareUsers()
	if err == nil {
		err = m.do(ctx, d)
	}
	if err = errors.Join(err, f.Discard()); err != nil {
		return syncer.Changed{}, fmt.Errorf("commit changes of %s: %w", f.source, err)
	}
	return syncer.Changed{Stated: f.stated, Lost: m.named()}, nil
}

// A followed merges changes into the records, in one transaction.
type followed struct {
	merge
	gone map[connectors.ObjectKind][]string

	lost  []lost
	names map[uint32]string // IDs of those whom a group lost
}

// do merges. Where nothing changed, the head waits for the next write.
func (m *followed) do(ctx context.Context, d connectors.Delta) error {
	err := m.inSource(func(s source) error {
		m.old = s.head
		return nil
	}, func() {})
	if err != nil {
		return err
	}
	if m.old.Cursor == "" {
		return fmt.Errorf("there is nothing that it could go on from: %w", connectors.ErrCursorLost)
	}
	m.begin()
	m.new.Cursor, m.new.Followed = d.Next(), m.at
	changed := m.users.count + m.groups.count + len(m.gone[connectors.UserObject]) + len(m.gone[connectors.GroupObject])
	switch {
	case changed == 0:
		m.db.codec.pending.set(m.source, m.new)
		return nil
	case !m.fits(changed):
		return fmt.Errorf("%d records changed, too many for one step: %w", changed, connectors.ErrCursorLost)
	}
	if err := errors.Join(m.sort(m.putUser, m.putGroup), ctx.Err()); err != nil {
		return err
	}
	return m.db.update(m.all)
}

func (m *followed) all(tx *bolt.Tx) error {
	s, err := m.db.codec.makeSource(tx, m.source)
	if err != nil {
		return err
	}
	for _, step := range []func(source) error{m.putAll, m.dropUsers, m.dropGroups, m.nameLeavers} {
		if err := step(s); err != nil {
			return err
		}
	}
	return m.close(tx, s)
}

// putUser is that of merge, and counts who is new.
func (m *followed) putUser(s source, in staged) error {
	if s.people.Get([]byte(in.id)) == nil {
		m.new.People++
		m.new.Size.Users++
	}
	return m.merge.putUser(s, in)
}

// putGroup is that of merge, and notes whom the group lost.
func (m *followed) putGroup(s source, in staged) error {
	before, had, err := m.roll(s, in.id)
	if err == nil {
		err = m.merge.putGroup(s, in)
	}
	if err != nil {
		return err
	}
	if !had {
		m.new.Groups++
		m.new.Size.Groups++
	}
	after, _, err := m.roll(s, in.id)
	m.compare(in.id, before, after)
	return err
}

// A roll is who is in a group.
type roll struct {
	members []uint32 // numbers, ascending
	nested  []string // IDs, ascending
}

// roll returns who is in the group by its record, and whether it has one.
func (m *followed) roll(s source, id string) (r roll, ok bool, err error) {
	key := []byte(id)
	value := s.groups.Get(key)
	if value == nil {
		return roll{}, false, nil
	}
	g, err := readGroup(key, value)
	if err != nil {
		return roll{}, false, err
	}
	stated, err := m.db.codec.decodeGroup(g.stated)
	if err != nil {
		return roll{}, false, err
	}
	r.nested = stated.Nested
	err = unpackSet(g.members, func(n uint32) { r.members = append(r.members, n) })
	return r, true, err
}

func (m *followed) dropUsers(s source) error {
	for _, id := range m.gone[connectors.UserObject] {
		key := []byte(id)
		value := s.people.Get(key)
		if value == nil {
			continue
		}
		v, err := m.vanishedPerson(s, key, value)
		if err == nil {
			err = m.drop(s.people, s.absentUsers, key, v)
		}
		if err != nil {
			return fmt.Errorf("user %q: %w", id, err)
		}
		m.new.People--
		m.new.Size.Users--
	}
	return nil
}

func (m *followed) dropGroups(s source) error {
	for _, id := range m.gone[connectors.GroupObject] {
		key := []byte(id)
		before, had, err := m.roll(s, id)
		if err != nil {
			return fmt.Errorf("group %q: %w", id, err)
		}
		if !had {
			continue
		}
		m.compare(id, before, roll{})
		v, err := m.vanishedGroup(s, key, s.groups.Get(key))
		if err == nil {
			err = m.drop(s.groups, s.absentGroups, key, v)
		}
		if err != nil {
			return fmt.Errorf("group %q: %w", id, err)
		}
		m.new.Groups--
		m.new.Size.Groups--
	}
	return nil
}

// drop takes out a record, and remembers the absence if something hangs on it.
func (m *followed) drop(records, absent *bolt.Bucket, key []byte, v vanished) error {
	if v.container != nil {
		container, err := v.container()
		if err != nil {
			return err
		}
		if err := m.db.codec.put(absent, key, absence{Since: m.new.Generation + 1, Container: container}); err != nil {
			return err
		}
	}
	return deleteKeys(records, [][]byte{key})
}
