package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
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

// Group takes a group that was made or changed. Its lists are resolved once all is read:
// a user that they name may come after it.
func (f *following) Group(g connectors.Group) error {
	if f.closed {
		return ErrClosed
	}
	body, err := f.db.codec.encode(g)
	if err != nil {
		return err
	}
	f.weight += len(g.ID) + len(g.Name) + memberBytes*len(g.Members)
	return f.groups.add(staged{id: g.ID, body: body})
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
	m := followed{
		merge: merge{reading: &f.reading, at: at, had: map[nameHash]uint32{}}, gone: f.gone, names: map[uint32]string{},
		arrived: map[nameHash]uint32{},
	}
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
	gone   map[connectors.ObjectKind][]string
	listed []connectors.Group

	before  groupIndex          // the groups as they were, if references name any
	byName  map[nameHash]uint32 // users by the names that references have, once they are looked for
	arrived map[nameHash]uint32 // users that IDs and names that changed hands name now; 0 of a name, until that is looked for
	lost    []lost
	names   map[uint32]string // IDs of members that a group lost
}

// do merges. Where nothing changed, the head waits for the next write.
func (m *followed) do(ctx context.Context, d connectors.Delta) error {
	if err := m.look(); err != nil {
		return err
	}
	if m.old.Cursor == "" {
		return fmt.Errorf("there is nothing that it could go on from: %w", connectors.ErrCursorLost)
	}
	m.begin()
	m.new.Cursor, m.new.Followed = d.Next(), m.at
	changed := m.users.count + m.groups.count + len(m.gone[connectors.UserObject]) + len(m.gone[connectors.GroupObject])
	if !m.fits(changed) {
		return fmt.Errorf("%d records changed, too many for one step: %w", changed, connectors.ErrCursorLost)
	}
	if err := errors.Join(m.sort(m.putUser, nil), ctx.Err()); err != nil {
		return err
	}
	if err := m.list(); err != nil {
		return err
	}
	if changed == m.groups.count { // as long as no user changed, references name what they named
		same, err := m.unchanged()
		if err != nil {
			return err
		}
		if same {
			m.db.codec.pending.set(m.source, m.new)
			return nil
		}
	}
	return m.db.update(m.all)
}

func (m *followed) all(tx *bolt.Tx) error {
	s, err := m.db.codec.makeSource(tx, m.source)
	if err != nil {
		return err
	}
	if m.before, err = groupsOf(s.groups); err != nil {
		return err
	}
	for _, step := range []func(source) error{m.putAll, m.dropUsers, m.dropGroups, m.putGroups, m.nameLeavers} {
		if err := step(s); err != nil {
			return err
		}
	}
	return m.close(tx, s)
}

// putUser is that of merge, and notes who is new and which names are new, or are no more.
func (m *followed) putUser(s source, in staged) error {
	key := []byte(in.id)
	var before hashes
	if value := s.people.Get(key); value != nil {
		p, err := readPerson(key, value)
		if err != nil {
			return err
		}
		before = bytes.Clone(p.names)
		m.release(p.number, before)
	} else {
		m.new.People++
		m.new.Size.Users++
	}
	if err := m.merge.putUser(s, in); err != nil {
		return err
	}
	p, err := readPerson(key, s.people.Get(key))
	if err != nil {
		return err
	}
	for h := range p.names.each {
		m.arrived[h] = 0
	}
	m.arrived[hashName(in.id)] = p.number
	return nil
}

// release notes the names that a user had.
func (m *followed) release(number uint32, names hashes) {
	for h := range names.each {
		m.had[h] = number
		if _, known := m.arrived[h]; !known {
			m.arrived[h] = 0 // another one may have it alone now
		}
	}
}

// list takes the groups out of their stream: they are stored once all are known.
func (m *followed) list() error {
	groups := m.staged[len(m.staged)-1].in
	for {
		in, more, err := groups.next()
		if err != nil || !more {
			return err
		}
		var g connectors.Group
		if err := m.db.codec.decode(in.body, &g); err != nil {
			return err
		}
		m.listed = append(m.listed, g)
	}
}

// unchanged reports whether all that is listed are groups as they are stored.
func (m *followed) unchanged() (same bool, err error) {
	_, err = m.inSource(func(s source) error {
		find, err := m.finder(s, map[nameHash]bool{})
		if err != nil {
			return err
		}
		same = true
		for _, g := range m.listed {
			members, rest, err := references(g, find)
			if err != nil {
				return fmt.Errorf("group %q: %w", g.ID, err)
			}
			sum := digestGroup(statedGroup{Name: g.Name, Container: g.Container}, hashNames(g.Names), members, bare(rest))
			key := []byte(g.ID)
			value := s.groups.Get(key)
			if value == nil {
				same = false
				break
			}
			old, err := readGroup(key, value)
			if err != nil {
				return err
			}
			same = same && old.digest == sum
		}
		return nil
	})
	return same, err
}

