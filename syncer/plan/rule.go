package plan

import (
	"fmt"
	"path"
	"strings"
)

// A Rule maps groups to a team.
type Rule struct {
	Group string // a group's name, or a pattern with * and ?
	Team  string // a team's name; {name} stands for the group's name, {*} for what the first * matched
}

// String returns the rule as it is remembered in the ledger.
func (r Rule) String() string { return r.Group + " => " + r.Team }

// Validate says what is wrong with the rule.
func (r Rule) Validate() error {
	switch {
	case strings.TrimSpace(r.Group) == "":
		return fmt.Errorf("group is empty: name a group, or a pattern such as \"writer-*\"")
	case strings.TrimSpace(r.Team) == "":
		return fmt.Errorf("team is empty: name a team that exists in Writer, or \"{name}\" for the group's name")
	}
	if _, err := path.Match(r.Group, ""); err != nil {
		return fmt.Errorf("group %q is not a pattern: %w", r.Group, err)
	}
	if strings.Contains(r.Team, "{*}") && !strings.Contains(r.Group, "*") {
		return fmt.Errorf("team %q has {*}, but group %q has no *", r.Team, r.Group)
	}
	return nil
}

// isPattern reports whether the rule can match more than one name.
func (r Rule) isPattern() bool { return strings.ContainsAny(r.Group, "*?[") }

// Match returns the name of the team that the rule gives a group of that name.
// Names match with exact case, as they do when Writer links a team.
func (r Rule) Match(group string) (team string, ok bool) {
	if !r.isPattern() {
		return strings.ReplaceAll(r.Team, "{name}", group), r.Group == group
	}
	// A slash is an ordinary character of a group's name, but ends a path.Match
	// segment; a character no name has takes its place.
	if ok, err := path.Match(strings.ReplaceAll(r.Group, "/", "\x00"), strings.ReplaceAll(group, "/", "\x00")); err != nil || !ok {
		return "", false
	}
	team = strings.ReplaceAll(r.Team, "{name}", group)
	return strings.ReplaceAll(team, "{*}", r.star(group)), true
}

// star returns what the first * of the pattern matched, given that all matched.
func (r Rule) star(group string) string {
	before, after, found := strings.Cut(r.Group, "*")
	if !found || strings.ContainsAny(before+after, "*?[") {
		return group
	}
	return strings.TrimSuffix(strings.TrimPrefix(group, before), after)
}
