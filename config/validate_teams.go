package config

import (
	"fmt"
	"path"
	"strings"
)

func (v *validator) teams(rules []Rule) {
	lines := map[Rule]int{}
	for i, r := range rules {
		at := fmt.Sprintf("teams[%d]", i)
		if first, twice := lines[r]; twice {
			v.add(at, fmt.Sprintf("is the same rule as the one on line %d", first), "keep one of them")
			continue
		}
		lines[r] = v.marks[at].line
		v.matched(at, r)
		v.team(at+".team", r)
	}
}

// matched checks what says which groups a rule is about.
func (v *validator) matched(at string, r Rule) {
	switch {
	case r.ID != "" && r.Group != "":
		v.add(at+".id", "stands beside group", "name the group by one of them")
	case r.ID == "":
		v.group(at+".group", r.Group)
	}
	if _, known := v.config.Source(r.Source); r.Source != "" && !known {
		v.add(at+".source", "names no source of this file", "write the name of one of the sources above")
	}
}

func (v *validator) group(at, group string) {
	if strings.TrimSpace(group) == "" {
		v.add(at, "is required", `name a group, or write a pattern such as "writer-*"`)
		return
	}
	if _, err := path.Match(group, ""); err != nil {
		v.add(at, "is not a pattern: a [ or \\ in it has no end", `write \[ or \\ for the character itself`)
	}
}

func (v *validator) team(at string, r Rule) {
	if strings.TrimSpace(r.Team) == "" {
		v.add(at, "is required", `name a team that exists in Writer, or write "{name}" for the group's name`)
		return
	}
	if name := placeholder(r.Team); name != "" {
		v.add(at, fmt.Sprintf("has the unknown placeholder %s", visible(name)), "write {name} for the group's name, or {*} for what the * of the group matched")
	}
	if strings.Contains(r.Team, "{*}") && !strings.Contains(r.Group, "*") {
		v.add(at, "has {*}, but the group has no *", "write {name}, or put a * into the group")
	}
}

// placeholder returns the first part of s in braces that stands for nothing.
func placeholder(s string) string {
	s = strings.NewReplacer("{name}", "", "{*}", "").Replace(s)
	_, after, open := strings.Cut(s, "{")
	inside, _, closed := strings.Cut(after, "}")
	if !open || !closed {
		return ""
	}
	return "{" + inside + "}"
}
