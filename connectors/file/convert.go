package file

import (
	"context"
	"errors"
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

// The places of the columns of both files. Those of attributes come last.
const (
	columnEmail = iota
	columnID
	columnStatus
	personColumns

	columnGroupID     = 0
	columnGroup       = 1
	columnMember      = 2
	columnMemberGroup = 3
)

// personColumns are those of the file of people, and the attributes behind the others.
func (c *Connector) personColumns() ([]column, []connectors.Attribute) {
	names, usual := c.config.Columns, defaultColumns()
	out := make([]column, personColumns)
	out[columnEmail] = column{name: names.Email, required: needsEmail, null: true}
	if c.config.ID == ByColumn {
		out[columnID] = column{name: names.ID, required: needsID}
	}
	format := c.config.format(c.config.People)
	out[columnStatus] = optional(format, names.Status, usual.Status)
	out[columnStatus].null = true // a status that is taken back is not "active"
	var attributes []connectors.Attribute
	for attribute, name := range names.Named() {
		attributes = append(attributes, attribute)
		out = append(out, optional(format, name, usual.Named()[attribute]))
	}
	return out, attributes
}

// groupColumns are those of the file of groups.
func (c *Connector) groupColumns() []column {
	names, usual, format := c.config.Columns, defaultColumns(), c.config.format(c.config.Groups)
	nested := optional(format, names.MemberGroup, usual.MemberGroup)
	nested.list = true
	return []column{
		columnGroupID:     {name: names.GroupID, required: needsGroup},
		columnGroup:       {name: names.Group, required: needsName},
		columnMember:      {name: names.Member, list: true, required: "Name the column of the members under columns.member."},
		columnMemberGroup: nested,
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
func (c *Connector) user(r *row, attributes []connectors.Attribute) (connectors.User, error) {
	u := connectors.User{
		ID: strings.TrimSpace(r.values[columnID]), Email: r.values[columnEmail], Status: connectors.StatusActive,
		Attributes: make(map[connectors.Attribute]string, len(attributes)),
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
	if value, ok := r.value(columnStatus); ok {
		if u.Status, u.StatusBy = c.config.Status.of(value); u.StatusBy != "" {
			u.StatusBy = c.config.Columns.Status + "=" + u.StatusBy
		}
	}
	for i, attribute := range attributes {
		if value, ok := r.value(personColumns + i); ok {
			u.Attributes[attribute] = value
		}
	}
	if manager := u.Attributes[connectors.Manager]; manager != "" && c.config.ID == ByEmail {
		u.Attributes[connectors.Manager] = connectors.CanonicalEmail(manager)
	}
	return u, nil
}

// A gathering is the groups of a file on their way to the reading. A membership in it is
// a number: that of what the row calls the member, which is kept once.
type gathering struct {
	groups  map[string]*gathered
	members *texts
	nesting bool // the file states nested groups: by a column, or in JSON by one object
}

// gathered is what rows said of a group so far.
type gathered struct {
	name    string
	members []uint32
	nested  []string
}

func newGathering() *gathering {
	return &gathering{groups: map[string]*gathered{}, members: newTexts()}
}

// membership adds a row: a member, a nested group, several of them in JSON, or none
// at all, which says that the group is there.
func (c *Connector) membership(r *row, all *gathering) error {
	id, name := strings.TrimSpace(r.values[columnGroupID]), r.values[columnGroup]
	if id == "" {
		return errors.New("the group's ID is empty")
	}
	g := all.groups[id]
	switch {
	case g == nil:
		g = &gathered{name: strings.Clone(name)}
		all.groups[strings.Clone(id)] = g
	case g.name != name:
		return errors.New("the group has another name than on a line before")
	case r.unit != "":
		return connectors.ErrDuplicate // in JSON a group is one object
	}
	for member := range r.all(columnMember) {
		if c.config.ID == ByEmail {
			member = connectors.CanonicalEmail(member)
		}
		g.members = append(g.members, all.members.number(member))
	}
	all.nesting = all.nesting || r.stated[columnMemberGroup]
	for nested := range r.all(columnMemberGroup) {
		g.nested = append(g.nested, strings.Clone(nested))
	}
	return nil
}

// state states the groups, in the order of their IDs, and forgets them on the way.
func (g *gathering) state(ctx context.Context, r *connectors.Reading) error {
	for _, id := range slices.Sorted(maps.Keys(g.groups)) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		group := g.groups[id]
		delete(g.groups, id)
		out := connectors.Group{ID: id, Name: group.name, Groups: group.nested, NestedUnstated: !g.nesting}
		if len(group.members) > 0 {
			out.Members = make([]string, len(group.members))
		}
		for i, n := range group.members {
			out.Members[i] = g.members.text(n)
		}
		if err := r.Group(out); err != nil {
			return err
		}
	}
	return nil
}
