package ad

import (
	"context"
	"fmt"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

var _ connectors.Changer = (*Connector)(nil)

// Changes states the people and groups whose entries have a higher update sequence
// number than the cursor, each whole; and with them the groups whose members are other
// ones although their own entries tell nothing of it, because a primary group changed. An
// account that ended meanwhile is stated too. Deleted ones are told only to an account that may list them.
//
// It goes on from what this Connector read last, and asks for a whole reading where it
// has read none, or where the cursor is of another database or older than that.
func (c *Connector) Changes(ctx context.Context, since connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	from, err := parseMark(since)
	if err != nil {
		return connectors.Delta{}, err
	}
	known, err := c.rosterFor(from)
	if err != nil {
		return connectors.Delta{}, err
	}
	conn, h, err := c.dial(ctx)
	if err != nil {
		return connectors.Delta{}, err
	}
	defer conn.Close()
	now, _ := h.mark() // the zero GUID, where there is none, is no database of a cursor
	if err := from.follows(now); err != nil {
		return connectors.Delta{}, err
	}
	ended := known.ended(from.when, now.when)
	if from.usn == now.usn && len(ended) == 0 {
		return r.Delta(now.cursor())
	}
	f := &follow{sweep: c.sweep(conn, r, h, known), from: from, before: c.witnesses}
	f.usersQuery, f.groupsQuery = c.queries(h)
	if err := f.run(ctx, ended); err != nil {
		return connectors.Delta{}, fmt.Errorf("read what changed: %w", err)
	}
	c.log.DebugContext(ctx, "read changes", "controller", h.controller, "users", len(f.people), "groups", len(f.groups), "gone", len(f.gone))
	return r.Delta(now.cursor())
}

// rosterFor returns the roster of the last reading, if what happened since from is
// all that it lacks.
func (c *Connector) rosterFor(from mark) (*roster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		return nil, fmt.Errorf("%w: nothing was read since the start", connectors.ErrCursorLost)
	}
	if err := c.last.from.follows(from); err != nil {
		return nil, fmt.Errorf("%w (in which the last reading began)", err)
	}
	return c.last, nil
}

// A follow is one reading of changes under way. What is to be stated is collected
// first: a person's manager may come after them.
type follow struct {
	*sweep
	from                    mark
	before                  map[guid]witness // of the last whole reading
	usersQuery, groupsQuery ldap.Query

	people []person
	groups []membership
	gone   []guid
}

// maxChanged is how many objects are stated as changes. Beyond it a whole reading
// costs less, and holds none of them in memory.
const maxChanged = 10_000

func (f *follow) run(ctx context.Context, ended []guid) error {
	if err := sentinels(ctx, f.conn, f.usersQuery.Base, f.groupsQuery.Base); err != nil {
		return err
	}
	newer, err := ldap.AtLeast(attrChanged, f.from.usn+1)
	if err != nil {
		return err
	}
	if err := f.collect(ctx, newer, ended); err != nil {
		return err
	}
	if err := f.buried(ctx, newer); err != nil {
		return err
	}
	touched := f.known.touchedSince(f.from)
	q := f.groupsQuery
	q.Attributes, q.PageSize = groupAttributes(), groupsPerPage
	if err := lookUp(ctx, f.conn, q, f.unstated(touched), f.addGroup); err != nil {
		return err
	}
	if err := f.crossBare(ctx); err != nil {
		return err
	}
	return f.state(ctx)
}

// collect gathers whose own entries changed, by whatever may have changed them.
func (f *follow) collect(ctx context.Context, newer ldap.Filter, ended []guid) error {
	users, groups := f.usersQuery, f.groupsQuery
	users.Attributes = f.translator.userAttributes()
	groups.Attributes, groups.PageSize = groupAttributes(), groupsPerPage
	if err := lookUp(ctx, f.conn, users, ended, f.addUser); err != nil {
		return err
	}
	units, err := f.renamedUnits(ctx, newer)
	if err != nil {
		return err
	}
	for _, unit := range units {
		if err := f.collectBelow(ctx, unit, users, groups); err != nil {
			return err
		}
	}
	users.Filter, groups.Filter = ldap.All(users.Filter, newer), ldap.All(groups.Filter, newer)
	if err := f.conn.Search(ctx, users, f.addUser); err != nil {
		return err
	}
	return f.conn.Search(ctx, groups, f.addGroup)
}

