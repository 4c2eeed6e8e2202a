package expect

import (
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// into appends what the source states to in. Sources come in the order of names.
func (s Source) into(in *plan.Input, name string) {
	people, groups := newNames(), newNames()
	own := make([]plan.Person, 0, len(s.People))
	for _, p := range s.People {
		people.add(p.key(), connectors.CanonicalEmail(p.Email))
		own = append(own, plan.Person{Ref: connectors.Ref{Source: name, ID: p.key()}, User: p.user()})
	}
	slices.SortFunc(own, func(a, b plan.Person) int { return a.Ref.Compare(b.Ref) })
	indexes := map[string]uint32{}
	for i, p := range own {
		indexes[p.Ref.ID] = uint32(len(in.People) + i) //nolint:gosec // as many as a file holds
	}
	in.People = append(in.People, own...)

	sorted := slices.SortedFunc(slices.Values(s.Groups), func(a, b Group) int { return ref(name, a.key()).Compare(ref(name, b.key())) })
	places := map[string]uint32{}
	for i, g := range sorted {
		groups.add(g.key(), g.Name)
		places[g.key()] = uint32(len(in.Groups) + i) //nolint:gosec // as many as a file holds
	}
	for _, g := range sorted {
		in.Groups = append(in.Groups, plan.Group{
			Ref: ref(name, g.key()), Name: g.Name,
			Members: numbers(g.Members, func(m string) []string { return people.find(true, m) }, indexes),
			Nested:  numbers(g.Groups, func(n string) []string { return groups.find(false, n) }, places),
		})
	}
}

func ref(source, id string) connectors.Ref { return connectors.Ref{Source: source, ID: id} }

// numbers returns the indexes of what is named, ascending, each once.
func numbers(named []string, find func(string) []string, indexes map[string]uint32) []uint32 {
	out := make([]uint32, 0, len(named))
	for _, n := range named {
		for _, key := range find(n) {
			out = append(out, indexes[key])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p Person) user() *connectors.User {
	u := connectors.User{
		ID: p.key(), Email: p.Email, Status: connectors.Status(p.Status), Container: p.Container,
		Attributes: make(map[connectors.Attribute]string, len(p.Attributes)),
	}
	switch p.Status {
	case "":
		u.Status = connectors.StatusActive
	case unknownStatus:
		u.Status = connectors.StatusUnknown
	}
	for word, value := range p.Attributes {
		if a, ok := attribute(word); ok {
			u.Attributes[a] = value
		}
	}
	return &u
}

// FixtureOf writes down the directory in in, whose records were all loaded. Of the
// attributes of people only those are kept that keep names.
func FixtureOf(in plan.Input, keep func(connectors.Attribute) bool) Fixture {
	f := Fixture{Sources: map[string]Source{}}
	for _, p := range in.People {
		if p.User != nil {
			s := f.Sources[p.Ref.Source]
			s.People = append(s.People, personOf(*p.User, keep))
			f.Sources[p.Ref.Source] = s
		}
	}
	for _, g := range in.Groups {
		out := Group{ID: g.Ref.ID, Name: g.Name}
		for _, m := range g.Members {
			if in.People[m].User != nil {
				out.Members = append(out.Members, in.People[m].Ref.ID)
			}
		}
		for _, n := range g.Nested {
			out.Groups = append(out.Groups, in.Groups[n].Ref.ID)
		}
		s := f.Sources[g.Ref.Source]
		s.Groups = append(s.Groups, out)
		f.Sources[g.Ref.Source] = s
	}
	return f
}

// kept reports whether one of the attributes is among those that expressions look at.
func kept(unusable map[connectors.Attribute]string, keep func(connectors.Attribute) bool) bool {
	for a := range unusable {
		if keep(a) {
			return true
		}
	}
	return false
}

func personOf(u connectors.User, keep func(connectors.Attribute) bool) Person {
	p := Person{ID: u.ID, Email: u.Email, Container: u.Container}
	switch {
	case u.Status == connectors.StatusUnknown, u.Fault != "", kept(u.Unusable, keep):
		p.Status = unknownStatus // nothing is done for any of them
	case u.Status != connectors.StatusActive:
		p.Status = string(u.Status)
	}
	for a, value := range u.Attributes {
		if keep(a) {
			if p.Attributes == nil {
				p.Attributes = map[string]string{}
			}
			p.Attributes[a.Word()] = value
		}
	}
	return p
}
