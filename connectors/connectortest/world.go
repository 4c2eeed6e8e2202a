package connectortest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// A World is all that a directory holds. Lists may name what it does not hold.
type World struct {
	Users  []connectors.User
	Groups []connectors.Group
	// Unresolved counts, by the ID of a group, the references that name nothing. Resolved
	// fills it in.
	Unresolved map[string]int
}

func (w World) clone() World {
	out := World{Users: slices.Clone(w.Users), Groups: slices.Clone(w.Groups), Unresolved: maps.Clone(w.Unresolved)}
	for i := range out.Users {
		out.Users[i].Attributes = maps.Clone(out.Users[i].Attributes)
		out.Users[i].Names = slices.Clone(out.Users[i].Names)
	}
	for i := range out.Groups {
		out.Groups[i].Names = slices.Clone(out.Groups[i].Names)
		out.Groups[i].Members = slices.Clone(out.Groups[i].Members)
		out.Groups[i].Groups = slices.Clone(out.Groups[i].Groups)
	}
	return out
}

// Resolved returns w with what its lists name by IDs, without names, and with the
// references counted that name nothing. This is how a store of reads resolves them.
func (w World) Resolved() World {
	out := w.clone()
	out.Unresolved = nil
	users, groups, ids := newNames(), newNames(), map[string]bool{}
	for _, u := range w.Users {
		users.add(u.ID, append([]string{u.ID}, u.Names...))
	}
	for _, g := range w.Groups {
		groups.add(g.ID, g.Names)
		ids[g.ID] = true
	}
	for i := range out.Groups {
		g := &out.Groups[i]
		members, nested := sorted(g.Members), sorted(g.Groups)
		g.Members, g.Groups, g.Names = nil, nil, nil
		for _, ref := range members {
			if id := users.find(ref); id != "" {
				g.Members = append(g.Members, id)
			} else if id := groups.find(ref); id != "" {
				g.Groups = append(g.Groups, id)
			} else {
				out.miss(g.ID)
			}
		}
		for _, ref := range nested {
			if id := groups.find(ref); ids[ref] {
				g.Groups = append(g.Groups, ref)
			} else if id != "" {
				g.Groups = append(g.Groups, id)
			} else {
				out.miss(g.ID)
			}
		}
		g.Members, g.Groups = sorted(g.Members), sorted(g.Groups)
	}
	for i := range out.Users {
		out.Users[i].Names = nil
	}
	return out
}

func (w *World) miss(group string) {
	if w.Unresolved == nil {
		w.Unresolved = map[string]int{}
	}
	w.Unresolved[group]++
}

// names finds objects by what lists call them. A name of two finds neither; an ID goes
// before a name.
type names struct {
	ids   map[string]bool
	named map[string]string
}

func newNames() names { return names{map[string]bool{}, map[string]string{}} }

// add adds an object by its names. Where the first is the ID, that is one too.
func (n names) add(id string, all []string) {
	for _, name := range all {
		if name == id {
			n.ids[id] = true
		} else if other, taken := n.named[name]; taken && other != id {
			n.named[name] = ""
		} else {
			n.named[name] = id
		}
	}
}

func (n names) find(ref string) string {
	if n.ids[ref] {
		return ref
	}
	return n.named[ref]
}

// renamed returns w with the IDs that the directory gave its objects.
func (w World) renamed(ids map[string]string) World {
	name := func(id string) string {
		if to, ok := ids[id]; ok {
			return to
		}
		return id
	}
	out := w.clone()
	for i := range out.Users {
		out.Users[i].ID = name(out.Users[i].ID)
	}
	for i := range out.Groups {
		g := &out.Groups[i]
		g.ID = name(g.ID)
		for j, id := range g.Members {
			g.Members[j] = name(id)
		}
		for j, id := range g.Groups {
			g.Groups[j] = name(id)
		}
	}
	return out
}

// comparable returns w in the one form in which two worlds are compared: sorted,
// without repeats and containers, and through the checks of a Reading.
func (w World) comparable() World {
	kept := &Collect{World: World{Unresolved: w.Unresolved}}
	r := connectors.NewReading("comparison", kept)
	for _, u := range w.Users {
		u.Container, u.StatusBy = "", ""
		if len(u.Attributes) == 0 {
			u.Attributes = nil
		}
		_ = r.User(u) // a refused record is missing in the comparison, which shows it
	}
	for _, g := range w.Groups {
		g.Container = ""
		g.Members, g.Groups = sorted(g.Members), sorted(g.Groups)
		_ = r.Group(g)
	}
	return kept.ordered()
}