// at is the place by which this reading notes what it learns. Some of that may have
// happened after the domain controller said where it stands: the next one states it
// again.
func (f *follow) at() int64 { return f.home.usn + 1 }

// addUser collects a person, once.
func (f *follow) addUser(e *goldap.Entry) error {
	p, err := f.translator.person(e)
	if err != nil || f.has(p.id) {
		return err
	}
	f.people, f.stated[p.id] = append(f.people, p), struct{}{}
	f.known.putUser(p, f.at())
	return f.bounded()
}

// addGroup collects a group, once.
func (f *follow) addGroup(e *goldap.Entry) error {
	m, err := readGroup(e, f.home.sid)
	if err != nil || f.has(m.id) {
		return err
	}
	f.groups, f.stated[m.id] = append(f.groups, m), struct{}{}
	f.known.putGroup(m.id, m.rid)
	return f.bounded()
}

func (f *follow) has(id guid) bool { _, ok := f.stated[id]; return ok }

func (f *follow) bounded() error {
	if len(f.stated) > maxChanged {
		return fmt.Errorf("%w: more than %d entries changed", connectors.ErrCursorLost, maxChanged)
	}
	return nil
}

func (f *follow) unstated(ids []guid) []guid {
	var out []guid
	for _, id := range ids {
		if !f.has(id) {
			out = append(out, id)
		}
	}
	return out
}

// state states all that was collected.
func (f *follow) state(ctx context.Context) error {
	for _, id := range f.gone {
		if err := state(f.reading.Gone(f.known.kind(id), id.String())); err != nil {
			return err
		}
	}
	for _, p := range f.people {
		if f.known.isUser(p.manager) {
			p.user.Attributes[connectors.Manager] = p.manager.String()
		}
		if err := state(f.reading.User(p.user)); err != nil {
			return err
		}
	}
	rids := map[uint32]bool{}
	for _, m := range f.groups {
		rids[m.rid] = m.rid != 0
	}
	primaries := f.known.primaries(rids)
	for _, m := range f.groups {
		if !m.whole {
			if err := fill(ctx, f.conn, &m); err != nil {
				return err
			}
		}
		g, foreign := m.group(primaries[m.rid])
		f.foreign += foreign
		if err := state(f.reading.Group(g)); err != nil {
			return err
		}
	}
	return nil
}

// graveyard is the name of what holds the deleted objects (MS-ADTS section 6.1.1.4).
func (h home) graveyard() string { return "<WKGUID=18E2EA80684F11D2B9AA00C04F79F805," + h.domain + ">" }

// buried collects who was read and is a deleted object now. An account that may not
// list them finds none, or is refused: both mean that nothing is told.
func (f *follow) buried(ctx context.Context, newer ldap.Filter) error {
	deleted, err := ldap.Equal("isDeleted", "TRUE")
	if err != nil {
		return err
	}
	q := ldap.Query{
		Base: f.home.graveyard(), Scope: ldap.One, Filter: ldap.All(deleted, newer), Attributes: []string{attrID},
		Controls: []goldap.Control{extendedNames(), showDeleted()},
	}
	err = f.conn.Search(ctx, q, func(e *goldap.Entry) error {
		r, err := parseReference(e.DN)
		if err != nil {
			return corrupt("identify a deleted object", err, "The server ignores the control for extended names, which every domain controller knows: check the url.")
		}
		if !f.has(r.id) && f.known.kind(r.id) != "" {
			f.gone, f.stated[r.id] = append(f.gone, r.id), struct{}{}
			f.known.drop(r.id, f.at())
		}
		return nil
	})
	return unlessRefused(err)
}
