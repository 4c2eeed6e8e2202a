package file

import (
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

const (
	needsID    = "Name the column that never changes for a person (a personnel number) under columns.id; without one, `id: email` takes the e-mail, and a changed e-mail is then a leaver and a joiner."
	needsEmail = "Name the column of the e-mail under columns.email: Writer knows people by it."
	needsName  = "Name the column of the group's name under columns.group: rules match it."
	needsGroup = "Name the column that never changes for a group under columns.group_id; it may be that of its name, and a renamed group is then another group."
	renamed    = "The configuration names it under columns: correct the name there."
)

// personColumns are those of the file of people.
func (c *Connector) personColumns() []column {
	names, usual := c.config.Columns, defaultColumns()
	out := []column{{name: names.Email, required: needsEmail, null: true}}
	if c.config.ID == ByColumn {
		out = append(out, column{name: names.ID, required: needsID})
	}
	format := c.config.format(c.config.People)
	status := optional(format, names.Status, usual.Status)
	status.null = true // a status that is taken back is not "active"
	out = append(out, status)
	for attribute, name := range names.Named() {
		out = append(out, optional(format, name, usual.Named()[attribute]))
	}
	return out
}

// groupColumns are those of the file of groups.
func (c *Connector) groupColumns() []column {
	names, usual, format := c.config.Columns, defaultColumns(), c.config.format(c.config.Groups)
	nested := optional(format, names.MemberGroup, usual.MemberGroup)
	nested.list = true
	return []column{
		{name: names.GroupID, required: needsGroup},
		{name: names.Group, required: needsName},
		{name: names.Member, list: true, required: "Name the column of the members under columns.member."},
		nested,
	}
}

// optional is a column that a file may lack under its usual name. Under another
// name somebody expects it; but a JSON object may leave out what it has nothing to
// say about.
func optional(f Format, name, usual string) column {
	if name == usual || name == "" || f == FormatJSON {
		return column{name: name}
	}
	return column{name: name, required: renamed}
}

// user translates a row. What the file has no column for is not stated.
func (c *Connector) user(r row) (connectors.User, error) {
	names := c.config.Columns
	u := connectors.User{
		ID: strings.TrimSpace(r.values[names.ID]), Email: r.values[names.Email], Status: connectors.StatusActive,
		Attributes: map[connectors.Attribute]string{},
	}
	if c.config.ID == ByEmail {
		u.ID = connectors.CanonicalEmail(u.Email)
		if u.ID == "" {
			return u, errors.New("the e-mail, which people are known by here, is empty")
		}
	}
	if u.ID == "" {
		return u, errors.New("the ID is empty")
	}
	if value, ok := r.values[names.Status]; ok {
		u.Status = c.config.Status.of(value)
	}
	for attribute, name := range c.attributes {
		if value, ok := r.values[name]; ok {
			u.Attributes[attribute] = value
		}
	}
	if manager := u.Attributes[connectors.Manager]; manager != "" && c.config.ID == ByEmail {
		u.Attributes[connectors.Manager] = connectors.CanonicalEmail(manager)
	}
	return u, nil
}

// A gathering is the groups of a file on their way to the reading.
type gathering struct {
	groups map[string]*connectors.Group
}

func newGathering() *gathering { return &gathering{groups: map[string]*connectors.Group{}} }

// membership adds a row: a member, a nested group, several of them in JSON, or none
// at all, which says that the group is there.
func (c *Connector) membership(r row, all *gathering) error {
	names := c.config.Columns
	id, name := strings.TrimSpace(r.values[names.GroupID]), r.values[names.Group]
	if id == "" {
		return errors.New("the group's ID is empty")
	}
	g := all.groups[id]
	switch {
	case g == nil:
		g = &connectors.Group{ID: id, Name: name}
		all.groups[id] = g
	case g.Name != name:
		return errors.New("the group has another name than on a line before")
	case r.unit != "":
		return connectors.ErrDuplicate // in JSON a group is one object
	}
	for _, member := range r.all(names.Member) {
		if c.config.ID == ByEmail {
			member = connectors.CanonicalEmail(member)
		}
		g.Members = append(g.Members, member)
	}
	g.Groups = append(g.Groups, r.all(names.MemberGroup)...)
	return nil
}

// state states the groups, in the order of their IDs. Members that no file states
// are counted, not named.
func (g *gathering) state(ctx context.Context, r *connectors.Reading, known roster) error {
	for _, id := range slices.Sorted(maps.Keys(g.groups)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		out := *g.groups[id]
		named := len(out.Members) + len(out.Groups)
		out.Members = slices.DeleteFunc(out.Members, func(m string) bool { return !known.has(m) })
		out.Groups = slices.DeleteFunc(out.Groups, func(n string) bool { return g.groups[n] == nil })
		out.Unresolved = named - len(out.Members) - len(out.Groups)
		if err := r.Group(out); err != nil {
			return err
		}
	}
	return nil
}

// A roster is the IDs of the people that were stated, by their hash. A collision
// would keep a member who is nobody, and a plan ignores those.
type roster struct {
	seed maphash.Seed
	ids  map[uint64]struct{}
}

func newRoster() roster { return roster{maphash.MakeSeed(), map[uint64]struct{}{}} }

func (r roster) add(id string) { r.ids[maphash.String(r.seed, id)] = struct{}{} }

func (r roster) has(id string) bool {
	_, ok := r.ids[maphash.String(r.seed, id)]
	return ok
}
