package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

// link plans the first contact of a group and the team of that name.
func (m *mapper) link(g int, rule Rule, name string) {
	group, found := m.in.Groups[g], m.teamsBy[name]
	if len(found) != 1 {
		u := m.unlinked[name]
		if u == nil {
			u = &Unlinked{Name: name, Why: WhyTeamMissing}
			if len(found) > 1 {
				u.Why = WhyTeamAmbiguous
			}
			m.unlinked[name] = u
		}
		if !slices.Contains(u.Groups, group.Name) {
			u.Groups = append(u.Groups, group.Name)
			m.unlinkedG[name] = append(m.unlinkedG[name], g)
		}
		return
	}
	team := m.in.Teams[found[0]]
	op := linkOp(group, team, rule.String(), fmt.Sprintf("rule %q maps group %s", rule, group.Name))
	if old, ok := m.replaced(group.Ref, team.ID, rule); ok {
		m.held = append(m.held, Held{
			Why: WhyGroupRecreated, Exit: Approve, Ops: []Op{op},
			Text: fmt.Sprintf("group %s (%s) has the name of group %s, which fed team %s and is no longer stated; no membership of the team is removed meanwhile",
				group.Name, group.Ref, old, team.Name),
			WayOut: "If the new group takes the old one's place, approve this hold; if not, rename it.",
		})
		if !m.in.Approved[op.Hash()] {
			return
		}
		m.held = m.held[:len(m.held)-1]
	}
	m.links = append(m.links, op)
	m.root(team.ID, g, rule)
}

// replaced finds a group of the same source that fed the team by the same rule
// and is no longer stated: the new one may be another group of the same name.
func (m *mapper) replaced(group connectors.Ref, team RemoteID, rule Rule) (connectors.Ref, bool) {
	for _, f := range m.fed[team] {
		if _, stated := m.groupAt[f.Group]; !stated && f.Rule == rule.String() && f.Group.Source == group.Source {
			return f.Group, true
		}
	}
	return connectors.Ref{}, false
}

func linkOp(g Group, t Team, rule, why string) Op {
	return Op{
		Kind: LinkTeam, Group: g.Ref, Team: t.ID, TeamName: t.Name,
		Changes: []Change{{Attribute: connectors.DisplayName, New: t.Name}, {Attribute: "rule", New: rule}},
		Reason:  Reason{Basis: Shown, Cause: FirstMatch, Text: why},
	}
}
