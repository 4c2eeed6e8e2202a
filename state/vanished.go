package state

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A record of vanished is mail 8 | number 8, which are those of a plan.Vanished. It is kept as long
// as the mark of the user, and where users of several sources may be joined.
const vanishedBytes = 16

// keepKeys keeps by what a user who is listed no more may be joined, if there is a mark.
func (m *merge) keepKeys(s source, key, stated []byte) error {
	if s.marks.Get(key) == nil {
		return nil
	}
	u, err := m.db.codec.decodeUser(string(key), stated)
	if err != nil {
		return err
	}
	body := make([]byte, 0, vanishedBytes)
	body = binary.BigEndian.AppendUint64(body, plan.HashKey(connectors.CanonicalEmail(u.Email)))
	body = binary.BigEndian.AppendUint64(body, plan.HashKey(u.Attributes[connectors.EmployeeNumber]))
	m.step.wrote(key, body)
	s.vanished.FillPercent = bulkFill
	return putBody(s.vanished, key, body)
}

func readVanished(key, value []byte) (mail, number uint64, err error) {
	body, err := unseal(key, value)
	if err != nil {
		return 0, 0, err
	}
	if len(body) != vanishedBytes {
		return 0, 0, fmt.Errorf("a vanished user of %d bytes: %w", len(body), errRecord)
	}
	return binary.BigEndian.Uint64(body), binary.BigEndian.Uint64(body[8:]), nil
}

// readVanished loads the users of s who may keep out users of other sources.
func (l *loader) readVanished(s source) error {
	return s.vanished.ForEach(func(key, value []byte) error {
		mail, number, err := readVanished(key, value)
		if err != nil {
			return fmt.Errorf("vanished user %s/%s: %w", s.name, key, err)
		}
		m, err := l.db.codec.readMark(s.marks, key)
		if err != nil || m.empty() {
			return err
		}
		v := plan.Vanished{User: connectors.Ref{Source: s.name, ID: string(key)}, Since: m.Since, Mark: m.plan(), Mail: mail, Number: number}
		l.in.Vanished = append(l.in.Vanished, v)
		return nil
	})
}

// forgetVanished drops what is kept of users who are listed again, or who have no mark any more.
func forgetVanished(s source) error {
	var old [][]byte
	err := s.vanished.ForEach(func(key, _ []byte) error {
		if s.people.Get(key) != nil || s.marks.Get(key) == nil {
			old = append(old, bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return deleteKeys(s.vanished, old)
}

// several reports whether several sources were read in full.
func (db *DB) several(tx *bolt.Tx) (bool, error) {
	read := 0
	err := db.eachSource(tx, func(s source) error {
		if s.head.Generation > 0 {
			read++
		}
		return nil
	})
	return read > 1, err
}
