package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
)

// bulkFill leaves little room in pages that are written in order.
const bulkFill = 0.9

// errUnfinished says that a merge was to be closed before all of it was stored.
var errUnfinished = errors.New("not all that was read was stored: this is a fault of writersync, and the last complete read stays as it was")

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
	staged   []stagedKind
	step     step
	states   map[connectors.Attribute]bool // as head.States
	had      map[nameHash]uint32           // users by names that they had before
	keptBy   map[uint32]string             // see excludedBy; nil before it is asked for
}

// A stagedKind is the changed records of one kind, and what stores one of them.
type stagedKind struct {
	in  *stream
	put func(source, staged) error
}

// do merges. Where nothing changed, the head waits for the next write.
func (m *merge) do(ctx context.Context) error {
	err := m.look()
	if err != nil {
		return err
	}
	m.begin()
	m.new.Generation++
	m.new.Files = m.old.files(m.complete.Evidence().Files, m.at)
	m.new.At, m.new.Size = m.at, m.complete.Size()
	m.new.Size.Memberships = m.memberships
	m.new.Identity, m.new.Cursor = m.complete.Evidence().Identity, m.complete.Evidence().Cursor
	if err := m.sort(m.putUser, m.putGroup); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	changed := m.users.count + m.groups.count
	vanished := m.old.People - m.seenUsers.n + m.old.Groups - m.seenGroups.n
	m.new.Credible = m.old.Credible && changed+vanished == 0
	switch {
	case changed+vanished == 0 && m.old.Generation > 0:
		if err := m.counted(); err != nil {
			return err
		}
		m.db.codec.pending.set(m.source, m.new)
		return nil
	case changed+vanished == 0:
		return m.db.update(m.head)
	case m.fits(changed + vanished):
		return m.db.update(m.small)
	}
	return m.large(ctx)
}

// look finds the head, and which users had the names that references name them by no more.
func (m *merge) look() error {
	_, err := m.inSource(func(s source) (err error) {
		m.old = s.head
		m.had, err = s.named(m.former)
		return err
	})
	return err
}

// fits reports whether one transaction is enough for so many records, which weigh what
// the reading found. Only how many transactions are made depends on it.
func (m *merge) fits(records int) bool {
	s := step{limit: m.db.step, written: m.weight, records: records}
	return !s.full()
}

// begin makes the new head a copy of the old one.
func (m *merge) begin() {
	m.new, m.states = m.old, map[connectors.Attribute]bool{}
	for _, a := range m.old.states() {
		m.states[a] = true
	}
}

