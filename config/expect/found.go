package expect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/config"
	"writersync/connectors"
	"writersync/syncer/plan"
)

// firstFew is how many people stand for all of them.
const firstFew = 3

// name returns what people call person i.
func (c *court) name(i int) string {
	p := c.in.People[i]
	if p.User != nil && p.User.Email != "" {
		return connectors.CanonicalEmail(p.User.Email)
	}
	return p.Ref.String()
}

// way says by which rules and groups person i comes into a team.
func (c *court) way(i int, team string) string {
	var ways []string
	for _, path := range plan.Trace(c.in, i) {
		if path.Team == team {
			ways = append(ways, fmt.Sprintf("rule %q through %s", path.Rule, strings.Join(path.Groups, " > ")))
		}
	}
	if len(ways) == 0 {
		return "no group leads there"
	}
	return "by " + strings.Join(ways, ", and ")
}

// elsewhere says why person i is not in a team, and where instead.
func (c *court) elsewhere(i int, team string) string {
	provisioned, why := c.census.Provisioned(i)
	if way := c.way(i, team); !provisioned && strings.HasPrefix(way, "by ") {
		return fmt.Sprintf("the person would be %s, but %s", way, why)
	}
	if !provisioned {
		return "the person " + why
	}
	var groups, teams []string
	for _, g := range c.in.Groups {
		if _, listed := slices.BinarySearch(g.Members, uint32(i)); listed { //nolint:gosec // an index of People
			groups = append(groups, g.Name)
		}
	}
	for _, path := range plan.Trace(c.in, i) {
		if !slices.Contains(teams, path.Team) {
			teams = append(teams, path.Team)
		}
	}
	return fmt.Sprintf("no group leads there: the person is in %s, and so in %s", list("group ", groups), list("team ", teams))
}

func list(noun string, names []string) string {
	if len(names) == 0 {
		return "no " + strings.TrimSpace(noun)
	}
	return noun + strings.Join(names, ", ")
}

// these counts people, and names the first few with the way by which they came: that
// into the team, or into any.
func (c *court) these(people []uint32) string {
	if len(people) == 0 {
		return "nobody is"
	}
	var some []string
	for _, i := range people[:min(len(people), firstFew)] {
		way := c.way(int(i), c.now.Team)
		if c.now.Team == "" {
			_, way = c.census.Provisioned(int(i))
		}
		some = append(some, fmt.Sprintf("%s (%s)", c.name(int(i)), way))
	}
	text := fmt.Sprintf("%d are: ", len(people))
	if len(people) == 1 {
		text = "1 is: "
	}
	text += strings.Join(some, ", ")
	if more := len(people) - firstFew; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// nearMail names the e-mail that was perhaps meant: with another spelling before the
// "@", or of another domain. Addresses of one company are alike in the rest.
func (c *court) nearMail(mail string) string {
	local, domain, _ := strings.Cut(mail, "@")
	var locals []string
	for _, known := range slices.Sorted(maps.Keys(c.byMail)) {
		switch l, d, _ := strings.Cut(known, "@"); {
		case d == domain:
			locals = append(locals, l)
		case l == local && l != "":
			return fmt.Sprintf("; did you mean %s?", known)
		}
	}
	if near := config.Nearest(local, locals); near != "" {
		return fmt.Sprintf("; did you mean %s@%s?", near, domain)
	}
	return ""
}

func (c *court) groupNames() []string {
	names := make([]string, len(c.in.Groups))
	for i, g := range c.in.Groups {
		names[i] = g.Name
	}
	slices.Sort(names)
	return names
}
