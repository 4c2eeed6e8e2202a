package plan

import (
	"cmp"
	"slices"
	"time"

	"writersync/connectors"
)

// An Excluded is a group that Policy.ExcludeGroups names, or named before the group got
// another name or went away. It is known by its ID from the first time on.
type Excluded struct {
	Group connectors.Ref
	Name  string // under which it was named
	// Since is when it was first not listed under a name that is configured; zero: it is.
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
	for _, e := range in.Excluded {
		is := func(o Excluded) bool { return o.Group == e.Group }
		named := func(pattern string) bool { return Matches(pattern, e.Name) }
		if slices.ContainsFunc(out, is) || !slices.ContainsFunc(in.Policy.ExcludeGroups, named) || !in.configured(e.Group.Source) || len(e.Members) == 0 {
			continue
		}
		if e.Since.IsZero() {
			e.Since = in.Now
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Excluded) int { return a.Group.Compare(b.Group) })
	return out
}

// Same reports whether two are equal.
func (e Excluded) Same(o Excluded) bool {
	return e.Group == o.Group && e.Name == o.Name && e.Since.Equal(o.Since) && slices.Equal(e.Members, o.Members)
}

// takeExcluded finds the people who are kept out by a group that is not listed under its name,
// or whose list is empty.
func (d *differ) takeExcluded() {
	for _, e := range d.in.Excluded {
		if !e.Since.IsZero() {
			d.keep(e.Members, fact{group: e.Group, value: e.Name, since: e.Since})
		}
	}
	for _, g := range d.mapping.excluding {
		d.keep(d.mapping.doubtful[g], fact{group: d.in.Groups[g].Ref, value: d.in.Groups[g].Name})
	}
}

// keep notes a fact of people who would be active without it, and do not have an account that
// it never kept out.
func (d *differ) keep(people []uint32, f fact) {
	for _, person := range people {
		i := int(person)
		p := d.in.People[i]
		shown := cmp.Or(d.in.Marks[p.Ref].Shown, p.User)
		if shown == nil || shown.Status != connectors.StatusActive || !p.mayBeKeptOut() {
			continue
		}
		if d.keptOut == nil {
			d.keptOut = map[int][]fact{}
		}
		d.keptOut[i] = append(d.keptOut[i], f)
	}
}

// mayBeKeptOut reports whether the person has no live account, or one of a user who is out of
// scope.
func (p Person) mayBeKeptOut() bool {
	return p.Standing != Live || (p.Link != nil && !p.Link.OutSince.IsZero())
}
