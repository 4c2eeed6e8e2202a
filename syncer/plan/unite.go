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
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(j.rank(a.Ref.Source), j.rank(b.Ref.Source)), a.Ref.Compare(b.Ref))
	})
	p.Parts = parts
	p.User = nil
	var union connectors.User
	for _, part := range parts {
		if part.User == nil {
			continue
		}
		if p.User == nil {
			union = *part.User
			union.ID, union.Attributes = p.Ref.ID, maps.Clone(part.User.Attributes)
			if union.Attributes == nil {
				union.Attributes = map[connectors.Attribute]string{}
			}
			p.User = &union
			continue
		}
		for a, value := range part.User.Attributes {
			if _, stated := union.Attributes[a]; !stated {
				union.Attributes[a] = value
			}
		}
		union.Email = cmp.Or(union.Email, part.User.Email)
		union.Fault = cmp.Or(union.Fault, part.User.Fault)
		union.Status = strongest(union.Status, part.User.Status)
	}
	for _, part := range parts {
		if part.Ref.Source == j.in.Policy.Join.Authority && part.User != nil && part.User.Status == connectors.StatusDisabled {
			union.Status = connectors.StatusDisabled
		}
	}
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
