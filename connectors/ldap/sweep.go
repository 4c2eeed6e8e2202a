package ldap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// A sweep is one reading of the directory under way.
type sweep struct {
	conn        *Conn
	reading     *connectors.Reading
	translator  *translator
	known       roster
	again       bool // entries that were stated already come once more
	waiting     []subordinate
	stamps      stamps
	wantsCursor bool
}

// cursor returns the cursor of a reading that began at a place and took so long. A server
// that tells of changes does so by entryUUID: with other IDs there is none.
func (s *sweep) cursor(at place, took time.Duration) (connectors.Cursor, error) {
	switch {
	case !s.wantsCursor, at.follows() && !strings.EqualFold(s.translator.idName, attrEntryUUID):
		return "", nil
	case !at.follows():
		at.Since = s.stamps.orNow().since(stampOverlap, took)
	}
	return at.cursor()
}

// A subordinate is a person whose manager's entry has not come yet.
type subordinate struct {
	user    connectors.User
	manager string // a DN
}

// users states every person and returns the server's own count.
func (s *sweep) users(ctx context.Context, q Query) (int, error) {
	q.Attributes = s.translator.userAttributes()
	if err := s.conn.Search(ctx, q, s.user); err != nil {
		return 0, err
	}
	if s.known.users.size() == 0 {
		return 0, rejected("search below "+q.Base, errors.New("not one person was found"),
			"Check users.base and users.filter, and that the bind DN may read the entries and the attributes of the filter.")
	}
	n, err := s.settle(ctx, q, s.known.users.size, s.user)
	if err != nil {
		return 0, err
	}
	return n, s.subordinates()
}

// user states a person.
func (s *sweep) user(e *goldap.Entry) error {
	s.stamps.note(e)
	u, name, err := s.translator.user(e)
	if err != nil || s.again && s.known.users.has(name) {
		return err
	}
	if err := s.known.users.add(name, u.ID); err != nil {
		return repeated(name, err)
	}
	if manager := least(values(e, s.translator.attributes.Manager)); manager != "" {
		if id, known := s.known.users.byName(manager); known {
			u.Attributes[connectors.Manager] = id
		} else {
			s.waiting = append(s.waiting, subordinate{u, manager})
			return nil
		}
	}
	return stateError(s.reading.User(u))
}

// subordinates states those who waited for their managers. A manager who is not
// among the people is left out.
func (s *sweep) subordinates() error {
	for _, w := range s.waiting {
		if id, known := s.known.users.byName(w.manager); known {
			w.user.Attributes[connectors.Manager] = id
		}
		if err := stateError(s.reading.User(w.user)); err != nil {
			return err
		}
	}
	return nil
}

// groups states every group and returns the server's own count.
func (s *sweep) groups(ctx context.Context, q Query) (int, error) {
	q.Attributes = s.translator.groupAttributes()
	if err := s.conn.Search(ctx, q, s.group); err != nil {
		return 0, err
	}
	return s.settle(ctx, q, s.known.groups.size, s.group)
}

// group states a group.
func (s *sweep) group(e *goldap.Entry) error {
	s.stamps.note(e)
	g, name, err := s.translator.group(e)
	if err != nil || s.again && s.known.groups.has(name) {
		return err
	}
	if err := s.known.groups.add(name, g.ID); err != nil {
		return repeated(name, err)
	}
	return stateError(s.reading.Group(g))
}

func repeated(name Name, err error) error {
	return corrupt("read an entry below "+name.Parent(), err,
		"The server states an entry twice, or two names differ in case only: read the base with ldapsearch to see which.")
}

// stateError says what to do about an error of the reading that was told of an object.
func stateError(err error) error {
	if errors.Is(err, connectors.ErrDuplicate) {
		return corrupt("state an entry", err, "Two entries share the ID attribute, or one was renamed while it was read: check attributes.id if it happens again.")
	}
	if errors.Is(err, connectors.ErrLongID) {
		return rejected("state an entry", err, "That is no ID: set attributes.id to an attribute that every person and group has and that never changes.")
	}
	return err
}

// recounts is how often a count that differs is taken again: directories change
// while they are read.
const recounts = 2

// settle counts what q finds until it is as much as was stated. Entries that came
// while the search ran are stated on the way.
func (s *sweep) settle(ctx context.Context, q Query, stated func() int, each func(*goldap.Entry) error) (int, error) {
	s.again = true
	defer func() { s.again = false }()
	for try := 0; ; try++ {
		n, err := s.conn.Count(ctx, q)
		if err != nil || n == stated() {
			return n, err
		}
		if try == recounts {
			return 0, unsettled(stated(), n)
		}
		if err := s.conn.Search(ctx, q, each); err != nil {
			return 0, err
		}
	}
}

func unsettled(stated, counted int) error {
	return &connectors.Error{
		Class: connectors.Transient, Op: "count the entries",
		Err:  fmt.Errorf("%w: %d stated, %d counted", connectors.ErrCount, stated, counted),
		Hint: "The directory changed while it was read, or shows the bind DN fewer entries at times; the next reading starts again.",
	}
}
