package plan

import (
	"cmp"
	"slices"
	"time"

	"writersync/connectors"
)

// An Excluded is a group that Policy.ExcludeGroups names, or named before the group got
// another name or went away; or one that is nested in such a group, or was when it was last
// listed. It is known by its ID from the first time on.
type Excluded struct {
	Group  connectors.Ref
	Name   string // under which it was named
	Within string // the name of the group that it is nested in, "" if it is named itself
	// Since is when it was first not listed, or not under a name that is configured, or not named
	// by a list that names what is not known in its place; zero: it is.
	Since time.Time
	// Members are those who were in it when it was last listed so, nested ones included:
	// indexes into Input.People, ascending.
	Members []uint32
}

// Exclude returns the groups that keep users out from now on, sorted by Ref. What is gone
// from Input.Excluded is no longer configured.
func Exclude(in Input) []Excluded {
	if len(in.Policy.ExcludeGroups) == 0 {
		return nil
	}
	m := mapper{in: in}
	m.index()
	var mapping Mapping
	m.exclude(&mapping)
	var out []Excluded
	for _, g := range mapping.excluding {
		members := append(slices.Clone(mapping.excluded[g]), mapping.doubtful[g]...)
		slices.Sort(members)
		out = append(out, Excluded{Group: in.Groups[g].Ref, Name: in.Groups[g].Name, Members: members})
	}
	out = m.nestedIn(mapping.excluding, out)
	out = m.still(out)
	slices.SortFunc(out, func(a, b Excluded) int { return a.Group.Compare(b.Group) })
	return out
}

// still adds to out the groups that kept users out before, and do so although they are not
// listed so now.
func (m *mapper) still(out []Excluded) []Excluded {
	in := m.in
	listed := func(e Excluded) bool {
		_, is := m.groupAt[e.Group]
		return is && (e.Within != "" || slices.ContainsFunc(out, e.is))
	}
	hidden := map[string]bool{} // names of groups of which not all is listed
	for _, e := range in.Excluded {
		hidden[e.named()] = hidden[e.named()] || !listed(e)
	}
	for _, e := range in.Excluded {
		switch {
		case slices.ContainsFunc(out, e.is) || !in.excludes(e):
			continue
		case !listed(e):
			e.Since = earlier(e.Since, in.Now)
		case hidden[e.named()]: // by what is not listed it may be nested there still
			e.Since = time.Time{}
		default:
			continue // it is nested there no more
		}
		out = append(out, e)
	}
	return out
}

// earlier returns the first time of something that is known since then, or since now.
func earlier(since, now time.Time) time.Time {
	if since.IsZero() {
		return now
	}
	return since
}

// excludes reports whether the configuration still names the group by which e keeps users out.
func (in Input) excludes(e Excluded) bool {
	named := func(pattern string) bool { return Matches(pattern, e.named()) }
	return slices.ContainsFunc(in.Policy.ExcludeGroups, named) && in.configured(e.Group.Source) && len(e.Members) > 0
}

// nestedIn adds to out the groups that are nested in the excluding ones.
func (m *mapper) nestedIn(excluding []int, out []Excluded) []Excluded {
	for _, root := range excluding {
		for _, g := range m.closure([]int{root}) {
			e := Excluded{Group: m.in.Groups[g].Ref, Name: m.in.Groups[g].Name, Within: m.in.Groups[root].Name}
			if !slices.ContainsFunc(out, e.is) {
				e.Members = m.members(m.closure([]int{g}))
				out = append(out, e)
			}
		}
	}
	return out
}

func (e Excluded) is(o Excluded) bool { return e.Group == o.Group }

// named returns the name by which the configuration names the group, or that it is nested in.
func (e Excluded) named() string { return cmp.Or(e.Within, e.Name) }

// Same reports whether two are equal.
func (e Excluded) Same(o Excluded) bool {
	return e.Group == o.Group && e.Name == o.Name && e.Within == o.Within && e.Since.Equal(o.Since) && slices.Equal(e.Members, o.Members)
}

// takeExcluded finds the people who are kept out by a group that is not listed under its name,
// by a nested one that is not listed, or by one whose list is empty.
func (d *desired) takeExcluded() {
	for _, e := range d.in.Excluded {
		if !e.Since.IsZero() {
			d.keep(e.Members, fact{group: e.Group, value: e.Name, since: e.Since})
		}
	}
	m := mapper{in: d.in, imported: d.in.importedGroups()}
	for _, g := range d.mapping.excluding {
		if len(d.mapping.doubtful[g]) == 0 {
			continue
		}
		for _, n := range m.closure([]int{g}) { // the list that is empty is the fact, and what an approval ends
			hidden := slices.Clone(d.behind(n))
			if d.in.Groups[n].Emptied {
				hidden = append(hidden, d.in.Groups[n].Members...)
				slices.Sort(hidden)
			}
			hidden = slices.DeleteFunc(slices.Compact(hidden), func(i uint32) bool {
				_, doubtful := slices.BinarySearch(d.mapping.doubtful[g], i)
				return !doubtful
			})
			d.keep(hidden, fact{group: d.in.Groups[n].Ref, value: d.in.Groups[n].Name})
		}
	}
}

// keep notes a fact of people who would be active without it, and do not have an account that
// it never kept out.
func (d *desired) keep(people []uint32, f fact) {
	for _, person := range people {
		i := int(person)
		p := d.in.People[i]
		if p.User != nil && p.User.Status == connectors.StatusActive && p.mayBeKeptOut() {
			d.keepOut(i, f)
		}
	}
}

// mayBeKeptOut reports whether the person has no live account, or one of a user who is out of
// scope.
func (p Person) mayBeKeptOut() bool {
	return p.Standing != Live || (p.Link != nil && !p.Link.OutSince.IsZero())
}
