package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// A Join says how people of several sources are one.
type Join struct {
	// By is the attribute that two records of one human share: UserName stands for
	// the e-mail. Empty: nobody is joined anew.
	By connectors.Attribute
	// Precedence are the names of the sources, the one whose attributes count most
	// first.
	Precedence []string
	// Authority is the source whose word that somebody is disabled acts although
	// another source says that they are active; empty: nobody's does.
	Authority string
}

// A Part is what one more source states of a joined person.
type Part struct {
	Ref     connectors.Ref
	User    *connectors.User // nil if the source does not state the person
	Missing int              // as Person.Missing
}

// joiner makes one person of those whom several sources state.
type joiner struct {
	in    Input
	joins map[connectors.Ref]connectors.Ref // to the first of them
	ops   []Op
	notes []Warning
}

// AsOne returns the input in which people whom several sources state are one, as a
// plan sees them.
func AsOne(in Input) Input {
	out, _, _ := joined(in)
	return out
}

// joined returns the input with joined people as one, the ops that record new joins,
// and what an admin should know. An input of one source comes back as it is.
func joined(in Input) (Input, []Op, []Warning) {
	if len(in.Joins) == 0 && in.Policy.Join.By == "" {
		return in, nil, nil
	}
	j := &joiner{in: in, joins: maps.Clone(in.Joins)}
	if j.joins == nil {
		j.joins = map[connectors.Ref]connectors.Ref{}
	}
	// A join with somebody whom nothing remembers any more binds nobody.
	maps.DeleteFunc(j.joins, func(_, to connectors.Ref) bool { _, known := j.find(j.root(to)); return !known })
	if in.Policy.Join.By != "" {
		j.propose()
	}
	if len(j.joins) == 0 {
		return in, nil, j.notes
	}
	return j.merge(), j.ops, j.notes
}

// propose finds people of different sources who share what they are joined by: one
// of each source, of whom one at most has an account.
func (j *joiner) propose() {
	same := map[string][]int{}
	for i, p := range j.in.People {
		if key := j.key(p); key != "" {
			same[key] = append(same[key], i)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(same)) {
		j.group(same[key])
	}
}

// key returns what the person is joined by, "" for nothing.
func (j *joiner) key(p Person) string {
	switch {
	case p.User == nil || p.User.Fault != "":
		return ""
	case !j.in.Supposed && !complete(j.in.Sources, p.Ref.Source):
		return "" // what was so yesterday may be somebody else's today, and a join stays
	case j.in.Policy.Join.By == UserName:
		return stated(p)
	}
	return p.User.Attributes[j.in.Policy.Join.By]
}

// group joins people who share a key.
func (j *joiner) group(people []int) {
	first, sources := -1, map[string]bool{}
	for _, i := range people {
		p := j.in.People[i]
		if sources[p.Ref.Source] {
			return // two of one source: nobody can tell which one is meant
		}
		sources[p.Ref.Source] = true
		root := j.root(p.Ref)
		if first < 0 || j.before(p, j.in.People[first]) {
			first = i
		}
		if root != p.Ref {
			if at, ok := j.find(root); ok {
				first = at
				break
			}
		}
	}
	for _, i := range people {
		p := j.in.People[i]
		if j.in.People[first].Ref == p.Ref || j.root(p.Ref) != p.Ref {
			continue
		}
		if p.Standing != None {
			j.notes = append(j.notes, Warning{
				Code: "joined-twice",
				Text: fmt.Sprintf("%s and %s seem to be one person and have an account each: remove one of the accounts in Writer", j.in.People[first].Ref, p.Ref),
			})
			continue
		}
		j.join(p, j.in.People[first])
	}
}

func (j *joiner) join(p, first Person) {
	j.joins[p.Ref] = first.Ref
	by := j.in.Policy.Join.By.Word()
	if j.in.Policy.Join.By == UserName {
		by = "e-mail"
	}
	j.ops = append(j.ops, Op{
		Kind: JoinPerson, Person: p.Ref, From: first.Ref, Account: first.Account, Login: stated(p),
		Reason: Reason{Basis: Contact, Text: "has the same " + by},
	})
}

// before orders who comes first: whoever has an account, then by precedence.
func (j *joiner) before(a, b Person) bool {
	if (a.Standing != None) != (b.Standing != None) {
		return a.Standing != None
	}
	return j.rank(a.Ref.Source) < j.rank(b.Ref.Source)
}

// rank is the place of a source in the precedence; one that is not named comes last.
func (j *joiner) rank(source string) int {
	i := slices.Index(j.in.Policy.Join.Precedence, source)
	if i < 0 {
		return len(j.in.Policy.Join.Precedence)
	}
	return i
}

// root returns the first of those whom the person is joined with.
func (j *joiner) root(ref connectors.Ref) connectors.Ref {
	for range len(j.joins) + 1 {
		to, ok := j.joins[ref]
		if !ok {
			break
		}
		ref = to
	}
	return ref
}

func (j *joiner) find(ref connectors.Ref) (int, bool) {
	return slices.BinarySearchFunc(j.in.People, ref, func(p Person, r connectors.Ref) int { return p.Ref.Compare(r) })
}

// merge makes the input in which those who are joined are one, and every index of
// people is of that one.
func (j *joiner) merge() Input {
	out := j.in
	out.People = nil
	place := make([]uint32, len(j.in.People))
	at := map[connectors.Ref]uint32{}
	for i, p := range j.in.People {
		if root := j.root(p.Ref); root != p.Ref {
			if _, there := j.find(root); there {
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
			first.Also = append(first.Also, Part{p.Ref, p.User, p.Missing})
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
		out.Groups[i].Members = move(out.Groups[i].Members)
	}
	for i := range out.Teams {
		out.Teams[i].Had, out.Teams[i].Dormant = move(out.Teams[i].Had), move(out.Teams[i].Dormant)
	}
	return out
}

// unite makes one record of what the sources state. Somebody whom one source states
// as active is active, unless the authority says otherwise.
func (j *joiner) unite(p *Person) {
	p.Settled = false
	parts := append([]Part{{p.Ref, p.User, p.Missing}}, p.Also...)
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
