package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"writersync/connectors"
)

// desired is what the directories and the configuration make of the persons: who is in scope,
// or kept out by what, and who is wanted in which team. It is the second step of a plan. Of the
// ledger it takes who has an account, and which teams are linked.
type desired struct {
	in      Input // of persons
	mapping Mapping

	wanted   []bool                         // by person: in a team that is linked
	named    []bool                         // by person: those of wanted that a list names now
	teamless []bool                         // by person: in a mapped group whose team is not linked
	clouded  []bool                         // by person: in a team of which a group is gone
	stale    []bool                         // by person: in a team, or kept out by a group, of a source of notFull
	notFull  []string                       // sources of such groups that this run did not read in full, sorted
	excluded map[int]string                 // by person: which group says that they are not provisioned
	barred   map[int]string                 // by person: what says so
	unstated map[int][]connectors.Attribute // by person who is barred: what was looked at, and is not stated
	unclear  map[int]string                 // by person: why an expression has no result
	unjudged map[int]bool                   // by person: it is not known whether an expression leaves them out
	keptOut  map[int][]fact                 // by person: what keeps them out and is not visible
	within   map[int][]uint32               // by group whose list hides some: who is in it by that
}

// want makes the second step: persons and the configuration become what is desired.
func want(of persons) *desired {
	n := len(of.in.People)
	d := &desired{
		in: of.in, mapping: Map(of.in),
		wanted: make([]bool, n), named: make([]bool, n), teamless: make([]bool, n), clouded: make([]bool, n), stale: make([]bool, n),
	}
	d.takeMarks()
	d.takeVanished()
	d.takeExcluded()
	d.indexTeams()
	d.judge()
	return d
}

func (d *desired) source(name string) (Source, bool) {
	j, ok := slices.BinarySearchFunc(d.in.Sources, name, func(s Source, n string) int { return strings.Compare(s.Name, n) })
	if !ok {
		return Source{}, false
	}
	return d.in.Sources[j], true
}

// parts returns what each source lists of the person.
func (d *desired) parts(i int) []Part {
	return d.in.People[i].parts()
}

func (d *desired) indexTeams() {
	for _, u := range d.mapping.Unlinked {
		mark(d.teamless, u.People)
	}
	for _, w := range d.mapping.Teams {
		mark(d.named, w.Named)
		mark(d.wanted, w.Named)
		for _, i := range w.People {
			d.wanted[i] = d.wanted[i] || d.in.People[i].Standing == Live
		}
		team := d.in.Teams[w.Team]
		if len(w.Missing) > 0 {
			mark(d.clouded, team.Had)
		}
		if len(w.Unread) > 0 {
			mark(d.stale, team.Had)
			d.notFull = union(d.notFull, w.Unread...)
		}
	}
}

func mark(set []bool, people []uint32) {
	for _, i := range people {
		set[i] = true
	}
}

func (d *desired) inScope(i int) bool {
	return (d.in.Policy.Everyone || d.wanted[i]) && d.barred[i] == ""
}

// mapped reports whether the person is in scope, or would be if a team were linked.
func (d *desired) mapped(i int) bool {
	return d.inScope(i) || (d.teamless[i] && d.barred[i] == "")
}

// leftScope reports whether this run saw that no mapped group has person i.
func (d *desired) leftScope(i int) bool {
	return !d.clouded[i] && !d.stale[i] && len(d.unread(i)) == 0
}

// whyOut says why the person is not in scope.
func (d *desired) whyOut(i int) string {
	if why := d.barred[i]; why != "" {
		return why
	}
	return cmp.Or(d.byHidden(i), "is in no mapped group")
}

// byHidden names a group by which alone the person is in a mapped one, and whose list does not
// show that now; "" if there is none.
func (d *desired) byHidden(i int) string {
	for _, w := range d.mapping.Teams {
		person := uint32(i) //nolint:gosec // an index of People
		if _, member := slices.BinarySearch(w.People, person); !member {
			continue
		}
		if emptied, others := d.hidden(w, person); len(emptied)+len(others) > 0 {
			g := slices.Concat(emptied, others)[0]
			return fmt.Sprintf("is in a mapped group only by the list of group %s, which does not show that now", d.in.Groups[g].Name)
		}
	}
	return ""
}

