package plan

import (
	"fmt"
	"slices"
	"strings"

	"writersync/connectors"
)

// A Mapping says who is wanted in which team, by the rules and the ledger.
type Mapping struct {
	Teams []Wanted // teams that exist and are fed by a group, in the order of Input.Teams
	// Unlinked are the teams that rules name and that cannot be linked, sorted by
	// name.
	Unlinked []Unlinked
	links    []Op   // LinkTeam
	held     []Held // links that must wait
	// excluding are the groups that Policy.ExcludeGroups names, ascending, and
	// excluded their members, nested ones included.
	excluding []int
	excluded  map[int][]uint32
	named     map[int][]uint32 // by excluding group: those of excluded who are in it by lists as they are now
	doubtful  map[int][]uint32 // by excluding group: members by lists that are empty now
}

// Wanted is who is wanted in one team.
type Wanted struct {
	Team   int      // index into Input.Teams
	People []uint32 // indexes into Input.People, ascending
	// Named are those of People that a list names now. The others keep what they have, and
	// are given nothing.
	Named []uint32
	// Missing are the groups that feed the team by the ledger but are in no
	// reading. A removal from the team rests on their absence.
	Missing []connectors.Ref
	// Unmapped are the groups that feed the team by the ledger and no longer do by
	// the rules.
	Unmapped []connectors.Ref
	// Unread are the sources, sorted, that feed the team and that this run did not read in
	// full: a removal from the team waits for that, but for one that a delta read shows.
	Unread []string
	// Exclusive says that a rule claims the team: whom Writer has in it and no
	// group asserts is removed, whoever put them there.
	Exclusive bool
	groups    []int // indexes of the groups that feed it, nested ones included
	naming    []int // those of groups that lists lead to as they are now
	flat      []int // those of groups that feed it without those nested in them
}

// Unlinked is a team that a rule names and that cannot be linked.
type Unlinked struct {
	Name   string
	Why    Why // WhyTeamMissing or WhyTeamAmbiguous
	Groups []string
	People []uint32 // who would be in it
	groups []int    // as Wanted.groups
}

// Map applies the rules to the groups. Diff uses it in want, and a caller
// learns by it which records Diff will look at.
func Map(in Input) Mapping {
	m := mapper{in: in, teams: map[RemoteID]*feeding{}, unlinked: map[string]*Unlinked{}}
	m.index()
	for g := range in.Groups {
		m.group(g)
	}
	for id := range m.fed {
		m.team(id) // a team whose groups have all gone is fed by nothing, and still judged
	}
	return m.mapping()
}

// feeding is what is known of a team's groups while mapping.
type feeding struct {
	team      int
	roots     []int // groups that feed it by a rule
	flat      []int // groups that feed it without those nested in them
	exclusive bool
}

type mapper struct {
	in        Input
	groupAt   map[connectors.Ref]int
	teamAt    map[RemoteID]int
	teamsBy   map[string][]int // by name, those not gone
	feedsOf   map[connectors.Ref][]Feed
	fed       map[RemoteID][]Feed
	teams     map[RemoteID]*feeding
	unlinked  map[string]*Unlinked
	links     []Op
	held      []Held
	unlinkedG map[string][]int
	imported  importedGroups
}

func (m *mapper) index() {
	m.groupAt = make(map[connectors.Ref]int, len(m.in.Groups))
	for i, g := range m.in.Groups {
		m.groupAt[g.Ref] = i
	}
	m.teamAt, m.teamsBy = make(map[RemoteID]int, len(m.in.Teams)), map[string][]int{}
	for i, t := range m.in.Teams {
		m.teamAt[t.ID] = i
		if !t.Gone {
			m.teamsBy[t.Name] = append(m.teamsBy[t.Name], i)
		}
	}
	m.imported = m.in.importedGroups()
	m.feedsOf, m.fed, m.unlinkedG = map[connectors.Ref][]Feed{}, map[RemoteID][]Feed{}, map[string][]int{}
	for _, f := range m.in.Feeds {
		m.feedsOf[f.Group] = append(m.feedsOf[f.Group], f)
		m.fed[f.Team] = append(m.fed[f.Team], f)
	}
}

