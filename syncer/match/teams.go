package match

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

type teamMatcher struct {
	in        plan.Input
	byName    map[string][]int // groups, by their folded name
	feeding   map[plan.RemoteID][]int
	imported  map[plan.RemoteID][]int
	made      map[connectors.Ref]bool // groups that import made
	namesakes map[string]int          // teams, by their folded name
	taken     []bool                  // groups that are in a row
	rows      []TeamRow
}

// fold returns the form in which names that differ in case or surrounding space are
// the same.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func newTeamMatcher(in plan.Input) *teamMatcher {
	m := &teamMatcher{
		in: in, byName: map[string][]int{}, feeding: map[plan.RemoteID][]int{}, imported: map[plan.RemoteID][]int{},
		made: map[connectors.Ref]bool{}, namesakes: map[string]int{}, taken: make([]bool, len(in.Groups)),
	}
	at := map[connectors.Ref]int{}
	for i, g := range in.Groups {
		at[g.Ref] = i
		m.byName[fold(g.Name)] = append(m.byName[fold(g.Name)], i)
	}
	for _, f := range in.Feeds {
		if g, stated := at[f.Group]; stated {
			m.feeding[f.Team] = append(m.feeding[f.Team], g)
		}
	}
	for _, i := range in.Imported {
		if i.Kind != connectors.GroupObject {
			continue
		}
		m.made[i.Ref] = true
		if g, stated := at[i.Ref]; stated {
			m.imported[i.From] = append(m.imported[i.From], g)
		}
	}
	for _, t := range in.Teams {
		if !t.Gone {
			m.namesakes[fold(t.Name)]++
		}
	}
	return m
}

// teams returns a row for each team with the groups that fit it, and one for each
// group that fits none.
func teams(in plan.Input) []TeamRow {
	m := newTeamMatcher(in)
	var left []plan.Team
	for _, t := range in.Teams {
		if !t.Gone {
			left = append(left, t)
		}
	}
	// What is known for sure takes its groups first, then the exact name, then the
	// one that is nearly the same.
	for _, step := range []struct {
		kind Kind
		fits func(plan.Team) []int
	}{
		{Linked, func(t plan.Team) []int { return m.feeding[t.ID] }},
		{Imported, func(t plan.Team) []int { return m.imported[t.ID] }},
		{SameName, m.called},
		{Case, func(t plan.Team) []int { return m.free(t.Name, func(plan.Group) bool { return true }) }},
	} {
		left = m.match(left, step.kind, step.fits)
	}
	for _, t := range left {
		m.add(WriterOnly, t, nil)
	}
	for i, g := range in.Groups {
		if !m.taken[i] {
			m.rows = append(m.rows, TeamRow{Kind: GroupOnly, Groups: []Group{{g.Ref, g.Name}}, Note: m.orphan(g.Ref)})
		}
	}
	sortTeams(m.rows)
	return m.rows
}

// match gives a row to each team that groups fit, and returns the others. Teams of
// one name share their groups: nobody can say whose they are.
func (m *teamMatcher) match(teams []plan.Team, kind Kind, fits func(plan.Team) []int) []plan.Team {
	var left []plan.Team
	var taken []int
	for _, t := range teams {
		groups := fits(t)
		if len(groups) == 0 {
			left = append(left, t)
			continue
		}
		taken = append(taken, groups...)
		m.add(kind, t, groups)
	}
	for _, g := range taken {
		m.taken[g] = true
	}
	return left
}

func (m *teamMatcher) called(t plan.Team) []int {
	return m.free(t.Name, func(g plan.Group) bool { return g.Name == t.Name })
}

// free returns the groups that are called so, but for case and space, and are in no
// row yet.
func (m *teamMatcher) free(name string, fits func(plan.Group) bool) []int {
	var out []int
	for _, i := range m.byName[fold(name)] {
		if !m.taken[i] && fits(m.in.Groups[i]) {
			out = append(out, i)
		}
	}
	return out
}

func (m *teamMatcher) add(kind Kind, t plan.Team, groups []int) {
	r := TeamRow{Kind: kind, Team: t.ID, Name: t.Name, Members: m.in.MembersOf(t), Read: t.Read, Note: m.note(kind, t)}
	for _, g := range groups {
		r.Groups = append(r.Groups, Group{m.in.Groups[g].Ref, m.in.Groups[g].Name})
	}
	m.rows = append(m.rows, r)
}

func (m *teamMatcher) note(kind Kind, t plan.Team) string {
	if kind == Imported {
		return "its memberships are shown, and not managed"
	}
	if n := m.namesakes[fold(t.Name)]; n > 1 && kind != Linked {
		return fmt.Sprintf("%d teams have the name", n)
	}
	if rule := m.mapping(t.Name); kind == WriterOnly && rule != "" {
		return fmt.Sprintf("rule %q would map a group of that name; it must not, once import made one", rule)
	}
	return ""
}

// mapping returns the first rule that maps groups of a name, whatever their source.
func (m *teamMatcher) mapping(name string) string {
	at := slices.IndexFunc(m.in.Policy.Rules, func(r plan.Rule) bool {
		if r.ID != "" {
			return false // of a group that is there already
		}
		_, maps := r.Match(connectors.Ref{Source: r.Source}, name)
		return maps
	})
	if at < 0 {
		return ""
	}
	return m.in.Policy.Rules[at].String()
}

// orphan says of a group that import made that its team is not there any more.
func (m *teamMatcher) orphan(group connectors.Ref) string {
	if m.made[group] {
		return "import made it of a team that is not in Writer any more"
	}
	return ""
}
