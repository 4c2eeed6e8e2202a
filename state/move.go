package state

import (
	"fmt"
	"maps"
	"slices"
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
	to, err := l.source(op.Person.Source)
	if err != nil {
		return err
	}
	if p.Account != op.Account || to.links.Get([]byte(op.Person.ID)) != nil {
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
	old := p.number
	if p.number, err = to.number(op.Person.ID); err != nil {
		return err
	}
	if op.From.Source == op.Person.Source {
		if l.heirs[s.name] == nil {
			l.heirs[s.name] = map[uint32]uint32{}
		}
		l.heirs[s.name][old] = p.number
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
	return l.store(to, p)
}

// storeHeirs puts the new user in the place of the old one in groups whose lists still name the old
// ID.
func (l *ledger) storeHeirs() error {
	for name, heirs := range l.heirs {
		s, err := l.source(name)
		if err != nil {
			return err
		}
		changed := map[string][]byte{}
		err = s.groups.ForEach(func(key, value []byte) error {
			g, err := readGroup(key, value)
			if err != nil {
				return err
			}
			named := len(g.loose)+len(g.kept) > 0
			if err := unpackSet(g.members, func(n uint32) { named = named || heirs[n] != 0 }); err != nil || !named {
				return err
			}
			of, err := l.codec.listing(g)
			if err != nil || !of.replaceUsers(heirs) {
				return err
			}
			changed[string(key)], err = l.codec.encodeGroup(g.number, of)
			return err
		})
		if err != nil {
			return fmt.Errorf("groups that name users by the IDs before: %w", err)
		}
		for _, id := range slices.Sorted(maps.Keys(changed)) {
			if err := putBody(s.groups, []byte(id), changed[id]); err != nil {
				return err
			}
		}
	}
	return nil
}

// replaceUsers puts heirs in the place of members, and reports whether there are any. After a delta
// read a list that did not change still names the old ID.
func (l *listing) replaceUsers(heirs map[uint32]uint32) bool {
	replaced := false
	take := func(n uint32) uint32 {
		if heir, is := heirs[n]; is {
			n, replaced = heir, true
		}
		return n
	}
	for i := range l.loose {
		l.loose[i].user = take(l.loose[i].user)
	}
	for _, all := range []*[]uint32{&l.members, &l.kept} {
		for i, n := range *all {
			(*all)[i] = take(n)
		}
		slices.Sort(*all)
		*all = slices.Compact(*all)
	}
	return replaced
}

// holder returns who has an account now, zero if no user has.
func (l *ledger) holder(account plan.RemoteID) (found connectors.Ref, err error) {
	err = l.eachLink(func(user connectors.Ref, raw link) {
		if string(raw.account) == string(account) && raw.standing != plan.Deleted {
			found = user
		}
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
