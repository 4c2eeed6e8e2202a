package plan

import (
	"fmt"
	"slices"
)

// UnresolvedMembers is the code of the warning about Group.Dangling, Group.Unseen and Group.Replaced.
const UnresolvedMembers = "unresolved-members"

// mostDangling is how many groups are named by a warning of their own: a unit that gets
// another name may be in thousands of lists.
const mostDangling = 10

// dangling warns of the groups in use whose lists do not name some of their members any
// more. They stay members until the list names them again, or drops what names nothing.
func dangling(in Input, m Mapping) []Warning {
	var used []int
	for _, w := range m.Teams {
		used = append(used, w.groups...)
	}
	for _, u := range m.Unlinked {
		used = append(used, u.groups...)
	}
	used = append(used, (&mapper{in: in, imported: in.importedGroups()}).closure(m.excluding)...)
	slices.Sort(used)
	used = slices.DeleteFunc(slices.Compact(used), func(g int) bool {
		return in.Groups[g].Emptied || (!in.Groups[g].hides() && !in.Groups[g].Replaced)
	})
	var out []Warning
	for _, g := range used[:min(len(used), mostDangling)] {
		out = append(out, Warning{Code: UnresolvedMembers, Text: in.Groups[g].DanglingText()})
	}
	if more := len(used) - mostDangling; more > 0 {
		out = append(out, Warning{
			Code: UnresolvedMembers, Text: fmt.Sprintf("%d more groups list references in the place of members who are listed, and these stay members", more),
		})
	}
	return out
}

// DanglingText says how many of a group's members are dangling, and what to do.
func (g Group) DanglingText() string {
	switch {
	case g.NestedUnstated && len(g.Dangling) == 0:
		return fmt.Sprintf("group %s (%s): the source does not state any more which groups are nested in it; those that it stated stay nested, and users who join those gain and lose nothing by it; let the source state them again", g.Name, g.Ref)
	case len(g.Dangling) == 0:
		return fmt.Sprintf("group %s (%s): its list does not name a nested group any more, while it has %d references that name no user or group; it stays nested, and users who join it gain and lose nothing by it; correct the list in the directory: it may name the group by an old name or ID",
			g.Name, g.Ref, g.Unresolved)
	}
	return fmt.Sprintf("group %s (%s): members that its list does not name any more, while it has %d references that name no user: %d; they stay members; correct the list in the directory: it may name them by an old name or ID",
		g.Name, g.Ref, g.Unresolved, len(g.Dangling))
}
