package state_test

import (
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A list is what a state should hold of the members of a group.
type list struct {
	named map[string]bool   // users whom the list names
	loose map[string]string // references that name no user, and whom they named before
	kept  map[string]bool   // who left while references came that name no user
	came  map[string]bool   // those references
	stale map[string]string // as loose, of a list that is empty now
}

// people returns who is in the group.
func (l list) people() map[string]bool {
	out := maps.Clone(l.named)
	if out == nil {
		out = map[string]bool{}
	}
	for id := range l.held() {
		out[id] = true
	}
	return out
}

// held returns who is in it by a reference that names no user.
func (l list) held() map[string]bool {
	out := map[string]bool{}
	for _, references := range []map[string]string{l.loose, l.stale} {
		for _, id := range references {
			if id != "" {
				out[id] = true
			}
		}
	}
	if len(l.came) > 0 || l.empty() {
		maps.Copy(out, l.kept)
	}
	return out
}

// empty reports whether the list has no reference.
func (l list) empty() bool { return len(l.named)+len(l.loose) == 0 }

// resolve returns the user of a reference: the one of that ID, or the only one of that
// name.
func (m *model) resolve(ref string) string {
	if _, listed := m.stated[ref]; listed {
		return ref
	}
	return onlyOne(m.stated, ref)
}

func onlyOne(users map[string]connectors.User, name string) string {
	found := ""
	for id, u := range users {
		if !slices.Contains(u.Names, name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = id
	}
	return found
}

// list takes in a group as it is listed now; had finds users by names that they had.
func (m *model) list(g connectors.Group, had func(name string) string) {
	before, known := m.groups[g.ID]
	if !known {
		before, known = m.last[g.ID]
	}
	delete(m.last, g.ID)
	was := before.people()
	now := list{named: map[string]bool{}, loose: map[string]string{}, kept: map[string]bool{}, came: map[string]bool{}}
	var fresh []string
	for _, ref := range g.Members {
		if id := m.resolve(ref); id != "" {
			now.named[id] = true
			continue
		}
		user, there := before.loose[ref]
		if !there {
			user, there = before.stale[ref]
		}
		if there {
			now.loose[ref] = user
			if before.came[ref] {
				now.came[ref] = true
			}
			continue
		}
		user = ref
		if !was[user] {
			user = had(ref)
		}
		if !was[user] {
			user = ""
		}
		if now.loose[ref] = user; known && user == "" {
			fresh = append(fresh, ref)
		}
	}
	if len(now.came) > 0 {
		now.kept = except(before.kept, now.named)
	}
	left := except(except(was, now.named), now.held())
	if len(fresh) > 0 && len(left) > 0 {
		maps.Copy(now.kept, left)
		for _, ref := range fresh {
			now.came[ref] = true
		}
	}
	if len(now.kept) == 0 {
		now.came = map[string]bool{}
	}
	if now.empty() {
		now.kept, now.stale = was, maps.Clone(before.loose)
		if before.empty() {
			now.stale = before.stale
		}
	}
	m.groups[g.ID] = now
}

func except(a, b map[string]bool) map[string]bool {
	out := map[string]bool{}
	for id := range a {
		if !b[id] {
			out[id] = true
		}
	}
	return out
}

// readGroups takes in a full read's groups.
func (m *model) readGroups(groups []connectors.Group, old map[string]connectors.User) {
	for _, g := range groups {
		m.list(g, func(name string) string { return onlyOne(old, name) })
	}
	for id := range m.groups {
		if !slices.ContainsFunc(groups, func(g connectors.Group) bool { return g.ID == id }) {
			m.loseGroup(id)
		}
	}
}

// loseGroup takes out a group that is not listed, and keeps its list if it feeds a team.
func (m *model) loseGroup(id string) {
	if l, listed := m.groups[id]; listed && m.feedsTeam(id) {
		m.last[id] = l
	}
	delete(m.groups, id)
}

func (m *model) feedsTeam(id string) bool {
	for f := range m.feeds {
		if f.Group.ID == id {
			return true
		}
	}
	return false
}

// followGroups takes in the groups of a delta read; the groups that are not listed get the
// users whom their references name now.
func (m *model) followGroups(groups []connectors.Group, had map[string]string) {
	for _, g := range groups {
		m.list(g, func(name string) string { return had[name] })
	}
	for id, l := range m.groups {
		if slices.ContainsFunc(groups, func(g connectors.Group) bool { return g.ID == id }) {
			continue
		}
		l.named, l.loose, l.came = maps.Clone(l.named), maps.Clone(l.loose), maps.Clone(l.came)
		for ref := range l.loose {
			if user := m.resolve(ref); user != "" {
				l.named[user] = true
				delete(l.loose, ref)
				delete(l.came, ref)
			}
		}
		if l.kept = except(l.kept, l.named); len(l.came) == 0 && !l.empty() {
			l.kept = nil
		}
		if len(l.kept) == 0 {
			l.came = nil
		}
		m.groups[id] = l
	}
}

// group is what Load should give.
func (m *model) group(g plan.Group, l list, indexes func(func(id string) bool) []uint32) plan.Group {
	people, held := l.people(), except(l.held(), l.named)
	g.Members = indexes(func(id string) bool { _, listed := m.stated[id]; return people[id] && (listed || !l.empty()) })
	g.Dangling = indexes(func(id string) bool { _, listed := m.stated[id]; return held[id] && listed })
	g.Unresolved, g.Emptied = len(l.loose), l.empty() && len(l.kept)+len(l.stale) > 0
	return g
}