// ordered returns w with everybody, every group and every member in the order of IDs.
func (w World) ordered() World {
	out := w.clone()
	slices.SortFunc(out.Users, func(a, b connectors.User) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(out.Groups, func(a, b connectors.Group) int { return cmp.Compare(a.ID, b.ID) })
	for _, g := range out.Groups {
		slices.Sort(g.Members)
		slices.Sort(g.Groups)
	}
	return out
}

func sorted(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// company returns the world that most checks use: two dozen people in every state,
// groups with and without members, nested, in a cycle, and with members that do
// not exist, without what the directory lacks.
func company(lacks map[Trait]string) World {
	var w World
	for i := range 24 {
		w.Users = append(w.Users, person(i))
	}
	w.Users[1].Status = connectors.StatusDisabled
	w.Users[2].Status = connectors.StatusUnknown
	delete(w.Users[3].Attributes, connectors.Title)
	w.Users[4].Attributes[connectors.Title] = ""
	members := func(from, to int) (out []string) {
		for _, u := range w.Users[from:to] {
			out = append(out, u.ID)
		}
		return out
	}
	w.Groups = []connectors.Group{
		{ID: "0100", Name: "engineering", Members: members(0, 15)},
		{ID: "0101", Name: "design", Members: members(10, 20)},
		{ID: "0102", Name: "writing", Members: members(20, 21), Groups: []string{"0100", "0101"}},
		{ID: "0103", Name: "round", Members: members(21, 22), Groups: []string{"0104"}},
		{ID: "0104", Name: "about", Members: members(22, 23), Groups: []string{"0103"}},
		{ID: "0105", Name: "nobody yet"},
		{ID: "0106", Name: "visitors", Members: append(members(23, 24), "9001", "9002")},
	}
	return w.without(lacks)
}

// person returns the person number i. The ID has leading zeros: it is text.
func person(i int) connectors.User {
	given, family := fmt.Sprintf("Given%02d", i), fmt.Sprintf("Family%02d", i)
	return connectors.User{
		ID: fmt.Sprintf("%04d", i+1), Email: fmt.Sprintf("person%02d@example.com", i), Status: connectors.StatusActive,
		Attributes: map[connectors.Attribute]string{
			connectors.GivenName: given, connectors.FamilyName: family,
			connectors.DisplayName: given + " " + family, connectors.Title: "Writer",
			connectors.Department: "Words", connectors.Phone: fmt.Sprintf("+43 1 555 %02d", i),
		},
	}
}

// attributes are those that every connector can state.
func attributes() []connectors.Attribute {
	return []connectors.Attribute{
		connectors.GivenName, connectors.FamilyName, connectors.DisplayName, connectors.Title, connectors.Department, connectors.Phone,
	}
}

// without returns w as a directory can hold it that has none of the given traits.
func (w World) without(lacks map[Trait]string) World {
	lack := func(t Trait) bool { _, ok := lacks[t]; return ok }
	out := w.clone()
	for i := range out.Users {
		u := &out.Users[i]
		if (lack(DisabledPeople) && u.Status == connectors.StatusDisabled) || (lack(UnknownStatus) && u.Status == connectors.StatusUnknown) {
			u.Status = connectors.StatusActive
		}
		for _, a := range attributes() {
			value, said := u.Attributes[a]
			switch {
			case said && value == "" && lack(EmptyValues):
				delete(u.Attributes, a)
			case !said && lack(MissingValues):
				u.Attributes[a] = ""
			}
		}
	}
	if lack(DanglingMembers) {
		out = out.Resolved()
		out.Unresolved = nil
	}
	for i := range out.Groups {
		if lack(NestedGroups) {
			out.Groups[i].Groups = nil
		}
	}
	if lack(EmptyGroups) {
		out.Groups = slices.DeleteFunc(out.Groups, func(g connectors.Group) bool { return len(g.Members)+len(g.Groups) == 0 })
	}
	return out
}