// sort closes the overlays: user and group store what is in them.
func (m *merge) sort(user, group func(source, staged) error) error {
	users, err := m.users.sorted()
	if err != nil {
		return err
	}
	groups, err := m.groups.sorted()
	m.staged = []stagedKind{{users, user}, {groups, group}}
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
	if err := m.putAll(s); err != nil {
		return err
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
		func(old, next source) (bool, error) { return copyPeople.step(&m.step, old.people, next.people) },
		func(old, next source) (bool, error) { return copyGroups.step(&m.step, old.groups, next.groups) },
	}
	for _, kind := range m.staged {
		steps = append(steps, func(_, next source) (bool, error) { return m.putStep(next, kind) })
	}
	for _, step := range steps {
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := m.both(func(_ *bolt.Tx, old, next source) error {
				m.beginStep()
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

// putAll stores all that is staged, in the transaction of s.
func (m *merge) putAll(s source) error {
	for _, kind := range m.staged {
		for more := true; more; {
			m.beginStep() // what fits was decided before
			var err error
			if more, err = m.putStep(s, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merge) beginStep() { m.step = step{limit: m.db.step} }

// putStep stores what is staged of a kind until the step is full, and one record at
// least; more is false only at the end of the stream.
func (m *merge) putStep(s source, kind stagedKind) (more bool, err error) {
	for {
		in, ok, err := kind.in.next()
		if err != nil || !ok {
			return false, err
		}
		if err := kind.put(s, in); err != nil {
			return false, fmt.Errorf("record %q: %w", in.id, err)
		}
		if m.step.full() {
			return true, nil
		}
	}
}

// put stores a record and counts it.
func (m *merge) put(b *bolt.Bucket, key, body []byte) error {
	m.step.wrote(key, body)
	return putBody(b, key, body)
}

// number is source.number, counted.
func (m *merge) number(s source, id string) (uint32, error) {
	given := s.numbers.Sequence()
	n, err := s.number(id)
	if s.numbers.Sequence() != given {
		m.step.wrote([]byte(id), make([]byte, 4))
	}
	return n, err
}

func (m *merge) putUser(s source, in staged) error {
	place, width := binary.Uvarint(in.body)
	if width <= 0 || place > uint64(len(m.numbers)) {
		return fmt.Errorf("a place of a new user: %w", errRecord)
	}
	listed := in.body[width:]
	u, err := m.db.codec.decodeListed(in.id, listed)
	if err != nil {
		return err
	}
	key := []byte(in.id)
	if err := m.mark(s, key, s.people.Get(key), u); err != nil {
		return err
	}
	number, err := m.number(s, in.id)
	if err != nil {
		return err
	}
	if place > 0 {
		m.numbers[place-1] = number
	}
	m.seenUsers.add(number)
	for a := range u.Attributes {
		m.states[a] = true
	}
	m.states[connectors.Email] = m.states[connectors.Email] || u.Email != ""
	return m.put(s.people, key, newPerson(number, u, listed))
}

func (m *merge) putGroup(s source, in staged) error {
	var staging stagedGroup
	if err := m.db.codec.decode(in.body, &staging); err != nil {
		return err
	}
	l := listing{stated: staging.Stated, names: staging.Names, nestedUnstated: staging.NestedUnstated}
	var err error
	if l.members, err = m.numbered(staging.Members); err != nil {
		return err
	}
	if l.loose, err = unpackLoose(staging.Loose); err != nil {
		return err
	}
	return m.storeGroup(s, in.id, l)
}

// numbered returns the numbers of a packed set of what an index holds.
func (m *merge) numbered(set []byte) ([]uint32, error) {
	out, err := unpacked(set)
	for i, n := range out {
		if n&unnumbered != 0 {
			out[i] = m.numbers[n&^unnumbered-1]
		}
	}
	slices.Sort(out)
	return slices.Compact(out), err
}

// storeGroup stores a group as it is listed now, with what is remembered of its references.
func (m *merge) storeGroup(s source, id string, l listing) error {
	old, listed, known, err := m.db.codec.lastGroup(s, id)
	if err != nil {
		return err
	}
	var before listing
	if known {
		if before, err = m.db.codec.listing(old); err != nil {
			return err
		}
	}
	number := old.number
	if !listed {
		if number, err = nextNumber(s.groups); err != nil {
			return err
		}
		m.seenGroups.add(number)
	}
	l.follow(before, old.digest != digest{}, m.had, m.groupIndex)
	body, err := m.db.codec.encodeGroup(number, l)
	if err != nil {
		return err
	}
	return m.put(s.groups, []byte(id), body)
}

// finish counts what the reading stated, and closes.
func (m *merge) finish(tx *bolt.Tx, s source) error {
	if m.old.Generation == 0 {
		if err := m.missFirst(s); err != nil {
			return err
		}
	}
	if err := m.counted(); err != nil {
		return err
	}
	m.new.People, m.new.Groups = m.seenUsers.n, m.seenGroups.n
	if err := m.forgetMarks(s); err != nil {
		return err
	}
	return m.close(tx, s)
}

// counted refuses a reading of which fewer or more records are held than its proof says.
func (m *merge) counted() error {
	if size := m.complete.Size(); m.seenUsers.n != size.Users || m.seenGroups.n != size.Groups {
		return fmt.Errorf("%d users and %d groups are stored of %d and %d that were read: %w", m.seenUsers.n, m.seenGroups.n, size.Users, size.Groups, errUnfinished)
	}
	return nil
}

// close forgets the absences of those who are back, and writes the head.
func (m *merge) close(tx *bolt.Tx, s source) error {
	for _, kind := range m.staged {
		if !kind.in.ended {
			return errUnfinished
		}
	}
	if err := errors.Join(forgetReturned(s.absentUsers, s.people), m.forgetVanished(s)); err != nil {
		return err
	}
	if err := forgetReturned(s.absentGroups, s.groups); err != nil {
		return err
	}
	maps.DeleteFunc(m.states, func(_ connectors.Attribute, stated bool) bool { return !stated })
	m.new.States = lines(slices.Sorted(maps.Keys(m.states)))
	return m.db.codec.writeHead(tx, m.source, m.new)
}
