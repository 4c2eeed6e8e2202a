package plan

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
)

// A Path is one way by which a person comes into a team: a rule, and the groups from
// the one that the rule names to the one that lists the person.
type Path struct {
	Rule   string
	Groups []string // names
	Team   string   // name
	Linked bool     // the team exists in Writer, as far as the ledger knows
}

// Trace returns every rule that leads person i into a team, in the order of rules
// and groups, each by its shortest way through nesting.
func Trace(in Input, i int) []Path {
	in, i = united(in, i)
	m := mapper{in: in, teams: map[RemoteID]*feeding{}}
	m.index()
	var out []Path
	for _, rule := range in.Policy.Rules {
		for g, group := range in.Groups {
			team, linked := m.remembered(group.Ref, rule)
			name, matches := rule.Match(group.Ref, group.Name)
			if (!linked && !matches) || m.imported.has(group) {
				continue
			}
			way := m.way(g, uint32(i), rule.Direct) //nolint:gosec // an index of People
			if way == nil {
				continue
			}
			if at, known := m.teamAt[team]; linked && known && in.Teams[at].Name != "" {
				name = in.Teams[at].Name
			}
			out = append(out, Path{Rule: rule.String(), Groups: way, Team: name, Linked: linked || len(m.teamsBy[name]) == 1})
		}
	}
	return out
}

// united returns the input with joined people as one, and where person i is in it.
func united(in Input, i int) (Input, int) {
	ref := in.People[i].Ref
	one := AsOne(in)
	one.Joins, one.Policy.Join.By = nil, "" // they are one already
	at := slices.IndexFunc(one.People, func(p Person) bool {
		return p.Ref == ref || slices.ContainsFunc(p.Also, func(a Part) bool { return a.Ref == ref })
	})
	return one, max(at, 0)
}

// Joined returns everybody whom the ledger holds to be person i in other sources.
func Joined(in Input, i int) []connectors.Ref {
	j := joiner{in: in, joins: in.Joins}
	root := j.root(in.People[i].Ref)
	var out []connectors.Ref
	for _, p := range in.People {
		if p.Ref != in.People[i].Ref && j.root(p.Ref) == root {
			out = append(out, p.Ref)
		}
	}
	return out
}

// way returns the names of the groups from root to the first one found that lists
// the person, nearest first.
func (m *mapper) way(root int, person uint32, direct bool) []string {
	from := map[int]int{root: -1}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		if _, listed := slices.BinarySearch(m.in.Groups[g].Members, person); listed {
			var names []string
			for at := g; at >= 0; at = from[at] {
				names = append(names, m.in.Groups[at].Name)
			}
			slices.Reverse(names)
			return names
		}
		if direct {
			return nil
		}
		for _, n := range m.in.Groups[g].Nested {
			if _, seen := from[int(n)]; !seen && !m.imported.has(m.in.Groups[n]) {
				from[int(n)] = g
				queue = append(queue, int(n))
			}
		}
	}
	return nil
}

// ScopeOf says whether person i, whose record was loaded, is in scope, and why, in a
// clause: "is in group engineering".
func ScopeOf(in Input, i int) (inScope bool, why string) {
	in, i = united(in, i)
	d := newDiffer(in)
	switch {
	case d.unclear[i] != "":
		return false, "cannot be told: " + d.unclear[i]
	case d.inScope(i):
		return true, d.whyInScope(i)
	case in.People[i].User == nil:
		return false, "is not in the directory"
	}
	for _, u := range d.mapping.Unlinked {
		if _, waits := slices.BinarySearch(u.People, uint32(i)); waits && d.barred[i] == "" { //nolint:gosec // an index of People
			return false, fmt.Sprintf("is in group %s, and its team %s is not known in Writer", strings.Join(u.Groups, ", "), u.Name)
		}
	}
	return false, d.whyOut(i)
}
