package ad

import (
	"context"
	"fmt"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// maxUnits is how many units may have another name before a whole reading costs less.
const maxUnits = 50

// unitsFilter finds what people and groups can stand in.
func unitsFilter() (ldap.Filter, error) {
	unit, err := ldap.Equal("objectClass", "organizationalUnit")
	if err != nil {
		return unit, err
	}
	container, err := ldap.Equal("objectClass", "container")
	return ldap.Any(unit, container), err
}

// listUnits records what the units are called. It comes before the people: who then
// has another container than the unit's name says is found by the next changes.
func (s *sweep) listUnits(ctx context.Context) error {
	kind, err := unitsFilter()
	if err != nil {
		return err
	}
	return s.eachUnit(ctx, kind, s.home.usn)
}

func (s *sweep) eachUnit(ctx context.Context, filter ldap.Filter, at int64) error {
	q := ldap.Query{Base: s.home.domain, Scope: ldap.Subtree, Filter: filter, Attributes: []string{attrID, attrChanged}, Controls: searchControls()}
	return s.conn.Search(ctx, q, func(e *goldap.Entry) error {
		r, name, err := identify(e)
		if s.number(e); err == nil {
			s.known.putUnit(r.id, name.String(), at)
		}
		return err
	})
}

// renamedUnits returns the units that were made, renamed or moved. Whatever stands
// below one has another name then, or has come into what is read, and its own entry
// tells nothing of it.
func (f *follow) renamedUnits(ctx context.Context, newer ldap.Filter) ([]guid, error) {
	kind, err := unitsFilter()
	if err != nil {
		return nil, err
	}
	if err := f.eachUnit(ctx, ldap.All(kind, newer), f.at()); err != nil {
		return nil, err
	}
	var out []guid
	for id, at := range f.known.renamed {
		if at > f.from.usn {
			out = append(out, id)
		}
	}
	if len(out) > maxUnits {
		return nil, fmt.Errorf("%w: more than %d units changed", connectors.ErrCursorLost, maxUnits)
	}
	return out, nil
}

func within(name, base string) bool { return name == base || strings.HasSuffix(name, ","+base) }

// collectBelow gathers the people and groups below a unit, as far as they are read.
// One that was deleted since has nothing below it.
func (f *follow) collectBelow(ctx context.Context, unit guid, users, groups ldap.Query) error {
	_, err := f.conn.Entry(ctx, unit.name(), []string{attrID})
	switch {
	case connectors.ClassOf(err) == connectors.NotFound:
		return nil
	case err != nil:
		return err
	}
	for _, part := range []struct {
		q    ldap.Query
		each func(*goldap.Entry) error
	}{{users, f.addUser}, {groups, f.addGroup}} {
		base, err := ldap.ParseName(part.q.Base)
		if err != nil || part.q.Scope == ldap.One || !within(f.known.units[unit], base.String()) {
			continue
		}
		part.q.Base = unit.name()
		if err := f.conn.Search(ctx, part.q, part.each); err != nil {
			return err
		}
	}
	return nil
}
