package okta

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"time"

	"writersync/connectors"
)

// maxPeoplePage is the most people that Okta gives in one page.
const maxPeoplePage = 200

// A sweep is one reading under way.
type sweep struct {
	*Connector
	reading    *connectors.Reading
	translator *translator
	present    *crowd

	org            string
	began          time.Time // on the server's clock
	now            time.Time // on the server's clock, at the last listing of groups
	live, departed int
	before, after  int // people that the group of everybody counts

	last   map[string]kept // of the reading before
	groups map[string]kept
	listed int // groups of which the members were asked for
}

func (c *Connector) newSweep(r *connectors.Reading) *sweep {
	s := &sweep{
		Connector: c, reading: r, translator: newTranslator(&c.config), present: &crowd{},
		last: map[string]kept{}, groups: map[string]kept{},
	}
	if m := c.remembered(); m != nil {
		s.last = m.groups
	}
	return s
}

func (s *sweep) memory() *memory {
	return &memory{org: s.org, present: s.present, groups: s.groups, unknown: s.translator.unknown}
}

// whole reads all there is: people, then groups, then members.
func (s *sweep) whole(ctx context.Context) error {
	var err error
	if s.org, s.began, err = s.organization(ctx); err != nil {
		return err
	}
	if s.before, err = s.everybody(ctx); err != nil {
		return err
	}
	if err = s.listPeople(ctx); err != nil {
		return err
	}
	groups, err := s.listGroups(ctx)
	if err != nil {
		return err
	}
	if err = s.plausible(); err != nil {
		return err
	}
	for _, g := range groups {
		if err = s.group(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (s *sweep) peoplePage() string { return strconv.Itoa(min(s.config.PageSize, maxPeoplePage)) }

// listPeople states everybody: first those whom Okta lists, then those who have left, whom
// it lists only if they are asked for. Somebody who leaves meanwhile is in both; what
// was said first stands until the next reading.
func (s *sweep) listPeople(ctx context.Context) error {
	const op = "list people"
	_, err := each(ctx, s.way.client, op, at(pathUsers, "limit", s.peoplePage()), func(u oktaUser) error {
		s.live++
		return s.person(u)
	})
	switch {
	case err != nil:
		return err
	case s.live == 0:
		return &connectors.Error{
			Class: connectors.Denied, Op: op, Err: errors.New("nobody is listed"),
			Hint: "An administrator or a service app without a role gets empty lists: give it the role Read-Only Administrator.",
		}
	}
	_, err = each(ctx, s.way.client, "list people who have left", at(pathUsers, "filter", `status eq "`+statusGone+`"`, "limit", s.peoplePage()), func(u oktaUser) error {
		if u.Id != "" && s.present.has(s.people.number(u.Id)) {
			return nil
		}
		s.departed++
		return s.person(u)
	})
	return err
}

func (s *sweep) person(u oktaUser) error {
	if u.Id != "" {
		s.present.add(s.people.number(u.Id))
	}
	return s.reading.User(s.translator.user(u))
}

// everybody returns how many people the group counts that Okta keeps of everybody. A
// credential that sees a part of the organization does not see that group.
func (s *sweep) everybody(ctx context.Context) (int, error) {
	most, seen := uncounted, false
	a, err := each(ctx, s.way.client, opEverybody, at(pathGroups, "filter", `type eq "`+typeBuiltIn+`"`, "expand", "stats", "limit", s.groupsPage()), func(g oktaGroup) error {
		seen, most = true, max(most, membersOf(g))
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.now = a.date
	return most, s.mustCount(most, seen)
}

const opEverybody = "look for the group of everybody"

func (s *sweep) mustCount(count int, seen bool) error {
	switch {
	case !seen:
		return &connectors.Error{
			Class: connectors.Denied, Op: opEverybody, Err: errors.New("the group Everyone is not shown"),
			Hint: "The credential sees a part of the organization, or nothing at all: give it the role Read-Only Administrator, without resource sets.",
		}
	case count == uncounted && !s.config.TrustLists:
		return corrupt(opEverybody, errors.New("the answer does not say how many people there are"),
			"Without counts nothing shows that lists are whole; trust_lists takes them as they are.")
	}
	return nil
}

func (s *sweep) groupsPage() string { return strconv.Itoa(s.config.PageSize) }

// listGroups returns the groups that are configured, without their members, and counts
// everybody once more.
func (s *sweep) listGroups(ctx context.Context) ([]oktaGroup, error) {
	var out []oktaGroup
	seen := false
	ids := map[string]struct{}{}
	a, err := each(ctx, s.way.client, "list groups", at(pathGroups, "filter", s.config.Groups.Filter, "expand", "stats", "limit", s.groupsPage()), func(g oktaGroup) error {
		if g.Type == typeBuiltIn {
			seen, s.after = true, max(s.after, membersOf(g))
		}
		if _, twice := ids[g.Id]; twice {
			return fmt.Errorf("list groups: %w", connectors.ErrDuplicate)
		}
		ids[g.Id] = struct{}{}
		if s.selected(g) {
			out = append(out, g)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.config.Groups.Filter != "" {
		s.after, err = s.everybody(ctx)
		s.now = a.date
		return out, err
	}
	s.now = a.date
	return out, s.mustCount(s.after, seen)
}

// selected reports whether a group is one of those that are configured.
func (s *sweep) selected(g oktaGroup) bool {
	if !slices.Contains(s.config.Groups.Types, g.Type) {
		return false
	}
	names := s.config.Groups.Names
	return len(names) == 0 || slices.ContainsFunc(names, func(pattern string) bool {
		ok, err := path.Match(pattern, nameOf(g))
		return ok && err == nil
	})
}

// plausible compares the people who were stated with what the group of everybody
// counts: before, so that nobody counts who came meanwhile, and after, so that nobody
// counts who left.
func (s *sweep) plausible() error {
	if s.config.TrustLists || s.agrees(s.before) || s.agrees(s.after) {
		return nil
	}
	return corrupt("list people", fmt.Errorf("%d people and %d who have left are listed, while Okta counts %d before and %d after", s.live, s.departed, s.before, s.after),
		"The list is short, or the count is late. It is read again with the next pass; if it stays so, ask Okta's support, or set trust_lists.")
}

// agrees reports whether a count is one of the people who were stated. Okta does not
// say whether it counts those who have left:
//
//	count of everybody               taken
//	up to the people listed          yes: nobody is missing
//	all, or a little less            yes: it counts those who have left, a little late
//	between                          no: some who are counted are not listed
//	more than all                    no
func (s *sweep) agrees(count int) bool {
	all := s.live + s.departed
	late := max(5, all/200)
	return count <= s.live || count <= all && count >= all-min(late, s.departed/2)
}

// merged returns the groups of the last reading with those of this one in their place.
func (s *sweep) merged() map[string]kept {
	out := maps.Clone(s.last)
	maps.Copy(out, s.groups)
	return out
}
