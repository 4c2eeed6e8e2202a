package state

import (
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
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
	if err := l.replaced(op); err != nil {
		return err
	}
	if slices.ContainsFunc(op.Reason.Claims, func(c plan.Claim) bool { return c.Ref == op.From }) {
		return l.succeed(op) // whom they were all joined with is no more
	}
	return l.bind(s, op.Person, op.From)
}

// bind records that a person of the source is somebody else.
func (l *ledger) bind(s source, person, first connectors.Ref) error {
	if _, err := s.number(person.ID); err != nil {
		return err
	}
	if err := l.codec.put(s.joins, refKey(person), join{store.Ref(person), store.Ref(first)}); err != nil {
		return err
	}
	return l.codec.watch(s, person.ID)
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

// standsAlone forgets that a user is joined with one of another source: a user with an
// account of their own is a person of their own.
func (s source) standsAlone(person connectors.Ref) error {
	return deleteKeys(s.joins, [][]byte{refKey(person)})
}

// A join is the record of one.
type join struct {
	Person store.Ref `cbor:"1,keyasint"`
	First  store.Ref `cbor:"2,keyasint"`
}

// firstOf returns whom a person is joined with; ok is false for nobody.
func (c codec) firstOf(s source, person connectors.Ref) (first connectors.Ref, ok bool, err error) {
	value := s.joins.Get(refKey(person))
	if value == nil {
		return first, false, nil
	}
	var j join
	err = c.read(refKey(person), value, &j)
	return connectors.Ref(j.First), err == nil, err
}

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
		out[connectors.Ref(j.Person)] = connectors.Ref(j.First)
		return nil
	})
	return out, err
}

// Split forgets that a user is the person of another one; see store.Decider.
func (t *tx) Split(user connectors.Ref) (first connectors.Ref, err error) {
	t.touch()
	err = t.do("split", func() error {
		s, ok, err := t.db.codec.openSource(t.bolt, user.Source)
		if err != nil {
			return err
		}
		joined := false
		if ok {
			if first, joined, err = t.db.codec.firstOf(s, user); err != nil {
				return err
			}
		}
		if !joined {
			return fmt.Errorf("%s is joined with no other user", user)
		}
		return t.db.codec.part(s, user)
	})
	return first, err
}
