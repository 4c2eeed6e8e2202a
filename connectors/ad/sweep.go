package ad

import (
	"context"
	"errors"
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// A sweep is one reading of a domain under way.
type sweep struct {
	conn       *ldap.Conn
	reading    *connectors.Reading
	home       home
	translator *translator
	known      *roster
	stated     map[guid]struct{}
	foreign    int // members that only stand for somebody of another forest
}

func (c *Connector) sweep(conn *ldap.Conn, r *connectors.Reading, h home, known *roster) *sweep {
	return &sweep{
		conn: conn, reading: r, home: h, translator: newTranslator(c.config.Attributes.Profile, h.now),
		known: known, stated: map[guid]struct{}{},
	}
}

// users states every person and returns the directory's own count. Who there is comes
// first, in a listing of its own: it is the count that the second one is held against,
// and a manager is stated only if that is a person too.
func (s *sweep) users(ctx context.Context, q ldap.Query) (int, error) {
	listed, err := s.list(ctx, q)
	if err != nil {
		return 0, err
	}
	if len(listed) == 0 {
		return 0, rejected("search below "+q.Base, errors.New("not one person was found"),
			"Check base, users.base and users.filter, and that the account may read the entries and the attributes of the filter.")
	}
	isUser := func(id guid) bool { _, ok := listed[id]; return ok || s.known.isUser(id) }
	each := func(e *goldap.Entry) error { return s.user(e, isUser) }
	q.Attributes = s.translator.userAttributes()
	if err := s.conn.Search(ctx, q, each); err != nil {
		return 0, err
	}
	return s.settle(ctx, q, listed, each)
}

// user states a person.
func (s *sweep) user(e *goldap.Entry, isUser func(guid) bool) error {
	a, err := s.translator.account(e)
	if err != nil {
		return err
	}
	if isUser(a.manager) {
		a.user.Attributes[connectors.Manager] = a.manager.String()
	}
	s.known.putUser(a, s.home.usn)
	s.stated[a.id] = struct{}{}
	return state(s.reading.User(a.user))
}

// groups states every group and returns the directory's own count. Again a listing of
// who there is comes first: a group may have one as its member that comes after it.
func (s *sweep) groups(ctx context.Context, q ldap.Query, pageSize int) (int, error) {
	listed, err := s.list(ctx, q)
	if err != nil {
		return 0, err
	}
	rids := map[uint32]bool{}
	for id, r := range listed {
		rid := r.ridIn(s.home.sid)
		s.known.putGroup(id, rid)
		rids[rid] = rid != 0
	}
	primaries := s.known.primaries(rids)
	each := func(e *goldap.Entry) error { return s.group(ctx, e, primaries) }
	s.stated = map[guid]struct{}{}
	q.Attributes, q.PageSize = groupAttributes(), pageSize
	if err := s.conn.Search(ctx, q, each); err != nil {
		return 0, err
	}
	return s.settle(ctx, q, listed, each)
}

// group states a group.
func (s *sweep) group(ctx context.Context, e *goldap.Entry, primaries map[uint32][]guid) error {
	r, err := parseReference(e.DN)
	if err != nil {
		return corrupt("identify an entry", err, "The server ignores the control for extended names, which every domain controller knows: check the url.")
	}
	m, err := readGroup(e)
	if err != nil {
		return err
	}
	if !m.whole {
		if err := fill(ctx, s.conn, &m); err != nil {
			return err
		}
	}
	s.known.putGroup(m.id, r.ridIn(s.home.sid))
	s.stated[m.id] = struct{}{}
	g, foreign := m.group(s.known, primaries[r.ridIn(s.home.sid)])
	s.foreign += foreign
	return state(s.reading.Group(g))
}

// list returns the ID of everything that q finds.
func (s *sweep) list(ctx context.Context, q ldap.Query) (map[guid]reference, error) {
	out := map[guid]reference{}
	q.Attributes, q.PageSize = []string{attrID}, 0
	err := s.conn.Search(ctx, q, func(e *goldap.Entry) error {
		r, _, err := identify(e)
		if err != nil {
			return err
		}
		if _, twice := out[r.id]; twice {
			return corrupt("list what is below "+q.Base, errors.New("one objectGUID comes twice"), "The next reading starts again; if it comes again, the domain controller's database is at fault.")
		}
		out[r.id] = reference{id: r.id, sid: r.sid}
		return nil
	})
	return out, err
}

// recounts is how often a listing that differs from what was stated is taken again:
// directories change while they are read.
const recounts = 2

// settle lists what q finds until it is what was stated. What came since is stated on
// the way; what left since ends the reading.
func (s *sweep) settle(ctx context.Context, q ldap.Query, listed map[guid]reference, each func(*goldap.Entry) error) (int, error) {
	for try := 0; ; try++ {
		missing := s.missing(listed)
		if len(missing) == 0 && len(listed) == len(s.stated) {
			return len(listed), nil
		}
		if try == recounts {
			return 0, unsettled(len(s.stated), len(listed))
		}
		var err error
		if listed, err = s.list(ctx, q); err != nil {
			return 0, err
		}
		missing = s.missing(listed)
		if len(listed)-len(missing) != len(s.stated) {
			return 0, unsettled(len(s.stated), len(listed)) // somebody who was stated has left
		}
		if err := lookUp(ctx, s.conn, q, missing, each); err != nil {
			return 0, err
		}
	}
}

// missing returns what is listed and was not stated.
func (s *sweep) missing(listed map[guid]reference) []guid {
	var out []guid
	for id := range listed {
		if _, ok := s.stated[id]; !ok {
			out = append(out, id)
		}
	}
	return out
}

func unsettled(stated, counted int) error {
	return transient("count the entries", fmt.Errorf("%w: %d stated, %d counted", connectors.ErrCount, stated, counted),
		"The directory changed while it was read, or shows the account fewer entries at times; the next reading starts again.")
}

// idsPerSearch is how many objects are asked for by ID in one search.
const idsPerSearch = 100

// lookUp hands to each those of the objects that q finds.
func lookUp(ctx context.Context, conn *ldap.Conn, q ldap.Query, ids []guid, each func(*goldap.Entry) error) error {
	for len(ids) > 0 {
		n := min(len(ids), idsPerSearch)
		some, err := anyOf(ids[:n])
		if err != nil {
			return err
		}
		narrow := q
		narrow.Filter = ldap.All(q.Filter, some)
		if err := conn.Search(ctx, narrow, each); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// anyOf returns the filter of the objects with one of the IDs.
func anyOf(ids []guid) (ldap.Filter, error) {
	some := make([]ldap.Filter, len(ids))
	for i, id := range ids {
		f, err := ldap.Equal(attrID, id.value())
		if err != nil {
			return ldap.Filter{}, err
		}
		some[i] = f
	}
	return ldap.Any(some...), nil
}