// group finds the teams that group g feeds by a rule. What the ledger remembers
// comes first, so that a renamed group stays where it is.
func (m *mapper) group(g int) {
	group := m.in.Groups[g]
	if m.imported.has(group) {
		m.holdImported(group)
		return
	}
	for _, rule := range m.in.Policy.Rules {
		if team, ok := m.remembered(group.Ref, rule); ok {
			m.root(team, g, rule)
			continue
		}
		if name, ok := rule.Match(group.Ref, group.Name); ok {
			m.link(g, rule, name)
		}
	}
}

func (m *mapper) remembered(group connectors.Ref, rule Rule) (RemoteID, bool) {
	for _, f := range m.feedsOf[group] {
		if f.Rule == rule.String() {
			return f.Team, true
		}
	}
	return "", false
}

func (m *mapper) team(id RemoteID) *feeding {
	f := m.teams[id]
	if f == nil {
		at, ok := m.teamAt[id]
		if !ok {
			return nil // the ledger feeds a team it does not know; nothing can be done to it
		}
		f = &feeding{team: at}
		m.teams[id] = f
	}
	return f
}

func (m *mapper) root(team RemoteID, g int, rule Rule) {
	f := m.team(team)
	if f == nil {
		return
	}
	f.exclusive = f.exclusive || rule.Exclusive
	if rule.Direct {
		f.flat = append(f.flat, g)
		return
	}
	f.roots = append(f.roots, g)
}

// exclude finds the groups whose members are not provisioned.
func (m *mapper) exclude(out *Mapping) {
	for g, group := range m.in.Groups {
		for _, pattern := range m.in.Policy.ExcludeGroups {
			if !Matches(pattern, group.Name) {
				continue
			}
			if out.excluded == nil {
				out.excluded, out.named, out.doubtful = map[int][]uint32{}, map[int][]uint32{}, map[int][]uint32{}
			}
			emptied := func(n int) bool { return m.in.Groups[n].Emptied }
			listed := slices.DeleteFunc(m.reach([]int{g}, m.kept), emptied)
			within := m.closure([]int{g})
			out.excluded[g] = m.members(listed)
			if out.named[g] = out.excluded[g]; slices.ContainsFunc(within, func(n int) bool { return len(m.in.Groups[n].Unseen) > 0 }) {
				out.named[g] = m.members(slices.DeleteFunc(m.reach([]int{g}, m.shown), emptied))
			}
			out.doubtful[g] = slices.DeleteFunc(m.members(within), func(i uint32) bool {
				_, certain := slices.BinarySearch(out.excluded[g], i)
				return certain
			})
			out.excluding = append(out.excluding, g)
			break
		}
	}
}

func (m *mapper) mapping() Mapping {
	out := Mapping{held: m.held}
	for _, f := range m.teams {
		out.Teams = append(out.Teams, m.wanted(f))
	}
	slices.SortFunc(out.Teams, func(a, b Wanted) int { return a.Team - b.Team })
	for name, u := range m.unlinked {
		slices.Sort(u.Groups)
		u.groups = m.closure(m.unlinkedG[name])
		u.People = m.members(u.groups)
		out.Unlinked = append(out.Unlinked, *u)
	}
	slices.SortFunc(out.Unlinked, func(a, b Unlinked) int { return strings.Compare(a.Name, b.Name) })
	out.links = m.links
	m.exclude(&out)
	return out
}

