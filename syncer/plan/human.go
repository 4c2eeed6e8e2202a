package plan

import (
	"cmp"
	"maps"
	"slices"

	"writersync/connectors"
)

// A human is everybody whom the ledger holds to be one person: whoever comes first,
// and those who are joined with that one.
type human struct {
	first   Person
	records []int  // indexes into Input.People, first included
	shares  *human // one who shares what they are joined by; nil for nobody
}

// kin returns one of those who share something with each other, the same for all.
func (h *human) kin() *human {
	for h.shares != nil {
		h = h.shares
	}
	return h
}

// propose finds humans who share what they are joined by, at once or by way of others:
// in which order they are looked at changes nothing.
func (j *joiner) propose() {
	all := j.humans()
	for _, sharing := range j.sharing(all) {
		if j.twice(sharing) {
			continue // it tells nobody from another
		}
		for _, h := range sharing[1:] {
			if a, b := sharing[0].kin(), h.kin(); a != b {
				b.shares = a
			}
		}
	}
	kin := map[*human][]*human{}
	for _, h := range all {
		kin[h.kin()] = append(kin[h.kin()], h)
	}
	for _, h := range all {
		if len(kin[h]) > 1 {
			j.group(kin[h])
		}
	}
	j.await(all)
}

func (j *joiner) humans() []*human {
	var out []*human
	at := map[connectors.Ref]*human{}
	for i, p := range j.in.People {
		root := j.root(p.Ref)
		h := at[root]
		if h == nil {
			first, _ := j.in.Person(root)
			h = &human{first: j.in.People[first]}
			at[root], out = h, append(out, h)
		}
		h.records = append(h.records, i)
	}
	return out
}

// sharing returns the humans who have a key, by the key, in the order of keys.
func (j *joiner) sharing(all []*human) [][]*human {
	same := map[string][]*human{}
	for _, h := range all {
		keys := map[string]bool{}
		for _, i := range h.records {
			keys[j.key(j.in.People[i])] = true
		}
		delete(keys, "")
		for k := range keys {
			same[k] = append(same[k], h)
		}
	}
	var out [][]*human
	for _, k := range slices.Sorted(maps.Keys(same)) {
		out = append(out, same[k])
	}
	return out
}

// key returns what a record is joined by, "" for nothing.
func (j *joiner) key(p Person) string {
	if p.User == nil || p.User.Fault != "" || !j.in.configured(p.Ref.Source) {
		return ""
	}
	return j.lastKey(p)
}

// lastKey returns what a record was joined by when it was read last.
func (p *persons) lastKey(of Person) string {
	switch {
	case of.User == nil:
		return ""
	case p.in.Policy.Join.By == UserName:
		return stated(of)
	}
	return of.User.Attributes[p.in.Policy.Join.By]
}

// group makes one of humans who share something, unless a source states two of them:
// nobody can tell which one is meant.
func (j *joiner) group(all []*human) {
	if j.twice(all) {
		j.refuse(all)
		return
	}
	slices.SortStableFunc(all, j.compare)
	j.pairs(all[0], all[1:])
}

// twice reports whether a source states two of the humans. If others state one of them
// too it is told, and nobody's gone record counts while one of them may have it now.
func (j *joiner) twice(humans []*human) bool {
	sources, newcomers, twice := map[string]bool{}, map[string]bool{}, false
	for _, h := range humans {
		for source := range j.stated(h) {
			twice = twice || sources[source]
			sources[source] = true
			newcomers[source] = newcomers[source] || h.first.Standing == None
		}
	}
	if !twice || len(sources) == 1 {
		return twice
	}
	j.notes = append(j.notes, j.joinedNobody(humans))
	for _, h := range humans {
		lost := slices.ContainsFunc(h.records, func(i int) bool {
			p := j.in.People[i]
			return p.User == nil && newcomers[p.Ref.Source]
		})
		if lost && h.first.hasAccount() {
			j.spared[h.first.Ref] = spared{active: true}
		}
	}
	return true
}

// stated returns the sources that state a human now.
func (j *joiner) stated(h *human) map[string]bool {
	out := map[string]bool{}
	for _, i := range h.records {
		if p := j.in.People[i]; p.User != nil {
			out[p.Ref.Source] = true
		}
	}
	return out
}

// active reports whether some source states that a human is.
func (j *joiner) active(h *human) bool {
	return slices.ContainsFunc(h.records, func(i int) bool {
		u := j.in.People[i].User
		return u != nil && u.Status == connectors.StatusActive && u.Fault == ""
	})
}

// compare orders who comes first: whoever has an account, then whom somebody is joined
// with already, then by precedence.
func (j *joiner) compare(a, b *human) int {
	order := func(no bool) int {
		if no {
			return 1
		}
		return 0
	}
	return cmp.Or(
		order(!a.first.hasAccount())-order(!b.first.hasAccount()),
		order(a.first.Standing == None)-order(b.first.Standing == None),
		order(len(a.records) == 1)-order(len(b.records) == 1),
		j.in.Policy.Join.rank(a.first.Ref.Source)-j.in.Policy.Join.rank(b.first.Ref.Source),
	)
}
