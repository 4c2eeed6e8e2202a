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

// A witness is one member that was seen in a group, and the group's number at that time.
// A group that loses a member who stays gets another number.
type witness struct {
	changed string
	member  guid
}

// witnessed notes what a group shows of its members.
func (s *sweep) witnessed(m membership) {
	if len(m.members) == 0 && !s.peopled {
		s.bare = append(s.bare, m)
		return
	}
	if len(m.members) > 0 {
		s.peopled, s.bare = true, nil
	}
	for _, r := range m.members {
		if m.changed != "" && s.known.kind(r.id) != "" {
			s.witnesses[m.id] = witness{m.changed, r.id}
			return
		}
	}
}

// cross compares the members that were stated with what people's own entries say, and
// with what the last reading had. Where no group shows a member, the account may
// have lost the right to see them.
func (s *sweep) cross(ctx context.Context, people ldap.Query, before map[guid]witness) error {
	if err := s.samePrimaries(ctx, people); err != nil {
		return err
	}
	const op, hint = "read the members of groups", "Let the account read the attributes member of groups and memberOf of people."
	for _, m := range s.bare {
		was := before[m.id]
		if was.changed == m.changed && s.known.kind(was.member) != "" {
			return rejected(op, errors.New("no group shows a member any more, not even one that did not change"), hint)
		}
	}
	there, err := s.someMember(ctx, people, s.bare)
	if err == nil && there {
		err = rejected(op, errors.New("no group shows a member, and people are said to be in some of them"), hint)
	}
	return err
}

// crossBare makes sure, where no changed group shows a member and groups had some in the
// last whole reading, that another one does.
// If none does, a whole reading says whether the account may still see members.
func (f *follow) crossBare(ctx context.Context) error {
	if len(f.before) == 0 || len(f.groups) == 0 || slices.ContainsFunc(f.groups, func(m membership) bool { return len(m.members) > 0 }) {
		return nil
	}
	q := f.groupsQuery
	members, err := ldap.ParseFilter("(" + attrMember + "=*)")
	if err != nil {
		return err
	}
	q.Attributes, q.Filter = []string{attrID}, ldap.All(q.Filter, members)
	shown, err := f.conn.Finds(ctx, q)
	if err == nil && !shown {
		err = fmt.Errorf("%w: no group shows a member", connectors.ErrCursorLost)
	}
	return err
}

// samePrimaries looks for people whose primary group changed after they were stated:
// the domain takes them off its list of members, which was read later.
func (s *sweep) samePrimaries(ctx context.Context, people ldap.Query) error {
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

// someMember reports whether a person's entry says that they are in one of the groups.
func (s *sweep) someMember(ctx context.Context, people ldap.Query, groups []membership) (bool, error) {
	people.Attributes = []string{attrID}
	for some := range slices.Chunk(groups, idsPerSearch) {
		var in []ldap.Filter
		for _, m := range some {
			f, err := ldap.Equal(attrOf, m.dn)
			if err != nil {
				return false, err
			}
			in = append(in, f)
		}
		narrow := people
		narrow.Filter = ldap.All(people.Filter, ldap.Any(in...))
		if there, err := s.conn.Finds(ctx, narrow); err != nil || there {
			return there, err
		}
	}
	return false, nil
}