// finder returns what finds users by references: by those in what is listed, and by names
// that are wanted for others.
func (m *followed) finder(s source, want map[nameHash]bool) (find func(ref string) (uint32, error), err error) {
	for _, g := range m.listed {
		for _, ref := range g.Members {
			if _, known, err := s.listed(ref); err != nil {
				return nil, err
			} else if !known {
				want[hashName(ref)] = true
			}
		}
	}
	if m.byName == nil { // a second time: no user has changed since the first
		if m.byName, err = s.named(want); err != nil {
			return nil, err
		}
	}
	for h, n := range m.byName {
		if claimed, is := m.arrived[h]; is && claimed == 0 {
			m.arrived[h] = n
		}
	}
	return func(ref string) (uint32, error) {
		n, known, err := s.listed(ref)
		if known || err != nil {
			return n, err
		}
		return m.byName[hashName(ref)], nil
	}, nil
}

// putGroups stores the groups that are listed, and those that name a user who has arrived.
func (m *followed) putGroups(s source) error {
	waiting, want, err := m.waiting(s)
	if err != nil {
		return err
	}
	find, err := m.finder(s, want)
	if err != nil {
		return err
	}
	for _, g := range m.listed {
		m.groupIndex.add(g.ID, hashNames(g.Names))
	}
	for _, g := range m.listed {
		if err := m.putGroup(s, g, find); err != nil {
			return fmt.Errorf("group %q: %w", g.ID, err)
		}
	}
	for _, id := range waiting {
		if err := m.admit(s, id); err != nil {
			return fmt.Errorf("group %q: %w", id, err)
		}
	}
	return nil
}

// waiting returns the groups that are not listed and have a reference to a user who has
// arrived, and those references. On the way it indexes the groups that stay as they are.
func (m *followed) waiting(s source) (ids []string, want map[nameHash]bool, err error) {
	listed := map[string]bool{}
	for _, g := range m.listed {
		listed[g.ID] = true
	}
	m.groupIndex, want = newGroupIndex(), map[nameHash]bool{}
	err = s.groups.ForEach(func(key, value []byte) error {
		if listed[string(key)] {
			return nil
		}
		g, err := readGroup(key, value)
		if err != nil {
			return err
		}
		m.groupIndex.add(string(key), g.names)
		if len(m.arrived) == 0 || len(g.loose) == 0 {
			return nil
		}
		references, err := unpackLoose(g.loose)
		found := false
		for _, l := range references {
			if _, is := m.arrived[l.hash]; is && !l.group && !l.stale {
				found, want[l.hash] = true, true
			}
		}
		if found {
			ids = append(ids, string(key))
		}
		return err
	})
	return ids, want, err
}

// putGroup stores a group that is listed, and notes the members that it lost.
func (m *followed) putGroup(s source, g connectors.Group, find func(ref string) (uint32, error)) error {
	before, had, err := m.roll(s, g.ID, m.before)
	if err != nil {
		return err
	}
	members, rest, err := references(g, find)
	for i := range rest {
		if err == nil && !rest[i].group {
			rest[i].user, _, err = s.findNumber([]byte(rest[i].text))
		}
	}
	if err != nil {
		return err
	}
	l := listing{
		stated: statedGroup{Name: g.Name, Container: g.Container}, names: hashNames(g.Names), members: members, loose: bare(rest), nestedUnstated: g.NestedUnstated,
	}
	if err := m.storeGroup(s, g.ID, l); err != nil {
		return err
	}
	if !had {
		m.new.Groups++
		m.new.Size.Groups++
	}
	return m.compareWith(s, g.ID, before)
}

// admit makes members of the users who have arrived and that the group names.
func (m *followed) admit(s source, id string) error {
	before, _, err := m.roll(s, id, m.before)
	if err != nil {
		return err
	}
	key := []byte(id)
	g, err := readGroup(key, s.groups.Get(key))
	if err != nil {
		return err
	}
	l, err := m.db.codec.listing(g)
	if err != nil {
		return err
	}
	was := l
	l.loose = nil
	for _, r := range was.loose {
		if n := m.arrived[r.hash]; n != 0 && !r.group && !r.stale {
			l.members = append(l.members, n)
			continue
		}
		l.loose = append(l.loose, r)
	}
	slices.Sort(l.members)
	l.members = slices.Compact(l.members)
	l.follow(was, false, nil, m.groupIndex)
	body, err := m.db.codec.encodeGroup(g.number, l)
	if err == nil {
		err = m.put(s.groups, key, body)
	}
	if err != nil {
		return err
	}
	return m.compareWith(s, id, before)
}

func (m *followed) dropUsers(s source) error {
	for _, id := range m.gone[connectors.UserObject] {
		key := []byte(id)
		value := s.people.Get(key)
		if value == nil {
			continue
		}
		p, err := readPerson(key, value)
		if err != nil {
			return fmt.Errorf("user %q: %w", id, err)
		}
		m.release(p.number, p.names)
		v, err := m.vanishedPerson(s, key, value)
		if err == nil {
			err = errors.Join(m.miss(s.absentUsers, key, v), deleteKeys(s.people, [][]byte{key}))
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
		before, had, err := m.roll(s, id, m.before)
		if err != nil {
			return fmt.Errorf("group %q: %w", id, err)
		}
		if !had {
			continue
		}
		m.compare(id, before, roll{})
		v, err := m.vanishedGroup(s, key, s.groups.Get(key))
		if err == nil {
			err = errors.Join(m.miss(s.absentGroups, key, v), deleteKeys(s.groups, [][]byte{key}))
		}
		if err != nil {
			return fmt.Errorf("group %q: %w", id, err)
		}
		m.new.Groups--
		m.new.Size.Groups--
	}
	return nil
}
