package okta

import (
	"context"
	"errors"
	"fmt"
	"time"

	"writersync/connectors"
)

// How long the members of a group are believed.
const (
	// settle is how long after a change members are read again, whatever the dates
	// say: Okta's servers may not all know of it yet.
	settle = 5 * time.Minute
	// maxAge is when members are read again although nothing seems to have changed.
	maxAge = 24 * time.Hour
)

// A kept group is one as it was read, for the next reading.
type kept struct {
	name    string
	members pack
	missing int       // counted by Okta, and not listed
	count   int       // what Okta counted
	changed time.Time // when Okta says that the members last changed
	read    time.Time // on the server's clock
}

// holds reports whether the members are still those: Okta dates their last change as
// before, counts as many, and the change was over when they were read.
func (k kept) holds(g oktaGroup, now time.Time) bool {
	return g.LastMembershipUpdated != nil && !now.IsZero() && k.changed.Equal(*g.LastMembershipUpdated) &&
		k.count == membersOf(g) && k.count != uncounted && k.missing == 0 &&
		k.read.Sub(k.changed) >= settle && now.Sub(k.read) < maxAge
}

// group states one group with its members.
func (s *sweep) group(ctx context.Context, g oktaGroup) error {
	k, err := s.kept(ctx, g)
	if err != nil {
		return err
	}
	s.groups[g.Id] = k
	return s.reading.Group(connectors.Group{ID: g.Id, Name: nameOf(g), Members: s.people.unpacked(k.members)})
}

// kept returns the members of a group, from the last reading where they hold. None do
// where somebody who had left is back: as many may be other people. A group that Okta
// counts nobody in is asked for like any other, as a count may be late.
func (s *sweep) kept(ctx context.Context, g oktaGroup) (kept, error) {
	count := membersOf(g)
	if old, ok := s.last[g.Id]; ok && !s.back && old.holds(g, s.now) {
		old.name = nameOf(g)
		return old, nil
	}
	k := kept{name: nameOf(g), count: count, read: s.now}
	if g.LastMembershipUpdated != nil {
		k.changed = *g.LastMembershipUpdated
	}
	var err error
	k.members, k.missing, err = s.members(ctx, g)
	return k, err
}

// members lists the members of a group. Fewer than Okta counts are listed once more,
// with a new count; if they are still too few, the list is short. Who has left does not
// make up for others where Okta is known not to count them.
func (s *sweep) members(ctx context.Context, g oktaGroup) (members pack, missing int, err error) {
	s.listed++
	op := "list the members of group " + g.Id
	count := membersOf(g)
	for try := 1; ; try++ {
		var ids []string
		a, err := each(ctx, s.way.client, op, at(pathGroups+"/"+g.Id+"/users", "limit", s.groupsPage()), func(u oktaUser) error {
			if u.Id == "" {
				return corrupt(op, connectors.ErrNoID, "")
			}
			ids = append(ids, u.Id)
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		s.saw(a)
		set, n := s.people.packed(ids)
		if s.counting == countsWhoStayed {
			n -= set.overlap(s.left)
		}
		switch {
		case count == uncounted && !s.config.TrustLists:
			return nil, 0, corrupt(op, errors.New("the answer does not say how many members there are"), "Without a count nothing shows that the list is whole; trust_lists takes it as it is.")
		case n >= count:
			return set, 0, nil
		case try == 1:
			if count, err = s.recount(ctx, g.Id); err != nil {
				return nil, 0, err
			}
		case s.config.TrustLists:
			return set, count - n, nil
		default:
			return nil, 0, corrupt(op, fmt.Errorf("%d members are listed, while Okta counts %d", n, count),
				"The list is short, or the count is late. It is read again with the next pass; if it stays so, look at the group in Okta, or set trust_lists.")
		}
	}
}

// recount asks again how many members a group has.
func (s *sweep) recount(ctx context.Context, id string) (int, error) {
	const op = "count the members of a group again"
	count, found := uncounted, false
	_, err := s.way.eachGroup(ctx, op, at(pathGroups, "filter", `id eq "`+id+`"`, "expand", "stats"), func(g oktaGroup) error {
		if g.Id == id {
			count, found = membersOf(g), true
		}
		return nil
	})
	if err == nil && !found {
		err = &connectors.Error{Class: connectors.Transient, Op: op, Err: fmt.Errorf("group %s is there no longer", id), Hint: "It was deleted meanwhile: the next reading is without it."}
	}
	return count, err
}
