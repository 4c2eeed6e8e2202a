package okta

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"writersync/connectors"
)

// everyone is the name of the group that Okta keeps of everybody. It keeps others too,
// such as one of the administrators.
const everyone = "Everyone"

func isEveryone(g oktaGroup) bool { return g.Type == typeBuiltIn && nameOf(g) == everyone }

var groupIDOf = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// eachGroup hands every group of a listing to visit. One with an ID that is none is an
// error: it would stand in addresses, filters and errors.
func (c *client) eachGroup(ctx context.Context, op, first string, visit func(oktaGroup) error) (answer, error) {
	return each(ctx, c, op, first, func(g oktaGroup) error {
		if !groupIDOf.MatchString(g.Id) {
			return corrupt(op, errors.New("a group has an ID that is none of Okta's"), hintBetween)
		}
		return visit(g)
	})
}

// everybody returns how many people the group counts that Okta keeps of everybody. A
// credential that sees a part of the organization does not see that group.
func (s *sweep) everybody(ctx context.Context) (int, error) {
	most, seen := uncounted, false
	a, err := s.way.eachGroup(ctx, opEverybody, at(pathGroups, "filter", `type eq "`+typeBuiltIn+`"`, "expand", "stats", "limit", s.groupsPage()), func(g oktaGroup) error {
		if isEveryone(g) {
			seen, most, s.everyone = true, max(most, membersOf(g)), g.Id
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.saw(a)
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
	a, err := s.way.eachGroup(ctx, opGroups, at(pathGroups, "filter", s.config.Groups.Filter, "expand", "stats", "limit", s.groupsPage()), func(g oktaGroup) error {
		if isEveryone(g) {
			seen, s.after = true, max(s.after, membersOf(g))
		}
		if _, twice := ids[g.Id]; twice {
			return fmt.Errorf("%s: %w", opGroups, connectors.ErrDuplicate)
		}
		ids[g.Id] = struct{}{}
		if s.selected(g) {
			out = append(out, g)
		}
		return nil
	})
	s.saw(a)
	if err == nil {
		err = s.allListed(ctx, ids)
	}
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
		// A slash is a letter like any other here.
		ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(nameOf(g), "/", "\x00"))
		return ok && err == nil
	})
}

// allListed asks for each group of the last reading that is not listed any more: no
// count shows that the list of groups is whole. It may be gone, or not be configured any
// more by its name or type.
func (s *sweep) allListed(ctx context.Context, listed map[string]struct{}) error {
	for id := range s.last {
		if _, here := listed[id]; here {
			continue
		}
		missed, err := s.missed(ctx, id)
		if err != nil {
			return err
		}
		if missed {
			return &connectors.Error{
				Class: connectors.Transient, Op: opGroups, Err: fmt.Errorf("group %s is there, and was not listed", id),
				Hint: "The list was cut short, or the group came back meanwhile. It is read again with the next pass.",
			}
		}
	}
	return nil
}

const opGroups = "list groups"

// missed reports whether a group should have been listed. Where Okta filters the list,
// only Okta can tell.
func (s *sweep) missed(ctx context.Context, id string) (found bool, err error) {
	if f := s.config.Groups.Filter; f != "" {
		_, err = s.way.eachGroup(ctx, opGroups, at(pathGroups, "filter", "("+f+`) and (id eq "`+id+`")`), func(g oktaGroup) error {
			found = found || g.Id == id && s.selected(g)
			return nil
		})
		return found, err
	}
	var g oktaGroup
	found, err = s.lookUp(ctx, request{op: "look for a group by its ID", path: pathGroups + "/" + url.PathEscape(id)}, id, &g, func() string { return g.Id })
	return found && s.selected(g), err
}
