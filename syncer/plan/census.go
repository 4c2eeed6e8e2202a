package plan

import (
	"slices"
	"strings"

	"writersync/connectors"
)

// Assume returns in with joined people as one, and as if every team that a rule names
// for one of the groups existed in Writer. Whether it does is not a matter of the
// rules. A name that several teams have stays open.
func Assume(in Input) Input {
	in = AsOne(in)
	teams := slices.Clone(in.Teams)
	for _, u := range Map(in).Unlinked {
		teams = append(teams, Team{ID: RemoteID("assumed " + u.Name), Name: u.Name})
	}
	slices.SortFunc(teams, func(a, b Team) int { return strings.Compare(string(a.ID), string(b.ID)) })
	in.Teams = teams
	return in
}

// A Census tells what a policy makes of a directory: who gets an account, and who is
// in which team.
type Census struct{ d *differ }

// TakeCensus counts everybody in what Assume returned. The records of all people must
// be loaded.
func TakeCensus(in Input) Census {
	people := identify(in)
	return Census{newDiffer(people, want(people))}
}

// Provisioned reports whether person i is to have an account, and why, or why not, in
// a clause: "is in group engineering".
func (c Census) Provisioned(i int) (provisioned bool, why string) {
	p := c.d.in.People[i]
	switch {
	case p.User == nil:
		return false, "is not in the directory"
	case len(c.d.keptOut[i]) > 0:
		return false, c.d.whyKept(i)
	case p.User.Status == connectors.StatusDisabled:
		return false, "is disabled in " + disabledIn(p)
	case p.User.Fault != "":
		return false, "has a record that cannot be used: " + p.User.Fault
	case p.User.Status == connectors.StatusUnknown:
		return false, "has a status that says neither active nor disabled"
	case c.d.unclear[i] != "":
		return false, "cannot be judged: " + c.d.unclear[i]
	case !c.d.inScope(i):
		return false, c.d.whyOut(i)
	case p.Standing == Live:
		return true, c.d.whyInScope(i)
	case stated(p) == "":
		return false, whyUnmailed(*p.User) + ", and Writer knows people by it"
	}
	if _, verdict := c.d.claim(i); verdict.why == WhyDuplicateEmail || c.d.doubted[p.Ref] {
		return false, "is held: " + verdict.text
	}
	return true, c.d.whyInScope(i)
}

// disabledIn names the sources that say so.
func disabledIn(p Person) string {
	var names []string
	for _, part := range p.Parts {
		if part.User != nil && part.User.Status == connectors.StatusDisabled {
			names = append(names, part.Ref.Source)
		}
	}
	if len(names) == 0 {
		return p.Ref.Source
	}
	return strings.Join(names, " and ")
}

// A Roster is who is to be in one team.
type Roster struct {
	Team   string   // name
	People []uint32 // indexes into Input.People, ascending
	Barred []uint32 // those whom a group leads there, and who are not provisioned
}

// Rosters returns the teams that a group feeds, sorted by name.
func (c Census) Rosters() []Roster {
	var out []Roster
	for _, w := range c.d.mapping.Teams {
		r := Roster{Team: c.d.in.Teams[w.Team].Name}
		for _, i := range w.People {
			if provisioned, _ := c.Provisioned(int(i)); provisioned {
				r.People = append(r.People, i)
			} else {
				r.Barred = append(r.Barred, i)
			}
		}
		if len(w.groups) > 0 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Roster) int { return strings.Compare(a.Team, b.Team) })
	return out
}

// Of returns the names of the groups that have the name, or match the pattern, and
// everybody in them, through nested groups too.
func (c Census) Of(pattern string) (groups []string, people []uint32) {
	m := mapper{in: c.d.in}
	var roots []int
	for g, group := range m.in.Groups {
		if Matches(pattern, group.Name) {
			groups, roots = append(groups, group.Name), append(roots, g)
		}
	}
	within := m.closure(roots)
	return groups, m.members(within)
}

// Within returns everybody in those groups, through nested ones too, as ascending
// indexes into Input.People. Groups that are not there have nobody.
func Within(in Input, groups []connectors.Ref) []uint32 {
	if len(groups) == 0 {
		return nil
	}
	m := mapper{in: in}
	m.index()
	var roots []int
	for _, ref := range groups {
		if g, ok := m.groupAt[ref]; ok {
			roots = append(roots, g)
		}
	}
	within := m.closure(roots)
	return m.members(within)
}
