package ldap

import (
	"context"
	"fmt"
	"slices"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

var (
	_ connectors.Watcher = (*Connector)(nil)
	_ connectors.Changer = (*Connector)(nil)
)

// Changes states the entries that changed since the cursor. Managers, and who is there no
// longer, are known by the last reading, which this connector must have made itself: after a
// restart the cursor is lost.
func (c *Connector) Changes(ctx context.Context, since connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	from, err := readPlace(since)
	if err != nil {
		return connectors.Delta{}, err
	}
	known := c.takeKnown()
	if known == nil || known.at != since {
		return connectors.Delta{}, fmt.Errorf("the names that are known are not those of the cursor: %w", connectors.ErrCursorLost)
	}
	conn, err := c.dialer.Dial(ctx)
	if err != nil {
		c.keepKnown(known)
		return connectors.Delta{}, err
	}
	defer conn.Close()
	f := follow{connector: c, conn: conn, reading: r, known: known}
	if from.follows() {
		err = f.sync(ctx, &from)
	} else {
		err = f.stamped(ctx, &from)
	}
	if err != nil {
		return connectors.Delta{}, err // what is known may be half changed: it is read anew
	}
	next, err := from.cursor()
	if err != nil {
		return connectors.Delta{}, err
	}
	delta, err := r.Delta(next)
	if err == nil {
		known.at = next
		c.keepKnown(known)
	}
	return delta, err
}

// known is what the last reading left for a reading of changes: who has which name, at the
// cursor that it gave.
type known struct {
	roster
	idName string
	at     connectors.Cursor
}

// takeKnown returns what is known and forgets it. A reading that ends well keeps it again;
// one that fails may have changed half of it.
func (c *Connector) takeKnown() *known {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.known
	c.known = nil
	return k
}

func (c *Connector) keepKnown(k *known) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = k
}

// A follow is one reading of changes under way.
type follow struct {
	connector *Connector
	conn      *Conn
	reading   *connectors.Reading
	known     *known
	stamps    stamps
}

func (f *follow) translator() *translator {
	t := newTranslator(f.connector.config.Attributes)
	t.idName, t.people = f.known.idName, baseKey(f.connector.users.Base)
	return t
}

// sync asks the server what changed, and moves the place on.
func (f *follow) sync(ctx context.Context, at *place) error {
	t, before, told := f.translator(), *at, noAnswers()
	for _, branch := range f.connector.branches() {
		q, cookie := branch.query, at.cookie(branch.kind)
		q.Attributes = t.attributesOf(branch.kind)
		r, err := f.conn.Refresh(ctx, q, *cookie)
		if err != nil {
			return err
		}
		told[branch.kind], *cookie = r, r.Cookie
	}
	if err := f.sameUnits(ctx, before); err != nil {
		return err
	}
	return f.state(ctx, t, told)
}

// answers are what changed in each branch.
type answers map[connectors.ObjectKind]*Refresh

// noAnswers holds an empty answer for each branch, whether it is read or not.
func noAnswers() answers { return answers{connectors.UserObject: {}, connectors.GroupObject: {}} }

// units finds what has entries below it where the query looks.
func units(q Query) Query {
	q.Filter, q.Attributes = Filter{"(hasSubordinates=TRUE)"}, []string{noAttributes}
	return q
}

// sameUnits refuses to go on where something was changed since a place that has entries
// below it: those may have other names now, and nobody says so.
func (f *follow) sameUnits(ctx context.Context, since place) error {
	for _, branch := range f.connector.branches() {
		r, err := f.conn.Refresh(ctx, units(branch.query), *since.cookie(branch.kind))
		if err != nil {
			return err
		}
		if len(r.Changed) > 0 {
			return fmt.Errorf("%d units changed: %w", len(r.Changed), connectors.ErrCursorLost)
		}
	}
	return nil
}

// state states what changed: people, groups, and who is gone.
func (f *follow) state(ctx context.Context, t *translator, told answers) error {
	users, groups := told[connectors.UserObject], told[connectors.GroupObject]
	people := make([]connectors.User, 0, len(users.Changed))
	managers := make([]string, 0, len(users.Changed))
	for _, e := range users.Changed {
		u, name, err := t.user(e)
		if err != nil {
			return err
		}
		if err := f.known.users.move(name, u.ID); err != nil {
			return err
		}
		people, managers = append(people, u), append(managers, least(values(e, t.attributes.Manager)))
	}
	for i, u := range people {
		if id, ok := f.known.users.byName(managers[i]); managers[i] != "" && ok {
			u.Attributes[connectors.Manager] = id
		}
		if err := stateError(f.reading.User(u)); err != nil {
			return err
		}
	}
	if err := f.stateGroups(t, groups.Changed); err != nil {
		return err
	}
	if err := f.gone(ctx, t, connectors.UserObject, users, f.known.users); err != nil {
		return err
	}
	return f.gone(ctx, t, connectors.GroupObject, groups, f.known.groups)
}

func (f *follow) stateGroups(t *translator, entries []*goldap.Entry) error {
	for _, e := range entries {
		g, name, err := t.group(e)
		if err != nil {
			return err
		}
		if err := f.known.groups.move(name, g.ID); err != nil {
			return err
		}
		if err := stateError(f.reading.Group(g)); err != nil {
			return err
		}
	}
	return nil
}

// gone states who is there no longer. Where the directory says who is still there, the
// others are asked for: what it does not list proves nothing.
func (f *follow) gone(ctx context.Context, t *translator, kind connectors.ObjectKind, r *Refresh, in *index) error {
	ids := r.Gone
	if r.Present != nil {
		missing, err := f.missing(ctx, t, kind, r, in)
		if err != nil {
			return err
		}
		ids = append(ids, missing...)
	}
	for _, id := range ids {
		if !in.drop(id) {
			continue // nobody that was stated, or stated as gone already
		}
		if err := stateError(f.reading.Gone(kind, id)); err != nil {
			return err
		}
	}
	return nil
}

// maxMissing is how many objects are asked for one by one; more are for a whole reading.
const maxMissing = 200

// missing returns who is known, was neither listed as there nor as changed, and is not
// found by the ID either, while somebody who was listed is. Where nobody is listed any
// more, that may be the credential's fault.
func (f *follow) missing(ctx context.Context, t *translator, kind connectors.ObjectKind, r *Refresh, in *index) ([]string, error) {
	listed := r.Present
	for _, e := range r.Changed {
		id, err := t.id(e)
		if err != nil {
			return nil, err
		}
		listed[id] = true
	}
	ids := in.without(listed)
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > maxMissing || len(listed) == 0 {
		return nil, fmt.Errorf("%d objects are not listed, and %d are: %w", len(ids), len(listed), connectors.ErrCursorLost)
	}
	var control string
	for control = range listed {
		break
	}
	q, err := f.connector.queryFor(kind)
	if err != nil {
		return nil, err
	}
	found, err := look(ctx, f.conn, q, t, append(slices.Clone(ids), control))
	if err != nil {
		return nil, err
	}
	if _, there := found[control]; !there {
		return nil, fmt.Errorf("an object that is listed is not found by its ID: %w", connectors.ErrCursorLost)
	}
	var out []string
	for _, id := range ids {
		if _, there := found[id]; !there {
			out = append(out, id)
		}
	}
	return out, nil
}
