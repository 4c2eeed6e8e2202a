package plan

import (
	"maps"
	"slices"
	"time"

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

// A Part is what one source states of a person.
type Part struct {
	Ref   connectors.Ref
	User  *connectors.User // nil if the source does not state the person, or it was not loaded
	Gone  bool             // the source does not state the person
	Since time.Time        // as Person.Gone
}

// parts returns what each source lists of the person.
func (p Person) parts() []Part {
	if len(p.Parts) == 0 {
		return []Part{p.part()}
	}
	return p.Parts
}

func (p Person) part() Part {
	return Part{Ref: p.Ref, User: p.User, Gone: p.User == nil && !p.Settled, Since: p.Gone}
}

// persons is the first step of a plan: the input in which users that several sources list are
// one person, the ops that record new joins, those that are held, and what an admin should know.
type persons struct {
	identities
	in    Input
	ops   []Op
	held  []Held
	notes []Warning
}

// A joiner makes persons.
type joiner struct {
	persons
	joins map[connectors.Ref]connectors.Ref // to the first of them
}

// spared is what is known of whoever may have a record under another ID.
type spared struct {
	active  bool // that record says so
	decided bool // it is theirs, and this plan remembers it: the next one goes by it
}

// AsOne returns the input in which people whom several sources state are one, as a
// plan sees them. Done again, it changes nothing.
func AsOne(in Input) Input {
	p := join(in)
	p.meet()
	one := p.in
	one.Joins, one.Policy.Join.By = nil, ""
	return one
}

// identify makes the first step.
func identify(in Input) persons {
	p := join(in)
	p.meet()
	p.namedBy, p.emails = p.in.Namer(), emailsOf(p.in)
	p.findMoves()
	return p
}

// join merges the users who are one person. An input of one source comes back as it is.
func join(in Input) persons {
	of := identities{doubted: map[connectors.Ref]bool{}, spared: map[connectors.Ref]spared{}}
	j := &joiner{persons: persons{identities: of, in: in}, joins: maps.Clone(in.Joins)}
	if len(in.Joins) == 0 && in.Policy.Join.By == "" {
		return j.persons
	}
	if j.joins == nil {
		j.joins = map[connectors.Ref]connectors.Ref{}
	}
	j.settle()
	if in.Policy.Join.By != "" {
		j.propose()
	}
	j.remember()
	if len(j.joins) > 0 {
		j.in = j.merge()
	}
	return j.persons
}

// settle drops the joins that bind nobody: with somebody whom nothing remembers any
// more, and of somebody who has an account of their own. Whoever has one comes first.
func (j *joiner) settle() {
	for _, ref := range j.all() {
		if _, known := j.in.Person(j.joins[ref]); !known {
			delete(j.joins, ref)
		}
	}
	for _, ref := range j.all() {
		i, known := j.in.Person(ref)
		if !known || j.in.People[i].Standing == None {
			continue
		}
		at, _ := j.in.Person(j.root(ref))
		delete(j.joins, ref)
		switch p, first := j.in.People[i], j.in.People[at]; {
		case first.Standing == None:
			j.joins[first.Ref] = ref
		case p.hasAccount() && first.hasAccount():
			j.notes = append(j.notes, joinedTwice(first, p))
		}
	}
}

func (j *joiner) all() []connectors.Ref {
	return slices.SortedFunc(maps.Keys(j.joins), connectors.Ref.Compare)
}

// rank is the place of a source in the precedence; one that is not named comes last.
func (j Join) rank(source string) int {
	i := slices.Index(j.Precedence, source)
	if i < 0 {
		return len(j.Precedence)
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
