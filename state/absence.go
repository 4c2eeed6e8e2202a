package state

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// An absence remembers a user with a live link or joined with another one, or a group that
// feeds a team or keeps users out, which the last full read did not list, or a delta read said
// to be gone.
type absence struct {
	At        time.Time // of the first read that did not list the object, or said so
	Container string    // in which the object last stood
	// Group is the body of the group's last record: by it the group is judged when it is
	// listed again.
	Group []byte `cbor:",omitempty"`
}

// vanish remembers those of s whom the reading did not state, if anything of ours
// hangs on them, and drops their records if it is told to.
func (m *merge) vanish(s source, drop bool) error {
	if m.old.People > 0 {
		err := m.vanishFrom(s.people, s.absentUsers, &m.seenUsers, drop, func(key, value []byte) (vanished, error) {
			return m.vanishedPerson(s, key, value)
		})
		if err != nil {
			return err
		}
	}
	return m.vanishFrom(s.groups, s.absentGroups, &m.seenGroups, drop, func(key, value []byte) (vanished, error) {
		return m.vanishedGroup(s, key, value)
	})
}

// vanished is what vanishFrom must know of a record.
type vanished struct {
	number  uint32
	absence func() (absence, error) // nil if nothing of ours hangs on it
}

// missFirst remembers those with a live link whom a source's first reading does
// not state: they had no record that could vanish.
func (m *merge) missFirst(s source) error {
	var missed [][]byte
	err := s.links.ForEach(func(key, value []byte) error {
		l, err := readLink(key, value)
		if err == nil && l.standing == plan.Live && s.people.Get(key) == nil {
			missed = append(missed, bytes.Clone(key))
		}
		return err
	})
	for _, key := range missed {
		err = errors.Join(err, m.db.codec.put(s.absentUsers, key, absence{At: m.at}))
	}
	return err
}

func (m *merge) vanishFrom(records, absent *bolt.Bucket, seen *bits, drop bool, look func(key, value []byte) (vanished, error)) error {
	var gone [][]byte
	c := records.Cursor()
	for key, value := c.First(); key != nil; key, value = c.Next() {
		v, err := look(key, value)
		if err != nil {
			return fmt.Errorf("record %q: %w", key, err)
		}
		if seen.has(v.number) {
			continue
		}
		if drop {
			gone = append(gone, bytes.Clone(key))
		}
		if err := m.miss(absent, bytes.Clone(key), v); err != nil {
			return fmt.Errorf("record %q: %w", key, err)
		}
	}
	return deleteKeys(records, gone)
}

// miss remembers the absence of an object if something of ours hangs on it.
func (m *merge) miss(absent *bolt.Bucket, key []byte, v vanished) error {
	if v.absence == nil {
		return nil
	}
	a, err := v.absence()
	if err != nil {
		return err
	}
	a.At = m.at
	return m.db.codec.put(absent, key, a)
}

func (m *merge) vanishedPerson(s source, key, value []byte) (vanished, error) {
	p, err := readPerson(key, value)
	if err != nil || m.seenUsers.has(p.number) {
		return vanished{number: p.number}, err
	}
	out := vanished{number: p.number}
	link, err := findLink(s, key)
	if err == nil {
		err = m.markGone(s, bytes.Clone(key), p.stated)
	}
	if err == nil && link.standing != plan.Live {
		err = m.keepKeys(s, bytes.Clone(key), p.number, p.stated)
	}
	if err == nil && (link.standing == plan.Live || s.isJoined(key)) {
		out.absence = func() (absence, error) {
			u, err := m.db.codec.decodeUser(string(key), p.stated)
			return absence{Container: u.Container}, err
		}
	}
	return out, err
}

func (m *merge) vanishedGroup(s source, key, value []byte) (vanished, error) {
	g, err := readGroup(key, value)
	out := vanished{number: g.number}
	if err == nil && s.usesGroup(string(key)) {
		out.absence = func() (absence, error) {
			stated, err := m.db.codec.decodeGroup(g.stated)
			return absence{Container: stated.Container, Group: bytes.Clone(g.body)}, err
		}
	}
	return out, err
}

// usesGroup reports whether a group feeds a team or keeps users out.
func (s source) usesGroup(id string) bool {
	return hasFeed(s, id) || s.excluded.Get([]byte(id)) != nil
}

// lastGroup returns the last record of a group: also of one that was not listed, as long as
// its absence is remembered.
func (c codec) lastGroup(s source, id string) (g group, listed, known bool, err error) {
	key := []byte(id)
	if value := s.groups.Get(key); value != nil {
		g, err = readGroup(key, value)
		return g, true, true, err
	}
	a, _, err := c.readAbsence(s.absentGroups, key)
	if err != nil || len(a.Group) == 0 {
		return group{}, false, false, err
	}
	g, err = parseGroup(a.Group)
	return g, false, true, err
}

// forgetGroup drops the absence of a group that is of no use any more.
func (s source) forgetGroup(id string) error {
	if s.usesGroup(id) {
		return nil
	}
	return deleteKeys(s.absentGroups, [][]byte{[]byte(id)})
}

// findLink returns the link of a person, or one that stands for none.
func findLink(s source, key []byte) (link, error) {
	value := s.links.Get(key)
	if value == nil {
		return link{}, nil
	}
	return readLink(key, value)
}

// readAbsence returns the absence of an object; ok is false if none is known.
func (c codec) readAbsence(absent *bolt.Bucket, key []byte) (a absence, ok bool, err error) {
	value := absent.Get(key)
	if value == nil {
		return absence{}, false, nil
	}
	err = c.read(key, value, &a)
	return a, err == nil, err
}

// watch keeps the absence of a person in step with what hangs on it. A link that is
// live again, or for the first time, or a join, while nobody states the person,
// counts from the last complete reading.
func (c codec) watch(s source, id string) error {
	key := []byte(id)
	l, err := findLink(s, key)
	if err != nil {
		return err
	}
	matters := l.standing == plan.Live || s.isJoined(key)
	_, known, err := c.readAbsence(s.absentUsers, key)
	switch {
	case err != nil:
		return err
	case !matters && known:
		return deleteKeys(s.absentUsers, [][]byte{key})
	case matters && !known && s.head.Generation > 0 && s.people.Get(key) == nil:
		return c.put(s.absentUsers, key, absence{At: s.head.At})
	}
	return nil
}

// claimed returns the buckets that objects of a kind are in.
func (s source) claimed(kind connectors.ObjectKind) (records, absent *bolt.Bucket) {
	if kind == connectors.GroupObject {
		return s.groups, s.absentGroups
	}
	return s.people, s.absentUsers
}

// forgetReturned drops the absence of every ID that has a record.
func forgetReturned(absent, records *bolt.Bucket) error {
	var back [][]byte
	c := absent.Cursor()
	for key, _ := c.First(); key != nil; key, _ = c.Next() {
		if records.Get(key) != nil {
			back = append(back, bytes.Clone(key))
		}
	}
	return deleteKeys(absent, back)
}

func deleteKeys(b *bolt.Bucket, keys [][]byte) error {
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return fmt.Errorf("drop record: %w", err)
		}
	}
	return nil
}
