package state

import (
	"bytes"
	"errors"
	"maps"
	"time"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A mark is what a user showed before and does not show now: it was listed, and neither it
// nor another value is. It stays until the source lists one of them, or JudgeMarks or a done op ends it.
type mark struct {
	_          struct{} `cbor:",toarray"`
	Since      time.Time
	Disabled   bool   // the user was disabled
	By         string // connectors.User.StatusBy of that
	Attributes map[connectors.Attribute]string
	Judged     bool // a run has found that its absence means nothing else
}

func (m mark) empty() bool { return !m.Disabled && len(m.Attributes) == 0 }

// of returns the mark of a user who was listed as before, nil if the user was not, and is
// listed as now.
func (m mark) of(before *connectors.User, now connectors.User, at time.Time) mark {
	out := mark{Since: m.Since, Disabled: m.Disabled, By: m.By, Attributes: maps.Clone(m.Attributes)}
	out.add(before)
	if now.Status == connectors.StatusDisabled || now.Denies(out.By) {
		out.Disabled, out.By = false, ""
	}
	maps.DeleteFunc(out.Attributes, func(a connectors.Attribute, _ string) bool { return now.Shows(a) })
	if m.empty() {
		out.Since = at
	}
	out.Judged = m.Judged && out.has(m)
	return out
}

// has reports whether all that another mark has is in this one.
func (m mark) has(other mark) bool {
	for a := range other.Attributes {
		if _, has := m.Attributes[a]; !has {
			return false
		}
	}
	return m.Disabled || !other.Disabled
}

// add takes in what a user showed.
func (m *mark) add(u *connectors.User) {
	if u == nil {
		return
	}
	if u.Status == connectors.StatusDisabled {
		m.Disabled, m.By = true, u.StatusBy
	}
	for a, value := range u.Attributes {
		if value == "" {
			continue // that there is none is not what keeps a user out
		}
		if m.Attributes == nil {
			m.Attributes = map[connectors.Attribute]string{}
		}
		m.Attributes[a] = value
	}
}

// plan returns the mark as a plan has it.
func (m mark) plan() plan.Mark {
	return plan.Mark{Since: m.Since, Disabled: m.Disabled, By: m.By, Attributes: m.Attributes, Judged: m.Judged}
}

func (c codec) readMark(marks *bolt.Bucket, key []byte) (m mark, err error) {
	value := marks.Get(key)
	if value == nil {
		return mark{}, nil
	}
	err = c.read(key, value, &m)
	return m, err
}

// mark keeps the mark of a user who is stored as now; value is the record before, nil if
// there is none.
func (m *merge) mark(s source, key, value []byte, now connectors.User) error {
	old, err := m.db.codec.readMark(s.marks, key)
	if err != nil {
		return err
	}
	var before *connectors.User
	if value != nil {
		p, err := readPerson(key, value)
		if err != nil {
			return err
		}
		u, err := m.db.codec.decodeUser(string(key), p.stated)
		if err != nil {
			return err
		}
		before = &u
	}
	return m.putMark(s, key, old, old.of(before, now, m.at))
}

// markGone keeps what may have kept out a user who is listed no more: listed again without it,
// the user is kept out still. Which attributes the expressions look at is not known here; names
// and numbers of people are not kept.
func (m *merge) markGone(s source, key []byte, stated []byte) error {
	u, err := m.db.codec.decodeUser(string(key), stated)
	if err != nil {
		return err
	}
	maps.DeleteFunc(u.Attributes, func(a connectors.Attribute, _ string) bool { return a.IsPersonal() })
	old, err := m.db.codec.readMark(s.marks, key)
	if err != nil {
		return err
	}
	return m.putMark(s, key, old, old.of(&u, connectors.User{}, m.at))
}

func (m *merge) putMark(s source, key []byte, old, now mark) error {
	switch {
	case now.empty() && old.empty():
		return nil
	case now.empty():
		return deleteKeys(s.marks, [][]byte{key})
	case old.Disabled == now.Disabled && old.By == now.By && maps.Equal(old.Attributes, now.Attributes):
		return nil
	}
	m.step.wrote(key, make([]byte, markBytes))
	s.marks.FillPercent = bulkFill
	return m.db.codec.put(s.marks, key, now)
}

// goneFor is for how long the mark of a user who is not listed is kept.
const goneFor = 400 * 24 * time.Hour

// forgetMarks drops the marks of users who were listed last too long ago, so that the state of a
// directory with many leavers does not grow for ever.
func (m *merge) forgetMarks(s source) error {
	var old [][]byte
	err := s.marks.ForEach(func(key, value []byte) error {
		if s.people.Get(key) != nil {
			return nil
		}
		var of mark
		err := m.db.codec.read(key, value, &of)
		if m.at.Sub(of.Since) > goneFor {
			old = append(old, bytes.Clone(key))
		}
		return err
	})
	if err != nil {
		return err
	}
	return deleteKeys(s.marks, old)
}

// markBytes is about how much a mark takes.
const markBytes = 64

// readMarks returns the marks of users who are listed, by user.
func (l *loader) readMarks(s source) error {
	return s.marks.ForEach(func(key, value []byte) error {
		if s.people.Get(key) == nil {
			return nil
		}
		var m mark
		if err := l.db.codec.read(key, value, &m); err != nil {
			return err
		}
		if l.in.Marks == nil {
			l.in.Marks = map[connectors.Ref]plan.Mark{}
		}
		l.in.Marks[connectors.Ref{Source: s.name, ID: string(key)}] = m.plan()
		return nil
	})
}

// JudgeMarks forgets what users do not show any more, or remembers that it counts still; see
// store.Concluder.
func (t *tx) JudgeMarks(ended, stay []connectors.Ref) error {
	return t.do("judge what users do not show", func() error {
		t.touch()
		for _, user := range ended {
			if err := t.db.codec.endMark(t.bolt, user); err != nil {
				return err
			}
		}
		for _, user := range stay {
			if err := t.keepMark(user); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) keepMark(user connectors.Ref) error {
	s, ok, err := t.db.codec.openSource(t.bolt, user.Source)
	if err != nil || !ok {
		return err
	}
	key := []byte(user.ID)
	m, err := t.db.codec.readMark(s.marks, key)
	if err != nil || m.empty() {
		return err
	}
	m.Judged = true
	return t.db.codec.put(s.marks, key, m)
}

func (c codec) endMark(tx *bolt.Tx, user connectors.Ref) error {
	s, ok, err := c.openSource(tx, user.Source)
	if err != nil || !ok {
		return err
	}
	return errors.Join(deleteKeys(s.marks, [][]byte{[]byte(user.ID)}), deleteKeys(s.vanished, [][]byte{[]byte(user.ID)}))
}

// endMarks ends what a done op rested on that was not visible.
func (l *ledger) endMarks(op plan.Op) error {
	for _, m := range op.Reason.Marks {
		var err error
		if m.Kind == connectors.GroupObject {
			err = l.endGroup(m.Ref, op.Reason.Marks)
		} else {
			err = l.codec.endMark(l.tx, m.Ref)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Users calls fn with every user of a source, as listed; see syncer.Picture.
func (t *tx) Users(name string, fn func(connectors.User) error) error {
	return t.do("read users of "+name, func() error {
		s, ok, err := t.db.codec.openSource(t.bolt, name)
		if err != nil || !ok {
			return err
		}
		return s.people.ForEach(func(key, value []byte) error {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			p, err := readPerson(key, value)
			if err != nil {
				return err
			}
			u, err := t.db.codec.decodeUser(string(key), p.stated)
			if err != nil {
				return err
			}
			return fn(u)
		})
	})
}
