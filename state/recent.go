package state

import (
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// Memberships that changed lately are kept apart from the links, one behind the other:
// an edit of a team is about people whose links lie far apart, and would write a page
// for each of them. Once there are many, all go into the links, in one step.
//
// A record of the bucket recent is what one step of the journal changed: for each
// change two varints, the person's number, and the team's number times four plus what
// became of the membership.
const (
	recentPart = 0 // it ended
	recentJoin = 1 // it is live
	recentKept = 2 // the link has all that came before, of every team
)

// recents are the changes of a source that are not in its links.
type recents struct {
	of    map[uint32][]uint32 // by person's number, in their order, as in the record
	n     int                 // changes in the records
	added []byte              // the record of the transaction under way
}

func readRecents(b *bolt.Bucket) (*recents, error) {
	r := &recents{of: map[uint32][]uint32{}}
	err := b.ForEach(func(key, value []byte) error {
		body, err := unseal(key, value)
		if err != nil {
			return err
		}
		return r.read(body)
	})
	return r, err
}

// read takes in the changes of one record.
func (r *recents) read(body []byte) error {
	for len(body) > 0 {
		number, first := binary.Uvarint(body)
		change, second := binary.Uvarint(body[max(first, 0):])
		if first <= 0 || second <= 0 || number > maxNumbers || change>>2 > maxNumbers || change&3 > recentKept {
			return fmt.Errorf("a change of a membership: %w", errRecord)
		}
		r.take(uint32(number), uint32(change))
		body = body[first+second:]
	}
	return nil
}

func (r *recents) take(number, change uint32) {
	r.n++
	if change&3 == recentKept {
		delete(r.of, number)
		return
	}
	r.of[number] = append(r.of[number], change)
}

// add takes in a change; storeRecent stores it.
func (r *recents) add(number, team uint32, what uint32) {
	r.take(number, team<<2|what)
	r.added = binary.AppendUvarint(r.added, uint64(number))
	r.added = binary.AppendUvarint(r.added, uint64(team<<2|what))
}

// memberships returns those of a link, with what changed since it was stored: each is
// the team's number times two, plus one if it is dormant.
func (r *recents) memberships(l link) (out []uint32, err error) {
	err = unpackSet(l.memberships, func(m uint32) { out = append(out, m) })
	p := linked{memberships: out}
	for _, change := range r.of[l.number] {
		if change&3 == recentJoin {
			p.join(change >> 2)
		} else {
			p.part(change >> 2)
		}
	}
	return p.memberships, err
}

// each calls fn with each of memberships.
func (r *recents) each(l link, fn func(uint32)) error {
	if len(r.of[l.number]) == 0 {
		return unpackSet(l.memberships, fn)
	}
	all, err := r.memberships(l)
	for _, m := range all {
		fn(m)
	}
	return err
}

// storeRecent stores the changes of this transaction. If there are more than most by
// now, of which each may write a page, all go into the links.
func (l *ledger) storeRecent(most int) error {
	for _, s := range l.sources {
		switch {
		case len(s.recents.added) == 0:
			continue
		case s.recents.n > most:
			if err := foldRecent(s); err != nil {
				return err
			}
			continue
		}
		s.recent.FillPercent = bulkFill
		n, err := s.recent.NextSequence()
		if err != nil {
			return err
		}
		if err := putBody(s.recent, sequenceKey(n), s.recents.added); err != nil {
			return err
		}
	}
	return nil
}

// foldRecent brings the links of a source up to date, and forgets the changes.
func foldRecent(s source) error {
	var links []staged
	err := s.links.ForEach(func(key, value []byte) error {
		raw, err := readLink(key, value)
		if err != nil || len(s.recents.of[raw.number]) == 0 {
			return err
		}
		memberships, err := s.recents.memberships(raw)
		if err != nil {
			return err
		}
		raw.memberships = packSet(memberships)
		links = append(links, staged{id: string(key), body: raw.body()})
		return nil
	})
	if err != nil {
		return fmt.Errorf("links of %s: %w", s.name, err)
	}
	for _, l := range links {
		if err := putLink(s, l.id, l.body); err != nil {
			return err
		}
	}
	*s.recents = recents{of: map[uint32][]uint32{}}
	return dropBefore(s.recent, sequenceKey(s.recent.Sequence()+1))
}
