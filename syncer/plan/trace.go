package plan

import (
	"fmt"
	"slices"
	"strings"
)

// A Path is one way by which a person comes into a team: a rule, and the groups from
// the one that the rule names to the one that lists the person.
type Path struct {
	Rule   string
	Groups []string // names
	Team   string   // name
	Linked bool     // the team exists in Writer, as far as the ledger knows
}

// Trace returns every rule that leads person i of what AsOne returned into a team, in
// the order of rules and groups, each by its shortest way through nesting.
func Trace(in Input, i int) []Path {
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

// ScopeOf says whether person i of what AsOne returned, whose record was loaded, is in
// scope, and why, in a clause: "is in group engineering".
func ScopeOf(in Input, i int) (inScope bool, why string) {
	d := want(identify(in))
	switch {
	case len(d.keptOut[i]) > 0:
		return false, d.whyKept(i)
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

// Feeds reports whether group g feeds a team, or would if the team existed.
func (m Mapping) Feeds(g int) bool {
	return slices.ContainsFunc(m.Teams, func(w Wanted) bool { return slices.Contains(w.groups, g) }) ||
		slices.ContainsFunc(m.Unlinked, func(u Unlinked) bool { return slices.Contains(u.groups, g) })
}

// Excludes reports whether those in group g are not provisioned for that.
func (m Mapping) Excludes(g int) bool { return slices.Contains(m.excluding, g) }
