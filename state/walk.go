package state

import (
	"bytes"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// each is one person on a walk: in the snapshot, in the ledger, or in both.
type each struct {
	id     []byte // aliases the database
	stated bool
	person person
	linked bool
	link   link
}

// number returns the person's number, which both records carry.
func (e each) number() uint32 {
	if e.stated {
		return e.person.number
	}
	return e.link.number
}

// walk calls fn with every person of a source, sorted by ID: a merge of those
// whom the last complete reading states and those whom a link remembers.
func walk(s source, fn func(each) error) error {
	people, links := cursorOf(s.people), cursorOf(s.links)
	for people.key != nil || links.key != nil {
		e := each{id: people.key}
		if people.key == nil || (links.key != nil && bytes.Compare(links.key, people.key) < 0) {
			e.id = links.key
		}
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
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// A position is where a cursor stands.
type position struct {
	cursor     *bolt.Cursor
	key, value []byte
}

func cursorOf(b *bolt.Bucket) *position {
	p := &position{cursor: b.Cursor()}
	p.key, p.value = p.cursor.First()
	return p
}

func (p *position) next() { p.key, p.value = p.cursor.Next() }

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