// whyInScope names a group that brings the person into scope.
func (d *desired) whyInScope(i int) string {
	for _, w := range d.mapping.Teams {
		if name := d.groupOf(w, i); name != "" {
			return fmt.Sprintf("is in group %s", name)
		}
	}
	if why := d.byHidden(i); why != "" && !d.in.Policy.Everyone {
		return why
	}
	return "is in the directory, and everyone is in scope"
}

// groupOf returns the name of a group whose list names the person, and by which the person is
// wanted in the team, or "".
func (d *desired) groupOf(w Wanted, i int) string {
	person := uint32(i) //nolint:gosec // an index of People
	for _, g := range w.naming {
		group := d.in.Groups[g]
		_, member := slices.BinarySearch(group.Members, person)
		_, dangling := slices.BinarySearch(group.Dangling, person)
		if member && !dangling && !group.Emptied {
			return group.Name
		}
	}
	return ""
}

// wantedIn returns who is wanted in a team; ok is false if no group feeds it.
func (d *desired) wantedIn(team int) (w Wanted, ok bool) {
	i, ok := slices.BinarySearchFunc(d.mapping.Teams, team, func(w Wanted, t int) int { return w.Team - t })
	if !ok {
		return Wanted{}, false
	}
	return d.mapping.Teams[i], true
}

// judge asks the profile about each person whose record was loaded. All others are settled: it
// was asked before, about the same record.
func (d *desired) judge() {
	d.excluded, d.unclear, d.unstated, d.unjudged = map[int]string{}, map[int]string{}, map[int][]connectors.Attribute{}, map[int]bool{}
	for _, g := range d.mapping.excluding {
		for _, i := range d.mapping.excluded[g] {
			if _, named := slices.BinarySearch(d.mapping.named[g], i); !named && !d.in.People[i].mayBeKeptOut() {
				continue // an account does not end for what is not visible
			}
			d.excluded[int(i)] = fmt.Sprintf("is in group %s, which people.exclude_groups names", d.in.Groups[g].Name)
		}
		if source := d.in.Groups[g].Ref.Source; !d.in.full(source) {
			mark(d.stale, d.mapping.excluded[g])
			d.notFull = union(d.notFull, source)
		}
	}
	d.barred = maps.Clone(d.excluded)
	for i, p := range d.in.People {
		if p.active() {
			d.judgePerson(i, p)
		}
	}
}

// judgePerson asks the profile about one person.
func (d *desired) judgePerson(i int, p Person) {
	against, looked, err := d.profile().Wants(p.Ref.Source, *p.User)
	if err == nil {
		_, err = d.profile().Sends(p.Ref.Source, *p.User)
	} else {
		d.unjudged[i] = true
	}
	switch {
	case err != nil:
		d.unclear[i] = err.Error()
	case against != "":
		d.barred[i], d.unstated[i] = "is left out by "+against, d.unseenOf(p, looked)
	}
}

func (d *desired) profile() Profile {
	if d.in.Policy.Profile == nil {
		return everything{}
	}
	return d.in.Policy.Profile
}

// unseenOf returns which of the attributes no source lists of a person, or only a source that
// counts less than one that lists them of any user, now or in the past. An empty value shows
// nothing.
func (d *desired) unseenOf(p Person, looked []connectors.Attribute) []connectors.Attribute {
	return slices.DeleteFunc(slices.Clone(looked), func(a connectors.Attribute) bool {
		for _, part := range p.Parts {
			switch {
			case part.User == nil:
			case part.User.Shows(a):
				return true
			case d.everStates(part.Ref.Source, a):
				return false
			}
		}
		return len(p.Parts) == 0 && p.User.Shows(a)
	})
}

// everStates reports whether a source ever listed the attribute of any user.
func (d *desired) everStates(source string, a connectors.Attribute) bool {
	s, _ := d.source(source)
	return s.States[a]
}

// missing reports whether a source that listed the person does so no longer.
func (d *desired) missing(i int) bool {
	return slices.ContainsFunc(d.parts(i), func(p Part) bool { return p.Gone })
}

// decrees reports whether the authority lists the person as disabled: its word needs no other.
func (d *desired) decrees(i int) bool {
	for _, part := range d.parts(i) {
		disabled := part.User != nil && part.User.Status == connectors.StatusDisabled
		if disabled && part.Ref.Source == d.in.Policy.Join.Authority {
			return true
		}
	}
	return false
}
