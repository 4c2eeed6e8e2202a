package plan

import (
	"fmt"

	"writersync/connectors"
)

// An Imported is a person or a group of a source that import made: it says what
// Writer had then, and not what the company wants.
type Imported struct {
	Kind connectors.ObjectKind
	Ref  connectors.Ref // without an ID as long as it is not known whether it was made
	From RemoteID       // the account or the team that it was made of
	Name string         // of a group, as it was made
}

// IsGroup reports whether it is the group with that ID and name, or may be.
func (i Imported) IsGroup(group connectors.Ref, name string) bool {
	if i.Kind != connectors.GroupObject || i.Ref.Source != group.Source {
		return false
	}
	return i.Ref.ID == group.ID || (i.Ref.ID == "" && i.Name == name)
}

// importedGroups are the groups that import made, by ID; and by source and name, those
// of which it is not known whether they were made.
type importedGroups struct {
	made map[connectors.Ref]bool
	open map[[2]string]bool
}

func (i Input) importedGroups() importedGroups {
	out := importedGroups{made: map[connectors.Ref]bool{}, open: map[[2]string]bool{}}
	for _, x := range i.Imported {
		switch {
		case x.Kind != connectors.GroupObject:
		case x.Ref.ID == "":
			out.open[[2]string{x.Ref.Source, x.Name}] = true
		default:
			out.made[x.Ref] = true
		}
	}
	return out
}

func (i importedGroups) has(g Group) bool {
	return i.made[g.Ref] || i.open[[2]string{g.Ref.Source, g.Name}]
}

// holdImported holds what a rule would make of a group that import made of a team.
// Fed by it, the team would be what it once was: whoever joined it in Writer since
// then would be removed.
func (m *mapper) holdImported(g Group) {
	for _, rule := range m.in.Policy.Rules {
		name, maps := rule.Match(g.Ref, g.Name)
		if !maps {
			continue
		}
		op := Op{Kind: LinkTeam, Group: g.Ref, TeamName: name, Reason: Reason{Basis: Shown, Cause: FirstMatch, Text: fmt.Sprintf("rule %q maps group %s", rule, g.Name)}}
		if found := m.teamsBy[name]; len(found) == 1 {
			op.Team = m.in.Teams[found[0]].ID
		}
		m.held = append(m.held, Held{
			Why: WhyGroupImported, Exit: Fix, Ops: []Op{op},
			Text:   fmt.Sprintf("rule %q maps group %s (%s), which import made of a team in Writer", rule, g.Name, g.Ref),
			WayOut: "Narrow the rule; to manage the team from the directory, map a group of the directory's own.",
		})
	}
}
