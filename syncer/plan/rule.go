package plan

import (
	"fmt"
	"path"
	"strings"

	"writersync/connectors"
)

// A Rule maps groups to a team.
type Rule struct {
	Group  string // a group's name, or a pattern with * and ?; empty if ID is set
	ID     string // a group's immutable ID, in place of its name
	Source string // the source of the group; empty: any
	Team   string // a team's name; {name} stands for the group's name, {*} for what the first * matched
	// Direct leaves out the members of groups that are nested in the group.
	Direct bool
	// Exclusive claims the team: see Wanted.Exclusive.
	Exclusive bool
}

// String returns the rule as it is remembered in the ledger: what it matches and
// the team, not how.
func (r Rule) String() string {
	group := r.Group
	if r.ID != "" {
		group = "id " + r.ID
	}
	if r.Source != "" {
		group = r.Source + "/" + group
	}
	return group + " => " + r.Team
}

// Validate says what is wrong with the rule.
func (r Rule) Validate() error {
	switch {
	case r.ID != "" && r.Group != "":
		return fmt.Errorf("has both group and id: name the group by one of them")
	case r.ID != "" && strings.Contains(r.Team, "{*}"):
		return fmt.Errorf("team %q has {*}, but id matches no pattern", r.Team)
	case strings.TrimSpace(r.Group) == "" && r.ID == "":
		return fmt.Errorf("group is empty: name a group, or a pattern such as \"writer-*\"")
	case strings.TrimSpace(r.Team) == "":
		return fmt.Errorf("team is empty: name a team that exists in Writer, or \"{name}\" for the group's name")
	}
	if err := ValidatePattern(r.Group); err != nil {
		return err
	}
	if strings.Contains(r.Team, "{*}") && !strings.Contains(r.Group, "*") {
		return fmt.Errorf("team %q has {*}, but group %q has no *", r.Team, r.Group)
	}
	return nil
}

// ValidatePattern says what is wrong with a group's name or a pattern of names.
func ValidatePattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("group %q is not a pattern: %w", pattern, err)
	}
	return nil
}

// isPattern reports whether a text can match more than one name.
func isPattern(s string) bool { return strings.ContainsAny(s, "*?[") }

// Matches reports whether a group has the name, or matches the pattern. Names match
// with exact case, as they do when Writer links a team.
func Matches(pattern, name string) bool {
	if !isPattern(pattern) {
		return pattern == name
	}
	// A slash is an ordinary character of a group's name, but ends a path.Match
	// segment; a character no name has takes its place.
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(name, "/", "\x00"))
	return ok && err == nil
}

// Match returns the name of the team that the rule gives a group.
func (r Rule) Match(group connectors.Ref, name string) (team string, ok bool) {
	switch {
	case r.Source != "" && r.Source != group.Source:
		return "", false
	case r.ID != "" && r.ID != group.ID, r.ID == "" && !Matches(r.Group, name):
		return "", false
	}
	team = strings.ReplaceAll(r.Team, "{name}", name)
	if !isPattern(r.Group) {
		return team, true
	}
	return strings.ReplaceAll(team, "{*}", r.star(name)), true
}

// star returns what the first * of the pattern matched, given that all matched.
func (r Rule) star(group string) string {
	before, after, found := strings.Cut(r.Group, "*")
	if !found || strings.ContainsAny(before+after, "*?[") {
		return group
	}
	return strings.TrimSuffix(strings.TrimPrefix(group, before), after)
}
