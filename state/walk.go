package state

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// each is one person on a walk: in the snapshot, in the ledger, or in both.
type each struct {
	id     []byte // aliases the database
	number uint32
	stated bool
	person person
	linked bool
	link   link
	joined bool // with a user of another source
}

// A walk lets go of pages after so many users, which are some 32 MiB.
const letGoWalked = 64 << 10

// walk calls fn with every person of a source, sorted by ID: a merge of those
// whom the last complete reading states, those whom a link remembers, and those who
// are somebody of another source.
func walk(s source, fn func(each) error) error {
	people, links, joins := cursorOf(s.people), cursorOf(s.links), s.joined()
	for n := 1; people.key != nil || links.key != nil || joins.key != nil; n++ {
		e := each{id: first(people.key, first(links.key, joins.key))}
		var err error
		if bytes.Equal(people.key, e.id) && people.key != nil {
			e.stated = true
			if e.person, err = readPerson(people.key, people.value); err != nil {
				return fmt.Errorf("person %s/%s: %w", s.name, e.id, err)
			}
			people.next()
		}
		if bytes.Equal(links.key, e.id) && links.key != nil {
			e.linked = true
			if e.link, err = readLink(links.key, links.value); err != nil {
				return fmt.Errorf("link of %s/%s: %w", s.name, e.id, err)
			}
			links.next()
		}
		if bytes.Equal(joins.key, e.id) && joins.key != nil {
			e.joined = true
			joins.next()
		}
		if e.number, err = e.numberIn(s); err != nil {
			return err
		}
		if err := errors.Join(fn(e), s.walked(n)); err != nil {
			return err
		}
	}
	return nil
}

// walked lets go of pages when a walk has read n users.
func (s source) walked(n int) error {
	if n%letGoWalked != 0 {
		return nil
	}
	return letGo(s.people.Tx())
}

// numberIn returns the person's number, which both records carry.
func (e each) numberIn(s source) (uint32, error) {
	switch {
	case e.stated:
		return e.person.number, nil
	case e.linked:
		return e.link.number, nil
	}
	n, ok, err := s.findNumber(e.id)
	if err == nil && !ok {
		err = fmt.Errorf("%s/%s is joined and has no number: %w", s.name, e.id, errRecord)
	}
	return n, err
}

// first returns the key that comes first; nil is none.
func first(a, b []byte) []byte {
	if a == nil || (b != nil && bytes.Compare(b, a) < 0) {
		return b
	}
	return a
}

// A position is where a cursor stands, among the keys that begin with a prefix, which
// is cut off.
type position struct {
	cursor     *bolt.Cursor
	prefix     []byte
	key, value []byte
}

func cursorOf(b *bolt.Bucket) *position { return cursorUnder(b, nil) }

func cursorUnder(b *bolt.Bucket, prefix []byte) *position {
	p := &position{cursor: b.Cursor(), prefix: prefix}
	p.stand(p.cursor.Seek(prefix))
	return p
}

func (p *position) next() { p.stand(p.cursor.Next()) }

func (p *position) stand(key, value []byte) {
	p.key, p.value = nil, nil
	if id, within := bytes.CutPrefix(key, p.prefix); within && key != nil {
		p.key, p.value = id, value
	}
}

// texts copies many small strings into few large ones: a million IDs of 36 bytes
// as strings of their own would take a third more.
type texts struct{ b strings.Builder }

// textBlock is how much is taken from the heap at a time.
const textBlock = 64 << 10

func (t *texts) keep(text []byte) string {
	if t.b.Cap()-t.b.Len() < len(text) {
		t.b = strings.Builder{}
		t.b.Grow(max(textBlock, len(text)))
	}
	start := t.b.Len()
	t.b.Write(text)
	return t.b.String()[start:]
}
