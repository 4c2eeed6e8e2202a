package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"writersync/syncer"
)

func writeTeam(w io.Writer, t syncer.TeamFacts, now time.Time) {
	fmt.Fprintf(w, "Team %s\n", printable(t.Name))
	s := newSheet(w)
	if t.Missing != "" {
		s.row("In Writer", t.Missing)
	} else {
		s.row("In Writer", fmt.Sprintf("%s, with %s by us; %d wanted", t.ID, counted(t.Members, "member"), t.Wanted))
	}
	s.row("Fed by", feedLines(t.Feeds, now)...)
	if len(t.Waiting) > 0 {
		s.row("Waiting", strings.Join(t.Waiting, ", "))
	}
	left := t.Barred
	if more := t.LeftOut - len(left); more > 0 {
		left = append(slices.Clone(left), fmt.Sprintf("and %d more", more))
	}
	s.row("Left out", left...)
	s.row("Held", heldLines(t.Held)...)
	_ = s.Flush() // an error of w shows on the next write
}

func feedLines(feeds []syncer.TeamFeed, now time.Time) []string {
	var out []string
	for _, f := range feeds {
		by := "nested in a group that feeds it"
		if f.Rule != "" {
			by = fmt.Sprintf("by rule %q", f.Rule)
		}
		switch {
		case f.Name == "" && f.Group.ID != "":
			out = append(out, fmt.Sprintf("group %s, not there%s, %s", f.Group, sinceWhen(f.Gone, now), by))
		case f.Group.ID == "":
			out = append(out, "group "+f.Name)
		default:
			out = append(out, fmt.Sprintf("group %s (%s), which lists %s, %s", f.Name, f.Group, people(f.People), by))
		}
	}
	return out
}

func writeGroup(w io.Writer, g syncer.GroupFacts) {
	fmt.Fprintf(w, "Group %s\n", printable(g.Name))
	s := newSheet(w)
	s.row("Directory", fmt.Sprintf("%s, which lists %s", g.Ref, people(g.People)))
	s.row("Leads to", "no team: no rule maps it, nor a group that it is nested in")
	if g.Excludes {
		s.row("Excludes", "whoever is in it: people.exclude_groups names it")
	}
	_ = s.Flush() // an error of w shows on the next write
}
