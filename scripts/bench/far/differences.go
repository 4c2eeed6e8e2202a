package far

import (
	"context"
	"fmt"
	"slices"

	"writersync/scripts/bench/company"
	"writersync/scripts/bench/target"
)

// maxDifferences is how many differences are named.
const maxDifferences = 10

// Differences compares what a target holds with what it must hold. What was cheap and
// wrong is no figure.
func Differences(ctx context.Context, f *Target, want company.Wanted) error {
	c := comparison{want: want, number: map[string]int32{}, teams: map[string][]int32{}}
	for _, u := range want.Users {
		c.number[u.Email()] = u.Number
	}
	for _, t := range want.Teams {
		c.teams[t.Name] = t.Members
	}
	c.seen = make([]bool, len(want.Users))
	if err := f.Each(ctx, func(h target.Held) error { c.add(h); return nil }); err != nil {
		return err
	}
	for n, seen := range c.seen {
		if !seen && !want.Users[n].Disabled {
			c.say("user %d has no active account", n)
		}
	}
	for name := range c.teams {
		c.say("there is no team %q", name)
	}
	if c.found > 0 {
		return fmt.Errorf("the target is not what the company makes of it, %d differences: %v", c.found, c.first)
	}
	return nil
}

type comparison struct {
	want   company.Wanted
	number map[string]int32   // of users, by e-mail
	teams  map[string][]int32 // that were not seen yet
	lines  []int32            // numbers of the accounts that are active, by line; else -1
	seen   []bool
	found  int
	first  []string
}

func (c *comparison) say(format string, args ...any) {
	if c.found++; c.found <= maxDifferences {
		c.first = append(c.first, fmt.Sprintf(format, args...))
	}
}

func (c *comparison) add(h target.Held) {
	if h.Team != "" {
		c.team(h)
		return
	}
	n, known := c.number[h.UserName]
	if !known || !h.Active {
		c.lines = append(c.lines, -1)
		if h.Active {
			c.say("an active account belongs to no user")
		}
		return
	}
	c.lines = append(c.lines, n)
	u := c.want.Users[n]
	switch {
	case c.seen[n]:
		c.say("user %d has two accounts", n)
	case u.Disabled:
		c.say("user %d is disabled and has an active account", n)
	case h.Display != u.DisplayName():
		c.say("user %d is called %q, not %q", n, h.Display, u.DisplayName())
	}
	c.seen[n] = true
}

func (c *comparison) team(h target.Held) {
	want, known := c.teams[h.Team]
	if !known {
		c.say("team %q is no group's, or is there twice", h.Team)
		return
	}
	delete(c.teams, h.Team)
	var members []int32
	for _, line := range h.Members {
		if n := c.lines[line]; n >= 0 {
			members = append(members, n)
		}
	}
	slices.Sort(members)
	if !slices.Equal(members, want) {
		c.say("team %q has %d active members, which are not the %d it should have", h.Team, len(members), len(want))
	}
}
