package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A record of vanished is since 8 | mail 8 | number 8 | group, which are those of a plan.Vanished;
// since is in seconds.
type vanishedUser struct {
	since        time.Time
	mail, number uint64
	group        string
}

func (v vanishedUser) body() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(v.since.Unix())) //nolint:gosec // after 1970
	b = binary.BigEndian.AppendUint64(b, v.mail)
	b = binary.BigEndian.AppendUint64(b, v.number)
	return append(b, v.group...)
}

func readVanished(key, value []byte) (vanishedUser, error) {
	body, err := unseal(key, value)
	if err != nil {
		return vanishedUser{}, err
	}
	f := fields{b: body}
	v := vanishedUser{since: time.Unix(int64(f.uint64()), 0).UTC(), mail: f.uint64(), number: f.uint64()} //nolint:gosec // seconds
	group, err := f.rest()
	v.group = string(group)
	return v, err
}

// keepKeys keeps by what a user who is listed no more is known again, if there is a mark, or a group
// kept the user out.
func (m *merge) keepKeys(s source, key []byte, number uint32, stated []byte) error {
	if m.keptBy == nil {
		var err error
		if m.keptBy, err = m.db.codec.excludedBy(s); err != nil {
			return err
		}
	}
	group := m.keptBy[number]
	if s.marks.Get(key) == nil && group == "" {
		return nil
	}
	u, err := m.db.codec.decodeUser(string(key), stated)
	if err != nil {
		return err
	}
	body := vanishedUser{
		since: m.at, group: group,
		mail: plan.HashKey(connectors.CanonicalEmail(u.Email)), number: plan.HashKey(u.Attributes[connectors.EmployeeNumber]),
	}.body()
	m.step.wrote(key, body)
	s.vanished.FillPercent = bulkFill
	return putBody(s.vanished, key, body)
}

// excludedBy returns, by user number, the name of the group that keeps the user out.
func (c codec) excludedBy(s source) (map[uint32]string, error) {
	out := map[uint32]string{}
	err := s.excluded.ForEach(func(key, value []byte) error {
		var e excluded
		if err := c.read(key, value, &e); err != nil {
			return fmt.Errorf("group %s that keeps users out: %w", key, err)
		}
		name := e.Within
		if name == "" {
			name = e.Name
		}
		return unpackSet(e.Users, func(number uint32) { out[number] = name })
	})
	return out, err
}

// readVanished loads the users of s who may keep out others.
func (l *loader) readVanished(s source) error {
	return s.vanished.ForEach(func(key, value []byte) error {
		v, err := readVanished(key, value)
		if err != nil {
			return fmt.Errorf("vanished user %s/%s: %w", s.name, key, err)
		}
		m, err := l.db.codec.readMark(s.marks, key)
		if err == nil && (!m.empty() || v.group != "") {
			l.in.Vanished = append(l.in.Vanished, plan.Vanished{
				User: connectors.Ref{Source: s.name, ID: string(key)}, Since: v.since, Mark: m.plan(), Group: v.group, Mail: v.mail, Number: v.number,
			})
		}
		return err
	})
}

// forgetVanished drops what is kept of users who are listed again, who were kept out by nothing
// that is known, or who were listed last too long ago.
func (m *merge) forgetVanished(s source) error {
	var old [][]byte
	err := s.vanished.ForEach(func(key, value []byte) error {
		v, err := readVanished(key, value)
		if s.people.Get(key) != nil || (s.marks.Get(key) == nil && v.group == "") || m.at.Sub(v.since) > goneFor {
			old = append(old, bytes.Clone(key))
		}
		return err
	})
	if err != nil {
		return err
	}
	return deleteKeys(s.vanished, old)
}
