package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
)

// A human is everybody whom the ledger holds to be one person: whoever comes first,
// and those who are joined with that one.
type human struct {
	first   Person
	records []int  // indexes into Input.People, first included
	is      *human // whom this plan found it to be; nil for nobody else
}

func (h *human) found() *human {
	for h.is != nil {
		h = h.is
	}
	return h
}

// propose finds humans of different sources who share what they are joined by.
func (j *joiner) propose() {
	same := map[string][]*human{}
	for _, h := range j.humans() {
		for key := range j.keys(h) {
			same[key] = append(same[key], h)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(same)) {
		j.group(same[key])
	}
}

func (j *joiner) humans() []*human {
	var out []*human
	at := map[connectors.Ref]*human{}
	for i, p := range j.in.People {
		root := j.root(p.Ref)
		h := at[root]
		if h == nil {
			first, _ := j.find(root)
			h = &human{first: j.in.People[first]}
			at[root], out = h, append(out, h)
		}
		h.records = append(h.records, i)
	}
	return out
}

// keys returns what a human is joined by, by each record.
func (j *joiner) keys(h *human) map[string]bool {
	out := map[string]bool{}
	for _, i := range h.records {
		if key := j.key(j.in.People[i]); key != "" {
			out[key] = true
		}
	}
	return out
}

// key returns what a record is joined by, "" for nothing.
func (j *joiner) key(p Person) string {
	switch {
	case p.User == nil || p.User.Fault != "":
		return ""
	case !j.in.Supposed && !j.in.whole(p.Ref.Source):
		return "" // what was so yesterday may be somebody else's today, and a join stays
	case j.in.Policy.Join.By == UserName:
		return stated(p)
	}
	return p.User.Attributes[j.in.Policy.Join.By]
}

// group makes one of humans who share a key, unless a source states two of them:
// nobody can tell which one is meant.
func (j *joiner) group(humans []*human) {
	var all []*human
	sources, twice := map[string]bool{}, false
	for _, h := range humans {
		if h = h.found(); slices.Contains(all, h) {
			continue
		}
		all = append(all, h)
		for source := range j.stated(h) {
			twice = twice || sources[source]
			sources[source] = true
		}
	}
	if twice {
		if len(sources) > 1 {
			j.notes = append(j.notes, j.joinedNobody(all))
		}
		return
	}
	slices.SortStableFunc(all, j.compare)
	for _, h := range all[1:] {
		j.pair(all[0], h)
	}
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
		order(a.first.Standing == None)-order(b.first.Standing == None),
		order(len(a.records) == 1)-order(len(b.records) == 1),
		j.rank(a.first.Ref.Source)-j.rank(b.first.Ref.Source),
	)
}

// pair joins a human with the one who comes first, who has the account if one of them
// has.
func (j *joiner) pair(first, h *human) {
	op := Op{
		Kind: JoinPerson, Person: h.first.Ref, From: first.first.Ref, Account: first.first.Account, Login: stated(h.first),
		Reason: Reason{Basis: Contact, Text: "has the same " + j.by()},
	}
	past := "who left"
	if gone := j.replaced(first, h); len(gone) > 0 {
		op.Reason.Basis, op.Reason.Claims = Absence, gone
		past = fmt.Sprintf("whose record %s is gone", gone[0].Ref)
	}
	switch {
	case h.first.hasAccount() && first.first.hasAccount():
		j.notes = append(j.notes, joinedTwice(first.first, h.first))
		return
	case h.first.Standing != None:
		return // the link of an account that is gone stays where it is
	case (j.returns(first, h) || len(op.Reason.Claims) > 0) && !j.in.Approved[op.Hash()]:
		j.held = append(j.held, Held{
			Why: WhyNewID, Exit: Approve, Ops: []Op{op},
			Text:   fmt.Sprintf("%s, who is new, has the %s of %s, %s", h.first.Ref, j.by(), first.first.Ref, past),
			WayOut: newIDWayOut,
		})
		return
	}
	j.joins[op.Person] = op.From
	j.ops = append(j.ops, op)
	first.records, h.is = append(first.records, h.records...), first
}

// returns reports whether a newcomer would keep, or bring back, the account of somebody
// who left: an address that was given to somebody else looks like a leaver's return.
func (j *joiner) returns(first, newcomer *human) bool {
	employed := func(i int) bool {
		u := j.in.People[i].User
		return u != nil && u.Status != connectors.StatusDisabled
	}
	return first.first.Standing != None && !slices.ContainsFunc(first.records, employed) && slices.ContainsFunc(newcomer.records, employed)
}

// replaced returns the records of the one who comes first that are gone, and in whose
// place their source states a newcomer: the same person under another ID, or somebody
// else.
func (j *joiner) replaced(first, newcomer *human) []Claim {
	var out []Claim
	stated := j.stated(newcomer)
	for _, i := range first.records {
		if p := j.in.People[i]; p.User == nil && stated[p.Ref.Source] {
			out = append(out, Claim{Kind: connectors.UserObject, Ref: p.Ref})
		}
	}
	return out
}

// by names what people are joined by.
func (j *joiner) by() string {
	if j.in.Policy.Join.By == UserName {
		return "e-mail"
	}
	return j.in.Policy.Join.By.Word()
}

// joinedNobody tells of people who would be joined, if it were known with whom.
func (j *joiner) joinedNobody(humans []*human) Warning {
	var names []string
	for _, h := range humans {
		names = append(names, h.first.Ref.String())
	}
	return Warning{
		Code: "joined-nobody",
		Text: fmt.Sprintf("%s have the same %s, and one source would state that person twice: nobody can tell who is whom, and so none is joined", few(names), j.by()),
	}
}

func joinedTwice(a, b Person) Warning {
	return Warning{
		Code: "joined-twice",
		Text: fmt.Sprintf("%s and %s seem to be one person and have an account each: remove one of the accounts in Writer", a.Ref, b.Ref),
	}
}
