package state

import (
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// refKey is the key of a person of any source.
func refKey(r connectors.Ref) []byte { return append(appendBlob(nil, []byte(r.Source)), r.ID...) }

// joinPerson remembers that a person is somebody of another source. Who has an
// account of their own is not joined: two accounts would hang on one. A record of the
// same source that is claimed to be gone is nobody's any more.
func (l *ledger) joinPerson(op plan.Op) error {
	s, err := l.source(op.Person.Source)
	if err != nil {
		return err
	}
	own, err := findLink(s, []byte(op.Person.ID))
	if err != nil {
		return err
	}
	if own.standing == plan.Live || own.standing == plan.Inactive || op.From == op.Person || op.From.ID == "" {
		return fmt.Errorf("%s cannot be joined with %s: %w", op.Person, op.From, ErrIntent)
	}
	if err := deleteKeys(s.links, [][]byte{[]byte(op.Person.ID)}); err != nil { // of an account that was deleted
		return err
	}
	if _, err := s.number(op.Person.ID); err != nil {
		return err
	}
	if err := l.replaced(op); err != nil {
		return err
	}
	if slices.ContainsFunc(op.Reason.Claims, func(c plan.Claim) bool { return c.Ref == op.From }) {
		return l.succeed(op) // whom they were all joined with is no more
	}
	if err := l.codec.put(s.joins, refKey(op.Person), join{op.Person, op.From}); err != nil {
		return err
	}
	return l.codec.watch(s, op.Person.ID)
}

// comesFirst makes a person the first of all whom they are joined with.
func (l *ledger) comesFirst(person connectors.Ref) error {
	all, err := l.codec.readJoins(l.tx)
	if err != nil {
		return err
	}
	s, err := l.source(person.Source)
	if err != nil {
		return err
	}
	if err := s.standsAlone(person); err != nil {
		return err
	}
	first, joined := all[person]
	if !joined {
		return nil
	}
	if err := l.follow(first, person); err != nil {
		return err
	}
	of, err := l.source(first.Source)
	if err != nil || of.links.Get([]byte(first.ID)) != nil {
		return err
	}
	if _, err := of.number(first.ID); err != nil {
		return err
	}
	if err := l.codec.put(of.joins, refKey(first), join{first, person}); err != nil {
		return err
	}
	return l.codec.watch(of, first.ID)
}

// replaced parts the records of which an op claims that they are gone: others took
// their place.
func (l *ledger) replaced(op plan.Op) error {
	for _, gone := range op.Reason.Claims {
		s, err := l.source(gone.Ref.Source)
		if err != nil {
			return err
		}
		if err := l.codec.part(s, gone.Ref); err != nil {
			return err
		}
	}
	return nil
}

// succeed puts a person in the place of one who is gone, and whose account too.
func (l *ledger) succeed(op plan.Op) error {
	s, err := l.source(op.From.Source)
	if err != nil {
		return err
	}
	old, err := findLink(s, []byte(op.From.ID))
	if err != nil {
		return err
	}
	if old.standing == plan.Live || old.standing == plan.Inactive {
		return fmt.Errorf("%s has an account, which %s cannot be given by a join: %w", op.From, op.Person, ErrIntent)
	}
	if err := deleteKeys(s.links, [][]byte{[]byte(op.From.ID)}); err != nil {
		return err
	}
	return l.follow(op.From, op.Person)
}

// follow joins those who were joined with one ID with the other, which is the same
// person.
func (l *ledger) follow(from, to connectors.Ref) error {
	joins := l.tx.Bucket([]byte(bucketJoins))
	all, err := l.codec.readJoins(l.tx)
	if err != nil {
		return err
	}
	for person, first := range all {
		if first != from || person == to {
			continue
		}
		if err := l.codec.put(joins, refKey(person), join{person, to}); err != nil {
			return err
		}
	}
	return nil
}

// part makes somebody who was joined a person of their own.
func (c codec) part(s source, person connectors.Ref) error {
	if err := s.standsAlone(person); err != nil {
		return err
	}
	return c.watch(s, person.ID)
}

// joined stands at the first of the source's people who are somebody of another one.
func (s source) joined() *position {
	return cursorUnder(s.joins, refKey(connectors.Ref{Source: s.name}))
}

func (s source) isJoined(id []byte) bool {
	return s.joins.Get(refKey(connectors.Ref{Source: s.name, ID: string(id)})) != nil
}

// standsAlone forgets that a person is somebody of another source: who has an account
// of their own is nobody else.
func (s source) standsAlone(person connectors.Ref) error {
	return deleteKeys(s.joins, [][]byte{refKey(person)})
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
		s, ok, err := db.codec.openSource(tx, person.Source)
		if err != nil {
			return err
		}
		key := refKey(person)
		if !ok || s.joins.Get(key) == nil {
			return fmt.Errorf("%s is joined with nobody", person)
		}
		var j join
		if err := db.codec.read(key, s.joins.Get(key), &j); err != nil {
			return err
		}
		first = j.First
		return db.codec.part(s, person)
	})
	if err != nil {
		return first, fmt.Errorf("part: %w", err)
	}
	return first, nil
}
