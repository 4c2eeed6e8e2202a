package plan

import (
	"slices"
	"time"

	"writersync/connectors"
)

// An Excluded is a group that Policy.ExcludeGroups names, or named when it was last listed
// under such a name: it is known by its ID from then on.
type Excluded struct {
	Group connectors.Ref
	Name  string // under which it was named
	// Since is when it was first not listed under a name that is configured; zero: it is.
	Since time.Time
	// Members are those whom it kept out when it was last listed so, nested ones included:
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
		out = append(out, Excluded{Group: in.Groups[g].Ref, Name: in.Groups[g].Name, Members: mapping.excluded[g]})
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

// takeExcluded finds the people whom a group keeps out that is not listed under its name.
func (d *differ) takeExcluded() {
	for _, e := range d.in.Excluded {
		if e.Since.IsZero() {
			continue
		}
		for _, i := range e.Members {
			p := d.in.People[i]
			if p.User == nil || p.User.Status != connectors.StatusActive || p.Standing == Live {
				continue
			}
			if d.keptOut == nil {
				d.keptOut = map[int][]fact{}
			}
			d.keptOut[int(i)] = append(d.keptOut[int(i)], fact{group: e.Group, value: e.Name, since: e.Since})
		}
	}
}
