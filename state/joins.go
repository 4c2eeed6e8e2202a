package state

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// refKey is the key of a person of any source.
func refKey(r connectors.Ref) []byte { return append(appendBlob(nil, []byte(r.Source)), r.ID...) }

// joinPerson remembers that a person is somebody of another source. Who has an
// account of their own is not joined: two accounts would hang on one.
func (l *ledger) joinPerson(op plan.Op) error {
	s, err := l.source(op.Person.Source)
	if err != nil {
		return err
	}
	if s.links.Get([]byte(op.Person.ID)) != nil || op.From == op.Person || op.From.ID == "" {
		return fmt.Errorf("%s cannot be joined with %s: %w", op.Person, op.From, ErrIntent)
	}
	return l.codec.put(l.tx.Bucket([]byte(bucketJoins)), refKey(op.Person), join{op.Person, op.From})
}

// A join is the record of one.
type join struct{ Person, First connectors.Ref }

func (c codec) readJoins(tx *bolt.Tx) (map[connectors.Ref]connectors.Ref, error) {
	var out map[connectors.Ref]connectors.Ref
	err := tx.Bucket([]byte(bucketJoins)).ForEach(func(key, value []byte) error {
		var j join
		if err := c.read(key, value, &j); err != nil {
			return fmt.Errorf("join: %w", err)
		}
		if out == nil {
			out = map[connectors.Ref]connectors.Ref{}
		}
		out[j.Person] = j.First
		return nil
	})
	return out, err
}

// Part forgets that a person is somebody of another source; see syncer.Decisions.
func (db *DB) Part(ctx context.Context, person connectors.Ref) (first connectors.Ref, err error) {
	if err := ctx.Err(); err != nil {
		return first, err
	}
	err = db.update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucketJoins))
		key := refKey(person)
		value := b.Get(key)
		if value == nil {
			return fmt.Errorf("%s is joined with nobody", person)
		}
		var j join
		if err := db.codec.read(key, value, &j); err != nil {
			return err
		}
		first = j.First
		return deleteKeys(b, [][]byte{key})
	})
	if err != nil {
		return first, fmt.Errorf("part: %w", err)
	}
	return first, nil
}
