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
// ones although their own entries tell nothing of it: because a primary group changed,
// or because a member came into what is read. An account that ended meanwhile is
// stated too. Deleted ones are told only to an account that may list them.
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
	d := &delta{sweep: c.sweep(conn, r, h, known), from: from, before: c.held}
	d.usersQuery, d.groupsQuery = c.queries(h)
	if err := d.run(ctx, ended); err != nil {
		return connectors.Delta{}, fmt.Errorf("read what changed: %w", err)
	}
	c.log.DebugContext(ctx, "read changes", "controller", h.controller, "users", len(d.accounts), "groups", len(d.groups), "gone", len(d.gone))
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

// A delta is a reading of what changed under way. What is to be stated is collected
// first: a person's manager, or a group's member, may come after them.
type delta struct {
	*sweep
	from                    mark
	before                  map[guid]holding // of the last whole reading
	usersQuery, groupsQuery ldap.Query

	accounts []account
	groups   []membership
	gone     []guid
}

// maxChanged is how many objects are stated as changes. Beyond it a whole reading
// costs less, and holds none of them in memory.
const maxChanged = 10_000

func (d *delta) run(ctx context.Context, ended []guid) error {
	if err := sentinels(ctx, d.conn, d.usersQuery.Base, d.groupsQuery.Base); err != nil {
		return err
	}
	newer, err := ldap.AtLeast(attrChanged, d.from.usn+1)
	if err != nil {
		return err
	}
	if err := d.collect(ctx, newer, ended); err != nil {
		return err
	}
	if err := d.buried(ctx, newer); err != nil {
		return err
	}
	touched := d.known.touchedSince(d.from)
	q := d.groupsQuery
	q.Attributes, q.PageSize = groupAttributes(), groupsPerPage
	if err := lookUp(ctx, d.conn, q, d.unstated(touched), d.addGroup); err != nil {
		return err
	}
	if err := d.crossBare(ctx); err != nil {
		return err
	}
	return d.state(ctx)
}

// collect gathers whose own entries changed, by whatever may have changed them.
func (d *delta) collect(ctx context.Context, newer ldap.Filter, ended []guid) error {
	users, groups := d.usersQuery, d.groupsQuery
	users.Attributes = append(d.translator.userAttributes(), attrOf)
	groups.Attributes, groups.PageSize = groupAttributes(), groupsPerPage
	if err := lookUp(ctx, d.conn, users, ended, d.addUser); err != nil {
		return err
	}
	units, err := d.renamedUnits(ctx, newer)
	if err != nil {
		return err
	}
	for _, unit := range units {
		if err := d.collectBelow(ctx, unit, users, groups); err != nil {
			return err
		}
	}
	users.Filter, groups.Filter = ldap.All(users.Filter, newer), ldap.All(groups.Filter, newer)
	if err := d.conn.Search(ctx, users, d.addUser); err != nil {
		return err
	}
	return d.conn.Search(ctx, groups, d.addGroup)
}

// at is the place by which this delta notes what it learns. Some of that may have
// happened after the domain controller said where it stands: the next delta states it
// again.
func (d *delta) at() int64 { return d.home.usn + 1 }

// addUser collects a person, once.
func (d *delta) addUser(e *goldap.Entry) error {
	a, err := d.translator.account(e)
	if err != nil || d.has(a.id) {
		return err
	}
	d.accounts, d.stated[a.id] = append(d.accounts, a), struct{}{}
	if !d.known.isUser(a.id) { // known only afterwards: the same changes may be asked for again
		err = d.arrived(e, d.at())
	}
	if err != nil {
		return err
	}
	d.known.putUser(a, d.at())
	return d.bounded()
}

// addGroup collects a group, once.
func (d *delta) addGroup(e *goldap.Entry) error {
	m, err := readGroup(e, d.home.sid)
	if err != nil || d.has(m.id) {
		return err
	}
	d.groups, d.stated[m.id] = append(d.groups, m), struct{}{}
	if !d.known.isGroup(m.id) {
		err = d.arrived(e, d.at())
	}
	if err != nil {
		return err
	}
	d.known.putGroup(m.id, m.rid)
	return d.bounded()
}

func (d *delta) has(id guid) bool { _, ok := d.stated[id]; return ok }

func (d *delta) bounded() error {
	if len(d.stated) > maxChanged {
		return fmt.Errorf("%w: more than %d entries changed", connectors.ErrCursorLost, maxChanged)
	}
	return nil
}

func (d *delta) unstated(ids []guid) []guid {
	var out []guid
	for _, id := range ids {
		if !d.has(id) {
			out = append(out, id)
		}
	}
	return out
}

// state states all that was collected.
func (d *delta) state(ctx context.Context) error {
	for _, id := range d.gone {
		if err := state(d.reading.Gone(d.known.kind(id), id.String())); err != nil {
			return err
		}
	}
	for _, a := range d.accounts {
		if d.known.isUser(a.manager) {
			a.user.Attributes[connectors.Manager] = a.manager.String()
		}
		if err := state(d.reading.User(a.user)); err != nil {
			return err
		}
	}
	rids := map[uint32]bool{}
	for _, m := range d.groups {
		rids[m.rid] = m.rid != 0
	}
	primaries := d.known.primaries(rids)
	for _, m := range d.groups {
		if !m.whole {
			if err := fill(ctx, d.conn, &m); err != nil {
				return err
			}
		}
		g, foreign := m.group(d.known, primaries[m.rid])
		d.foreign += foreign
		if err := state(d.reading.Group(g)); err != nil {
			return err
		}
	}
	return nil
}

// graveyard is the name of what holds the deleted objects (MS-ADTS section 6.1.1.4).
func (h home) graveyard() string { return "<WKGUID=18E2EA80684F11D2B9AA00C04F79F805," + h.domain + ">" }

// buried collects who was read and is a deleted object now. An account that may not
// list them finds none, or is refused: both mean that nothing is told.
func (d *delta) buried(ctx context.Context, newer ldap.Filter) error {
	deleted, err := ldap.Equal("isDeleted", "TRUE")
	if err != nil {
		return err
	}
	q := ldap.Query{
		Base: d.home.graveyard(), Scope: ldap.One, Filter: ldap.All(deleted, newer), Attributes: []string{attrID},
		Controls: []goldap.Control{extendedNames(), showDeleted()},
	}
	err = d.conn.Search(ctx, q, func(e *goldap.Entry) error {
		r, err := parseReference(e.DN)
		if err != nil {
			return corrupt("identify a deleted object", err, "The server ignores the control for extended names, which every domain controller knows: check the url.")
		}
		if !d.has(r.id) && d.known.kind(r.id) != "" {
			d.gone, d.stated[r.id] = append(d.gone, r.id), struct{}{}
			d.known.drop(r.id, d.at())
		}
		return nil
	})
	return unlessRefused(err)
}
