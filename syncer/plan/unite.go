package plan

import (
	"cmp"
	"maps"
	"slices"

	"writersync/connectors"
)

// merge makes the input in which those who are joined are one, and every index of
// people is of that one.
func (j *joiner) merge() Input {
	out := j.in
	out.People, out.Joins = nil, make(map[connectors.Ref]connectors.Ref, len(j.joins))
	for ref := range j.joins {
		out.Joins[ref] = j.root(ref)
	}
	place := make([]uint32, len(j.in.People))
	at := map[connectors.Ref]uint32{}
	for i, p := range j.in.People {
		if root := j.root(p.Ref); root != p.Ref {
			if _, there := j.in.Person(root); there {
				continue
			}
		}
		place[i] = uint32(len(out.People)) //nolint:gosec // there are fewer people than that
		at[p.Ref] = place[i]
		out.People = append(out.People, p)
	}
	for i, p := range j.in.People {
		if _, own := at[p.Ref]; !own {
			place[i] = at[j.root(p.Ref)]
			first := &out.People[place[i]]
			first.Also = append(first.Also, p.part())
		}
	}
	for i := range out.People {
		if len(out.People[i].Also) > 0 {
			j.unite(&out.People[i])
		}
	}
	out.Marks = j.marks(out.People)
	move := func(people []uint32) []uint32 {
		moved := make([]uint32, len(people))
		for i, p := range people {
			moved[i] = place[p]
		}
		slices.Sort(moved)
		return slices.Compact(moved)
	}
	out.Groups, out.Teams = slices.Clone(out.Groups), slices.Clone(out.Teams)
	for i := range out.Groups {
		out.Groups[i].Members, out.Groups[i].Dangling = move(out.Groups[i].Members), move(out.Groups[i].Dangling)
	}
	out.Excluded = slices.Clone(out.Excluded)
	for i := range out.Excluded {
		out.Excluded[i].Members = move(out.Excluded[i].Members)
	}
	for i := range out.Teams {
		out.Teams[i].Had, out.Teams[i].Dormant, out.Teams[i].Missing = move(out.Teams[i].Had), move(out.Teams[i].Dormant), move(out.Teams[i].Missing)
	}
	return out
}

// unite makes one record of what the sources state. Somebody whom one source states
// as active is active, unless the authority says otherwise.
func (j *joiner) unite(p *Person) {
	parts := append([]Part{p.part()}, p.Also...)
	p.Settled = false
	j.in.Policy.Join.rankParts(parts)
	p.Parts, p.User = parts, j.in.Policy.Join.union(p.Ref.ID, parts)
}

// rankParts sorts parts by precedence.
func (j Join) rankParts(parts []Part) {
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(j.rank(a.Ref.Source), j.rank(b.Ref.Source)), a.Ref.Compare(b.Ref))
	})
}

// union makes one record of parts in the order of precedence, nil if none is listed.
func (j Join) union(id string, parts []Part) *connectors.User {
	var out *connectors.User
	for _, part := range parts {
		if part.User == nil {
			continue
		}
		if out == nil {
			first := *part.User
			first.ID, first.Attributes, first.Unusable = id, maps.Clone(part.User.Attributes), maps.Clone(part.User.Unusable)
			if first.Attributes == nil {
				first.Attributes = map[connectors.Attribute]string{}
			}
			out = &first
			continue
		}
		complete(out, *part.User)
		out.Fault = cmp.Or(out.Fault, part.User.Fault)
		out.Status = strongest(out.Status, part.User.Status)
	}
	for _, part := range parts {
		if part.Ref.Source == j.Authority && part.User != nil && part.User.Status == connectors.StatusDisabled {
			out.Status = connectors.StatusDisabled
		}
	}
	return out
}

// complete takes from a record what one that counts more does not list. An unusable value
// is listed: what it is, only its source can say.
func complete(out *connectors.User, from connectors.User) {
	lists := func(a connectors.Attribute) bool { return out.States(a) || out.Unusable[a] != "" }
	for a, value := range from.Attributes {
		if !lists(a) {
			out.Attributes[a] = value
		}
	}
	if !lists(connectors.Email) {
		out.Email = from.Email
	}
	for a, fault := range from.Unusable {
		if lists(a) {
			continue
		}
		if out.Unusable == nil {
			out.Unusable = map[connectors.Attribute]string{}
		}
		out.Unusable[a] = fault
	}
}

// marks returns the marks of the people, those of several records as one.
func (j *joiner) marks(people []Person) map[connectors.Ref]Mark {
	if len(j.in.Marks) == 0 {
		return nil
	}
	out := maps.Clone(j.in.Marks)
	for _, p := range people {
		parts, of := slices.Clone(p.Parts), Mark{}
		for i, part := range parts {
			m, marked := j.in.Marks[part.Ref]
			if !marked || m.Shown == nil {
				continue
			}
			parts[i].User = m.Shown
			if of.Since.IsZero() || m.Since.Before(of.Since) {
				of.Since = m.Since
			}
			of.Disabled, of.By = of.Disabled || m.Disabled, cmp.Or(of.By, m.By)
			all := make(map[connectors.Attribute]string, len(m.Attributes)+len(of.Attributes))
			maps.Copy(all, m.Attributes)
			maps.Copy(all, of.Attributes)
			of.Attributes = all
		}
		if !of.Since.IsZero() {
			of.Shown, of.parts = j.in.Policy.Join.union(p.Ref.ID, parts), parts
			out[p.Ref] = of
		}
	}
	return out
}

// strongest returns what two sources say together.
func strongest(a, b connectors.Status) connectors.Status {
	for _, s := range []connectors.Status{connectors.StatusActive, connectors.StatusUnknown} {
		if a == s || b == s {
			return s
		}
	}
	return connectors.StatusDisabled
}
