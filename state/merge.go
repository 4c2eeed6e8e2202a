package state

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
)

const (
	// mergeRecords and mergeBytes bound what one transaction changes. bbolt holds
	// a changed page in memory until the commit, twice: 16,384 records on as many
	// pages are some 100 MiB at worst, and 12 MiB when they are neighbours.
	mergeRecords = 16 << 10
	mergeBytes   = 16 << 20
	// bulkFill leaves little room in pages that are written in order.
	bulkFill = 0.9
)

// A merge makes a reading the snapshot. A small change is merged into the records
// in one transaction. A large one is built beside them, in as many transactions
// as it takes, under the next version; the last transaction moves the head to
// that version and drops the old one. Until then nobody sees any of it, and after
// a crash Open drops it.
type merge struct {
	*reading
	complete connectors.Complete
	at       time.Time

	old, new head
	users    *stream
	groups   *stream
	states   map[connectors.Attribute]bool // as head.States
}

// do merges, or writes the head alone if nothing changed.
func (m *merge) do(ctx context.Context) error {
	err := m.inSource(func(s source) error {
		m.old = s.head
		return nil
	}, func() {})
	if err != nil {
		return err
	}
	m.begin()
	if versions := m.complete.Evidence().Versions; !m.old.repeated(versions, m.at) {
		m.new.Generation++
		m.new.Stated, m.new.StatedAt = versions, m.at
	}
	m.new.At, m.new.Size, m.new.Unresolved = m.at, m.complete.Size(), m.complete.Unresolved()
	m.new.Identity, m.new.Cursor = m.complete.Evidence().Identity, m.complete.Evidence().Cursor
	if err := m.sort(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	changed := m.reading.users.count + m.reading.groups.count
	vanished := m.old.People - m.seenUsers.n + m.old.Groups - m.seenGroups.n
	m.new.Credible = m.old.Credible && changed+vanished == 0
	switch {
	case changed+vanished == 0 && m.old.Generation > 0:
		m.db.codec.pending.set(m.source, m.new)
		return nil
	case changed+vanished == 0:
		return m.db.update(m.head)
	case changed+vanished <= mergeRecords && m.weight <= mergeBytes:
		return m.db.update(m.small)
	}
	return m.large(ctx)
}

// begin makes the new head a copy of the old one.
func (m *merge) begin() {
	m.new, m.states = m.old, map[connectors.Attribute]bool{}
	for _, a := range m.old.states() {
		m.states[a] = true
	}
}

// sort closes the overlays.
func (m *merge) sort() (err error) {
	if m.users, err = m.reading.users.sorted(); err != nil {
		return err
	}
	m.groups, err = m.reading.groups.sorted()
	return err
}

func (m *merge) head(tx *bolt.Tx) error {
	if m.new.Generation == 1 {
		if _, err := m.db.codec.makeSource(tx, m.source); err != nil {
			return err
		}
	}
	return m.db.codec.writeHead(tx, m.source, m.new)
}

// small merges everything in one transaction.
func (m *merge) small(tx *bolt.Tx) error {
	s, err := m.db.codec.makeSource(tx, m.source)
	if err != nil {
		return err
	}
	for _, put := range []func(source) (bool, error){m.putUsers, m.putGroups} {
		if _, err := put(s); err != nil {
			return err
		}
	}
	if err := m.vanish(s, true); err != nil {
		return err
	}
	return m.finish(tx, s)
}

// large builds the next version.
func (m *merge) large(ctx context.Context) error {
	m.new.Version++
	err := m.db.update(func(tx *bolt.Tx) error {
		s, err := m.db.codec.makeSource(tx, m.source)
		if err != nil {
			return err
		}
		return s.makeVersion(m.new.Version)
	})
	if err != nil {
		return err
	}
	copyPeople := copier{seen: &m.seenUsers, number: personNumber}
	copyGroups := copier{seen: &m.seenGroups, number: groupNumber}
	steps := []func(old, next source) (more bool, err error){
		func(old, next source) (bool, error) { return copyPeople.step(old.people, next.people) },
		func(old, next source) (bool, error) { return copyGroups.step(old.groups, next.groups) },
		func(_, next source) (bool, error) { return m.putUsers(next) },
		func(_, next source) (bool, error) { return m.putGroups(next) },
	}
	for _, step := range steps {
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := m.both(func(_ *bolt.Tx, old, next source) error {
				more, err = step(old, next)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return m.both(func(tx *bolt.Tx, old, next source) error {
		if err := m.vanish(old, false); err != nil {
			return err
		}
		if err := old.dropVersion(m.old.Version); err != nil {
			return err
		}
		return m.finish(tx, next)
	})
}

// both opens the old version and the next in one transaction.
func (m *merge) both(fn func(tx *bolt.Tx, old, next source) error) error {
	return m.db.update(func(tx *bolt.Tx) error {
		old, _, err := m.db.codec.openSource(tx, m.source)
		if err != nil {
			return err
		}
		next := old
		next.people = old.bucket.Bucket(peopleBucket(m.new.Version))
		next.groups = old.bucket.Bucket(groupsBucket(m.new.Version))
		next.people.FillPercent, next.groups.FillPercent, next.numbers.FillPercent = bulkFill, bulkFill, bulkFill
		return fn(tx, old, next)
	})
}

// putUsers stores changed people, up to the bound; more says that some are left.
func (m *merge) putUsers(s source) (more bool, err error) {
	for records, size := 0, 0; records < mergeRecords && size < mergeBytes; records++ {
		in, ok, err := m.users.next()
		if err != nil || !ok {
			return false, err
		}
		if err := m.putUser(s, in); err != nil {
			return false, fmt.Errorf("user %q: %w", in.id, err)
		}
		size += len(in.body)
	}
	return true, nil
}

func (m *merge) putUser(s source, in staged) error {
	u, err := m.db.codec.decodeUser(in.id, in.body)
	if err != nil {
		return err
	}
	number, err := s.number(in.id)
	if err != nil {
		return err
	}
	m.seenUsers.add(number)
	for a := range u.Attributes {
		m.states[a] = true
	}
	m.states[connectors.Email] = m.states[connectors.Email] || u.Email != ""
	return putBody(s.people, []byte(in.id), newPerson(number, u, in.body))
}

// putGroups stores changed groups, up to the bound; more says that some are left.
func (m *merge) putGroups(s source) (more bool, err error) {
	for size := 0; size < mergeBytes; {
		in, ok, err := m.groups.next()
		if err != nil || !ok {
			return false, err
		}
		if err := m.putGroup(s, in); err != nil {
			return false, fmt.Errorf("group %q: %w", in.id, err)
		}
		size += len(in.body)
	}
	return true, nil
}

func (m *merge) putGroup(s source, in staged) error {
	var staging stagedGroup
	if err := m.db.codec.decode(in.body, &staging); err != nil {
		return err
	}
	number, err := m.groupNumber(s, in.id)
	if err != nil {
		return err
	}
	members := make([]uint32, len(staging.Members))
	for i, id := range staging.Members {
		if members[i], err = s.number(id); err != nil {
			return err
		}
	}
	slices.Sort(members)
	body, err := m.db.codec.newGroup(number, staging, members)
	if err != nil {
		return err
	}
	return putBody(s.groups, []byte(in.id), body)
}

// groupNumber returns the number of a group that is there, or a new one.
func (m *merge) groupNumber(s source, id string) (uint32, error) {
	key := []byte(id)
	if value := s.groups.Get(key); value != nil {
		g, err := readGroup(key, value)
		return g.number, err
	}
	number, err := nextNumber(s.groups)
	if err == nil {
		m.seenGroups.add(number)
	}
	return number, err
}

// finish counts what the reading stated, and closes.
func (m *merge) finish(tx *bolt.Tx, s source) error {
	if m.old.Generation == 0 {
		if err := m.missFirst(s); err != nil {
			return err
		}
	}
	m.new.People, m.new.Groups = m.seenUsers.n, m.seenGroups.n
	return m.close(tx, s)
}

// close forgets the absences of those who are back, and writes the head.
func (m *merge) close(tx *bolt.Tx, s source) error {
	if err := forgetReturned(s.absentUsers, s.people); err != nil {
		return err
	}
	if err := forgetReturned(s.absentGroups, s.groups); err != nil {
		return err
	}
	maps.DeleteFunc(m.states, func(_ connectors.Attribute, stated bool) bool { return !stated })
	m.new.States = lines(slices.Sorted(maps.Keys(m.states)))
	return m.db.codec.writeHead(tx, m.source, m.new)
}
