package ad

import (
	"context"
	"errors"
	"fmt"
	"slices"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// cross holds the members that were stated against what people's own entries say.
func (s *sweep) cross(ctx context.Context, people ldap.Query) error {
	if err := s.primariesHold(ctx, people); err != nil {
		return err
	}
	if s.peopled {
		return nil
	}
	there, err := s.someMember(ctx, people, s.bare)
	if err == nil && there {
		err = rejected("read the members of groups", errors.New("no group shows a member, and people are said to be in some of them"),
			"Let the account read the attribute member of groups.")
	}
	return err
}

// crossBare holds changed groups of which none shows a member against what people's
// entries say. If the account may not read members any more, a whole reading says so.
func (d *delta) crossBare(ctx context.Context) error {
	var bare []string
	for _, m := range d.groups {
		if len(m.members) > 0 {
			return nil
		}
		bare = append(bare, m.dn)
	}
	there, err := d.someMember(ctx, d.usersQuery, bare)
	if err == nil && there {
		err = fmt.Errorf("%w: no group shows a member, and people are said to be in some of them", connectors.ErrCursorLost)
	}
	return err
}

// primariesHold looks for people whose primary group changed after they were stated:
// the domain takes them off its list of members, which was read later.
func (s *sweep) primariesHold(ctx context.Context, people ldap.Query) error {
	people.Attributes = []string{attrID, attrPrimary}
	if !s.unnumbered { // else there is no asking for less than all
		newer, err := ldap.AtLeast(attrChanged, s.home.usn+1)
		if err != nil {
			return err
		}
		people.Filter = ldap.All(people.Filter, newer)
	}
	return s.conn.Search(ctx, people, func(e *goldap.Entry) error {
		r, _, err := identify(e)
		if err != nil {
			return err
		}
		if was, known := s.known.users[r.id]; known && was != parseRID(one(e, attrPrimary)) {
			return transient("read the primary groups", errors.New("one was changed meanwhile"), "The next reading starts again.")
		}
		return nil
	})
}

// someMember reports whether a person is said to be in one of the groups, by their names.
func (s *sweep) someMember(ctx context.Context, people ldap.Query, groups []string) (bool, error) {
	people.Attributes, people.PageSize = []string{attrID}, 1
	for some := range slices.Chunk(groups, idsPerSearch) {
		var in []ldap.Filter
		for _, dn := range some {
			f, err := ldap.Equal(attrOf, dn)
			if err != nil {
				return false, err
			}
			in = append(in, f)
		}
		narrow := people
		narrow.Filter = ldap.All(people.Filter, ldap.Any(in...))
		err := s.conn.Search(ctx, narrow, func(*goldap.Entry) error { return errFirst })
		if errors.Is(err, errFirst) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}
