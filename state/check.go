package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// maxFaults is how many faults a check names before it stops.
const maxFaults = 20

// Check reads the whole file at path and changes nothing. It returns every fault
// found, up to twenty, as a CorruptError: in bbolt's pages, in a record that does
// not decode, or in records that contradict each other.
func Check(ctx context.Context, path string) error {
	c, err := newCodec()
	if err != nil {
		return err
	}
	b, err := openFile(path, bolt.Options{Timeout: lockTimeout, ReadOnly: true})
	if err != nil {
		return err
	}
	db := &DB{path: path, bolt: newHandle(b), codec: c}
	return errors.Join(db.Check(ctx), b.Close())
}

// Check is Check of a state that is open. Writers wait for it.
func (db *DB) Check(ctx context.Context) error {
	have, begun, err := db.schema()
	if err != nil {
		return err
	}
	if have > schema {
		return &SchemaError{Path: db.path, Have: have, Want: schema}
	}
	c := checker{ctx: ctx, codec: db.codec}
	err = db.still(func(tx *bolt.Tx) error {
		c.tx = tx
		c.pages()
		switch {
		case len(c.faults) > 0:
		case have == schema && !begun:
			c.records()
		default: // Open brings it forward
			for _, step := range dueFrom(migrations(), have, begun) {
				if step.sound != nil {
					c.fault(step.sound(tx, c.codec))
				}
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if len(c.faults) > 0 {
		return c.verdict(db.path)
	}
	return nil
}

// still is handle.still, contained.
func (db *DB) still(fn func(*bolt.Tx) error) error {
	return contain(db.path, func() error { return db.bolt.still(fn) })
}

type checker struct {
	ctx      context.Context //nolint:containedctx // for the length of one call
	codec    codec
	tx       *bolt.Tx
	faults   []error
	teams    map[uint32]bool
	accounts map[string]string // live ones, and who has them
}

func (c *checker) fault(err error) {
	if err != nil && len(c.faults) < maxFaults {
		c.faults = append(c.faults, err)
	}
}

// verdict returns all that was found: the file is broken, unless every fault is that a
// record is of a later version.
func (c *checker) verdict(path string) error {
	all := errors.Join(c.faults...)
	later := func(err error) bool {
		var l *LaterError
		return errors.As(explained(path, err), &l)
	}
	if !slices.ContainsFunc(c.faults, func(err error) bool { return !later(err) }) {
		return &LaterError{Path: path, Err: all}
	}
	return &CorruptError{Path: path, Err: all}
}

// over reports that there is no point in going on.
func (c *checker) over() bool { return len(c.faults) >= maxFaults || c.ctx.Err() != nil }

// pages checks what bbolt knows of its pages: all reachable once, keys in order.
func (c *checker) pages() {
	for err := range c.tx.Check() {
		c.fault(err)
	}
}

// records decodes everything, and holds records against each other.
func (c *checker) records() {
	c.teams, c.accounts = map[uint32]bool{}, map[string]string{}
	all(c, bucketTeams, func(_ []byte, t *team) error {
		if c.teams[t.Number] {
			return fmt.Errorf("number %d is given twice", t.Number)
		}
		c.teams[t.Number] = true
		return nil
	})
	c.allGiven(bucketTeams, c.tx.Bucket([]byte(bucketTeams)), len(c.teams))
	all(c, bucketHeads, func(name []byte, _ *head) error {
		if c.tx.Bucket([]byte(bucketSources)).Bucket(name) == nil {
			return errors.New("there are no records of the source")
		}
		return nil
	})
	c.each(bucketJournal, c.tx.Bucket([]byte(bucketJournal)), func(key, value []byte) error {
		_, err := c.codec.readIntent(key, value)
		return err
	})
	all(c, bucketRetries, func(key []byte, f *store.Retry) error {
		if f.Key != string(key) {
			return errors.New("the retry is of another op")
		}
		return nil
	})
	all(c, bucketControl, func(_ []byte, _ *store.Control) error { return nil })
	all(c, bucketRemovals, func(_ []byte, _ *store.Removal) error { return nil })
	all(c, bucketJoins, func(_ []byte, _ *join) error { return nil })
	c.audit()
	all(c, bucketImported, sameImport)
	all(c, bucketRuns, func(_ []byte, _ *store.Run) error { return nil })
	_, err := c.codec.readHeld(c.tx)
	c.fault(err)
	c.approvals()
	c.observed()
	c.sources()
}

// observed decodes what Writer showed.
func (c *checker) observed() {
	at := func(name string) *bolt.Bucket { return observedBucket(c.tx, name) }
	c.each("observed accounts", at(observedAccounts), func(key, value []byte) error {
		var a store.ObservedAccount
		if err := c.codec.read(key, value, &a); err != nil {
			return err
		}
		if a.ID != string(key) {
			return errors.New("it is of another account")
		}
		return nil
	})
	c.each("observed teams", at(observedTeams), func(key, value []byte) error {
		var t store.ObservedTeam
		if err := c.codec.read(key, value, &t); err != nil {
			return err
		}
		if t.ID != string(key) {
			return errors.New("it is of another team")
		}
		return nil
	})
	c.each("observed members", at(observedMembers), func(key, value []byte) error {
		_, err := readDifference(key, value)
		return err
	})
	_, err := c.codec.readIgnored(c.tx)
	c.fault(err)
}

// all decodes every record of a top-level bucket and looks at it.
func all[T any](c *checker, bucket string, look func(key []byte, v *T) error) {
	c.each(bucket, c.tx.Bucket([]byte(bucket)), func(key, value []byte) error {
		v := new(T)
		if err := c.codec.read(key, value, v); err != nil {
			return err
		}
		return look(key, v)
	})
}

// each looks at every record of a bucket.
func (c *checker) each(name string, b *bolt.Bucket, look func(key, value []byte) error) {
	cursor := b.Cursor()
	for key, value := cursor.First(); key != nil && !c.over(); key, value = cursor.Next() {
		if err := look(key, value); err != nil {
			c.fault(fmt.Errorf("%s: record %x: %w", name, key, err))
		}
	}
}

// audit decodes the events, and holds their numbers and size against each other.
func (c *checker) audit() {
	next := uint64(0)
	c.each(bucketAudit, c.tx.Bucket([]byte(bucketAudit)), func(key, value []byte) error {
		_, err := c.codec.readEvents(key, value)
		if err != nil {
			return err
		}
		if first := firstEvent(key); next != 0 && first != next {
			err = fmt.Errorf("begins with event %d, after event %d", first, next-1)
		}
		next = binary.BigEndian.Uint64(key) + 1
		return err
	})
	size, err := auditSize(c.tx)
	if there := countAudit(c.tx); err == nil && !c.over() && size != there {
		err = fmt.Errorf("audit: %d bytes are there, where the file says %d", there, size)
	}
	c.fault(err)
}

func (c *checker) approvals() {
	c.fault(c.codec.eachApproval(c.tx, func(a store.Approval, ops *bolt.Bucket) error {
		c.each("approval "+plan.Hash(a.Hold).Short(), ops, func(key, value []byte) error {
			_, err := unseal(key, value)
			return err
		})
		return nil
	}))
}

func (c *checker) sources() {
	c.fault(c.tx.Bucket([]byte(bucketSources)).ForEachBucket(func(name []byte) error {
		s, ok, err := c.codec.openSource(c.tx, string(name))
		if err != nil || !ok {
			return err
		}
		c.source(s)
		return nil
	}))
}

func (c *checker) source(s source) {
	var given bits
	count := 0
	c.each("numbers", s.numbers, func(key, value []byte) error {
		count++
		n, err := readNumber(key, value)
		if err != nil {
			return err
		}
		if uint64(n) > s.numbers.Sequence() || !given.add(n) {
			return fmt.Errorf("number %d is given twice, or never was", n)
		}
		return nil
	})
	c.allGiven("numbers of "+s.name, s.numbers, count)
	people, groups := 0, 0
	c.each("people", s.people, func(key, value []byte) error {
		people++
		return c.person(s, key, value)
	})
	c.each("groups", s.groups, func(key, value []byte) error {
		groups++
		g, err := readGroup(key, value)
		if err != nil {
			return err
		}
		return c.group(&given, g)
	})
	if !c.over() && (people != s.head.People || groups != s.head.Groups) {
		c.fault(fmt.Errorf("source %s: %d people and %d groups, where its head says %d and %d", s.name, people, groups, s.head.People, s.head.Groups))
	}
	c.links(s)
	c.each("feeds", s.feeds, func(key, value []byte) error {
		var rule string
		_, id, err := readFeedKey(key)
		if err == nil && c.tx.Bucket([]byte(bucketTeams)).Get([]byte(id)) == nil {
			err = fmt.Errorf("team %s is not known", id)
		}
		return errors.Join(err, c.codec.read(key, value, &rule))
	})
	c.each("vanished users", s.vanished, func(key, value []byte) error { _, err := readVanished(key, value); return err })
	c.each("marks", s.marks, func(key, value []byte) error { return c.codec.read(key, value, &mark{}) })
	c.each("groups that keep users out", s.excluded, func(key, value []byte) error {
		var e excluded
		if err := c.codec.read(key, value, &e); err != nil {
			return err
		}
		_, err := unpacked(e.Users)
		return err
	})
	c.absences(&given, s.absentUsers)
	c.absences(&given, s.absentGroups)
}

func (c *checker) absences(given *bits, b *bolt.Bucket) {
	c.each("absences", b, func(key, _ []byte) error {
		a, _, err := c.codec.readAbsence(b, key)
		switch {
		case err != nil:
			return err
		case a.At.IsZero():
			return errors.New("absent since no time")
		case len(a.Group) == 0:
			return nil
		}
		g, err := parseGroup(a.Group)
		if err != nil {
			return err
		}
		return c.group(given, g)
	})
}

// allGiven says whether as many numbers were given as there are records: none is
// ever taken back.
func (c *checker) allGiven(name string, b *bolt.Bucket, records int) {
	if !c.over() && b.Sequence() != uint64(records) { //nolint:gosec // a count is not negative
		c.fault(fmt.Errorf("%s: %d numbers were given, and %d are there", name, b.Sequence(), records))
	}
}

func (c *checker) person(s source, key, value []byte) error {
	p, err := readPerson(key, value)
	if err != nil {
		return err
	}
	u, err := c.codec.decodeUser(string(key), p.stated)
	if err != nil {
		return err
	}
	if p.fingerprint != plan.FingerprintOf(u) {
		return errors.New("the fingerprint is of another record")
	}
	return sameNumber(s, key, p.number)
}

func (c *checker) group(given *bits, g group) error {
	l, err := c.codec.listing(g)
	if err != nil {
		return err
	}
	unknown := 0
	for _, n := range append(l.people(), l.kept...) {
		if !given.has(n) {
			unknown++
		}
	}
	if unknown > 0 {
		return fmt.Errorf("%d members have numbers that were never given", unknown)
	}
	if g.digest != (digest{}) && g.digest != digestGroup(l.stated, l.names, l.members, l.loose) {
		return errors.New("the digest is of another record")
	}
	return nil
}

func (c *checker) links(s source) {
	var err error
	if s.recents, err = readRecents(s.recent); err != nil {
		c.fault(fmt.Errorf("memberships of %s: %w", s.name, err))
		return
	}
	c.each("links", s.links, func(key, value []byte) error { return c.link(s, key, value) })
}

func (c *checker) link(s source, key, value []byte) error {
	raw, err := readLink(key, value)
	if err != nil {
		return err
	}
	l, err := c.codec.decodeLink(connectors.Ref{Source: s.name, ID: string(key)}, raw)
	if err != nil {
		return err
	}
	memberships, err := s.recents.memberships(raw)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if !c.teams[m>>1] {
			return fmt.Errorf("team number %d was never given", m>>1)
		}
	}
	if l.Standing == plan.Live {
		if other, taken := c.accounts[string(l.Account)]; taken {
			return fmt.Errorf("account %s is also that of %s", l.Account, other)
		}
		c.accounts[string(l.Account)] = l.Person.String()
	}
	return sameNumber(s, key, l.number)
}

// sameNumber compares a record's number with the one that was given.
func sameNumber(s source, key []byte, number uint32) error {
	if n, ok, err := s.findNumber(key); err != nil || !ok || n != number {
		return errors.Join(err, fmt.Errorf("number %d was not given to it", number))
	}
	return nil
}
