package ad

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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
	foreign    int              // members that only stand for somebody of another forest
	peopled    bool             // a group showed a member
	bare       []membership     // groups that show none, while no group has shown one
	witnesses  map[guid]witness // by group
	unnumbered bool             // an entry showed no update sequence number
	shown      shown

	said    int             // how many were stated of the kind that is read now
	counted int             // how many the last listing had
	pending map[guid]uint32 // who is listed and was not stated yet, with the RID
	stated  map[guid]struct{}
}

func (c *Connector) sweep(conn *ldap.Conn, r *connectors.Reading, h home, known *roster) *sweep {
	return &sweep{
		conn: conn, reading: r, home: h, translator: newTranslator(c.config.Attributes.Profile, h),
		known: known, stated: map[guid]struct{}{}, witnesses: map[guid]witness{},
	}
}

// users states every person and returns the directory's own count. Who there is comes
// first, in a listing of its own: it is what the second one is held against, and a
// manager is stated only if that is a person too.
func (s *sweep) users(ctx context.Context, q ldap.Query) (int, error) {
	s.said = 0
	if err := s.list(ctx, q, s.known.isUser); err != nil {
		return 0, err
	}
	if s.counted == 0 {
		return 0, rejected("search below "+q.Base, errors.New("not one person was found"),
			"Check base, users.base and users.filter, and that the account may read the entries and the attributes of the filter.")
	}
	q.Attributes = s.translator.userAttributes()
	if err := s.conn.Search(ctx, q, s.user); err != nil {
		return 0, err
	}
	n, err := s.settle(ctx, q, s.known.isUser, s.user)
	if err != nil {
		return n, err
	}
	return n, s.shown.wanting(n, q.Base)
}

// user states a person.
func (s *sweep) user(e *goldap.Entry) error {
	p, err := s.translator.person(e)
	if err != nil {
		return err
	}
	if _, listed := s.pending[p.manager]; listed || s.known.isUser(p.manager) {
		p.user.Attributes[connectors.Manager] = p.manager.String()
	}
	s.number(e)
	s.shown.see(e)
	s.known.putUser(p, s.home.usn)
	s.tick(p.id)
	return state(s.reading.User(p.user))
}

// number notes whether an entry tells of its changes.
func (s *sweep) number(e *goldap.Entry) { s.unnumbered = s.unnumbered || one(e, attrChanged) == "" }

// tick notes that somebody was stated.
func (s *sweep) tick(id guid) {
	delete(s.pending, id)
	s.said++
}

// groups states every group and returns the directory's own count. Again a listing of
// who there is comes first, against which the second one is held.
func (s *sweep) groups(ctx context.Context, q ldap.Query, pageSize int) (int, error) {
	isStated := func(id guid) bool { _, ok := s.stated[id]; return ok }
	s.said = 0
	if err := s.list(ctx, q, isStated); err != nil {
		return 0, err
	}
	rids := map[uint32]bool{}
	for id, rid := range s.pending {
		s.known.putGroup(id, rid)
		rids[rid] = rid != 0
	}
	primaries := s.known.primaries(rids)
	each := func(e *goldap.Entry) error { return s.group(ctx, e, primaries) }
	q.Attributes, q.PageSize = groupAttributes(), pageSize
	if err := s.conn.Search(ctx, q, each); err != nil {
		return 0, err
	}
	return s.settle(ctx, q, isStated, each)
}

// group states a group.
func (s *sweep) group(ctx context.Context, e *goldap.Entry, primaries map[uint32][]guid) error {
	m, err := readGroup(e, s.home.sid)
	if err != nil {
		return err
	}
	if !m.whole {
		if err := fill(ctx, s.conn, &m); err != nil {
			return err
		}
	}
	s.number(e)
	if !s.known.isGroup(m.id) { // it came after the listing
		s.known.putGroup(m.id, m.rid)
		primaries = s.known.primaries(map[uint32]bool{m.rid: m.rid != 0})
	}
	s.tick(m.id)
	s.stated[m.id] = struct{}{}
	g, foreign := m.group(primaries[m.rid])
	s.foreign += foreign
	s.witnessed(m)
	return state(s.reading.Group(g))
}

// list makes pending of everybody whom q finds and who was not stated.
func (s *sweep) list(ctx context.Context, q ldap.Query, isStated func(guid) bool) error {
	s.counted, s.pending = 0, map[guid]uint32{}
	again := 0 // of who was stated
	q.Attributes, q.PageSize = []string{attrID}, 0
	err := s.conn.Search(ctx, q, func(e *goldap.Entry) error {
		r, _, err := identify(e)
		if err != nil {
			return err
		}
		s.counted++
		if isStated(r.id) {
			again++
			return nil
		}
		s.pending[r.id] = r.ridIn(s.home.sid)
		return nil
	})
	if err == nil && again+len(s.pending) != s.counted {
		err = corrupt("list what is below "+q.Base, errors.New("one objectGUID comes twice"), "The next reading starts again; if it comes again, the domain controller's database is at fault.")
	}
	return err
}

// recounts is how often a listing that differs from what was stated is taken again:
// directories change while they are read.
const recounts = 2

// settle lists what q finds until it is what was stated. What came since is stated on
// the way; what left since ends the reading.
func (s *sweep) settle(ctx context.Context, q ldap.Query, isStated func(guid) bool, each func(*goldap.Entry) error) (int, error) {
	for try := 0; len(s.pending) > 0 || s.counted != s.said; try++ {
		if try == recounts {
			break
		}
		if err := s.list(ctx, q, isStated); err != nil {
			return 0, err
		}
		if s.counted-len(s.pending) != s.said {
			break // somebody who was stated has left
		}
		if err := lookUp(ctx, s.conn, q, slices.Collect(maps.Keys(s.pending)), each); err != nil {
			return 0, err
		}
	}
	if len(s.pending) > 0 || s.counted != s.said {
		return 0, unsettled(s.said, s.counted)
	}
	return s.counted, nil
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