// wanted unites the members of the groups that feed a team, and compares those
// groups with the feeds that the ledger remembers.
func (m *mapper) wanted(f *feeding) Wanted {
	team := m.in.Teams[f.team]
	within := m.closure(f.roots)
	w := Wanted{Team: f.team, Exclusive: f.exclusive, groups: united(within, f.flat)}
	w.flat = slices.DeleteFunc(slices.Clone(f.flat), func(g int) bool { return slices.Contains(within, g) })
	w.People = m.members(w.groups)
	w.naming, w.Named = w.groups, w.People
	if slices.ContainsFunc(w.groups, func(g int) bool { return m.in.Groups[g].hides() }) {
		w.naming = united(m.reach(f.roots, m.shown), f.flat)
		w.Named = m.named(w.naming)
	}
	feeds := map[connectors.Ref]bool{}
	for _, feed := range m.fed[team.ID] {
		feeds[feed.Group] = true
		g, stated := m.groupAt[feed.Group]
		switch {
		case !stated:
			w.Missing = append(w.Missing, feed.Group)
		case !slices.Contains(w.groups, g):
			w.Unmapped = append(w.Unmapped, feed.Group)
		}
	}
	for _, g := range w.groups {
		group := m.in.Groups[g]
		m.fedBy(&w, group.Ref.Source)
		if !slices.Contains(f.roots, g) && !slices.Contains(f.flat, g) && !feeds[group.Ref] {
			m.links = append(m.links, linkOp(group, team, "", fmt.Sprintf("group %s is nested in a group that feeds it", group.Name)))
		}
	}
	for _, ref := range w.Missing {
		m.fedBy(&w, ref.Source)
	}
	return w
}

// fedBy notes that a source feeds the team, if this run did not read it in full.
func (m *mapper) fedBy(w *Wanted, source string) {
	if !m.in.full(source) {
		w.Unread = union(w.Unread, source)
	}
}

// closure returns the groups reachable from roots through nesting, ascending.
// Cycles end where they began, and a group that import made is not entered.
func (m *mapper) closure(roots []int) []int {
	return m.reach(roots, func(g int) []uint32 { return m.in.Groups[g].Nested })
}

// reach is closure where next says which groups are nested in one.
func (m *mapper) reach(roots []int, next func(g int) []uint32) []int {
	seen := make(map[int]bool, len(roots))
	queue := slices.Clone(roots)
	for len(queue) > 0 {
		g := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[g] {
			continue
		}
		seen[g] = true
		for _, n := range next(g) {
			if !m.imported.has(m.in.Groups[n]) {
				queue = append(queue, int(n))
			}
		}
	}
	out := make([]int, 0, len(seen))
	for g := range seen {
		out = append(out, g)
	}
	slices.Sort(out)
	return out
}

// united returns the groups of both, ascending.
func united(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// named returns the people that the lists of groups name now.
func (m *mapper) named(groups []int) []uint32 {
	var out []uint32
	for _, g := range groups {
		dangling := m.in.Groups[g].Dangling
		for _, i := range m.in.Groups[g].Members {
			if _, not := slices.BinarySearch(dangling, i); !not {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// kept returns the groups nested in a group whose list is not empty, those too that it does not
// name now.
func (m *mapper) kept(g int) []uint32 {
	if m.in.Groups[g].Emptied {
		return nil
	}
	return m.in.Groups[g].Nested
}

// shown returns the groups nested in a group that its list names now.
func (m *mapper) shown(g int) []uint32 {
	group := m.in.Groups[g]
	switch {
	case group.Emptied:
		return nil
	case len(group.Unseen) == 0:
		return group.Nested
	}
	return slices.DeleteFunc(slices.Clone(group.Nested), func(n uint32) bool {
		_, unseen := slices.BinarySearch(group.Unseen, n)
		return unseen
	})
}

// hides reports whether the list of a group does not name now what is in the group.
func (g Group) hides() bool { return g.Emptied || len(g.Dangling) > 0 || len(g.Unseen) > 0 }

func (m *mapper) members(groups []int) []uint32 {
	var out []uint32
	for _, g := range groups {
		out = append(out, m.in.Groups[g].Members...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
