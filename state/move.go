package state

import (
	"fmt"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// moveLink gives a person the link that another ID had. Its fingerprint is not
// known to be true of the new one's record.
func (l *ledger) moveLink(op plan.Op, out apply.Outcome) error {
	p, s, err := l.find(op.From)
	if err != nil {
		return err
	}
	if op.From.Source != op.Person.Source || p.Account != op.Account || s.links.Get([]byte(op.Person.ID)) != nil {
		return fmt.Errorf("the link of %s cannot be that of %s: %w", op.From, op.Person, ErrIntent)
	}
	if err := deleteKeys(s.links, [][]byte{[]byte(op.From.ID)}); err != nil {
		return err
	}
	if err := deleteKeys(s.absentUsers, [][]byte{[]byte(op.From.ID)}); err != nil {
		return err
	}
	p.Person, p.Fingerprint, p.OutSince = op.Person, plan.Fingerprint{}, time.Time{}
	if !out.Account.Names(op.Person) {
		p.Origin = plan.Adopted // what the account names from now on is not known to be the person
	}
	if p.number, err = s.number(op.Person.ID); err != nil {
		return err
	}
	if err := l.comesFirst(op.Person); err != nil {
		return err
	}
	if err := l.replaced(op); err != nil {
		return err
	}
	if err := l.follow(op.From, op.Person); err != nil {
		return err
	}
	return l.store(s, p)
}

// holder returns who of a source has an account now, zero if nobody has.
func (l *ledger) holder(source string, account plan.RemoteID) (connectors.Ref, error) {
	s, err := l.source(source)
	if err != nil {
		return connectors.Ref{}, err
	}
	var found connectors.Ref
	err = s.links.ForEach(func(key, value []byte) error {
		raw, err := readLink(key, value)
		if err == nil && string(raw.account) == string(account) && raw.standing != plan.Deleted {
			found = connectors.Ref{Source: source, ID: string(key)}
		}
		return err
	})
	return found, err
}

// comesFirst makes a person the first of all whom they are joined with.
func (l *ledger) comesFirst(person connectors.Ref) error {
	s, err := l.source(person.Source)
	if err != nil {
		return err
	}
	first, joined, err := l.codec.firstOf(s, person)
	if err != nil || !joined {
		return err
	}
	if err := s.standsAlone(person); err != nil {
		return err
	}
	if err := l.follow(first, person); err != nil {
		return err
	}
	of, err := l.source(first.Source)
	if err != nil || of.links.Get([]byte(first.ID)) != nil {
		return err
	}
	return l.bind(of, first, person)
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
		if err := l.codec.put(joins, refKey(person), join{store.Ref(person), store.Ref(to)}); err != nil {
			return err
		}
	}
	return nil
}
