package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

const joinWayOut = "If they are one person, approve; if not, correct what they have in common in one of the directories."

// A question is why it must be asked whether two humans are one.
type question struct {
	gone   []Claim // records that a newcomer took the place of
	reason string  // a clause about the newcomer, which the approval is of
	text   string
}

// doubt returns the question that joining a human with the one who comes first raises;
// ok is false if it raises none. If one of them is active and the other is not, or a
// record takes the place of one that is gone, it may be somebody else who was given the
// address.
func (j *joiner) doubt(first, h *human) (q question, ok bool) {
	q.gone = j.replaced(first, h)
	q.text = fmt.Sprintf("%s has the %s of %s", h.first.Ref, j.by(), first.first.Ref)
	switch a, b := j.active(first), j.active(h); {
	case len(q.gone) > 0:
		q.reason = "as somebody whose record is gone"
		q.text += fmt.Sprintf(", whose record %s is gone", q.gone[0].Ref)
	case !a && (b || first.first.Standing != None):
		q.reason = "as somebody who left"
		q.text += ", who left"
	case a && !b:
		q.reason = "as somebody active, and is not"
		q.text = fmt.Sprintf("%s, who is not active, has the %s of %s, who is", h.first.Ref, j.by(), first.first.Ref)
	default:
		return question{reason: "as somebody of whom more is asked", text: q.text + ", of whom more is asked"}, false
	}
	return q, true
}

// pairs joins humans with the first of them, who has the account if one of them has. If
// something must be asked of one of them, it is asked of all: nothing rests on a join
// before it is in the ledger. A join is permanent. It waits for a run that reads these sources
// in full, because an address may have passed to another person.
func (j *joiner) pairs(first *human, others []*human) {
	var free []*human
	questions, asked := map[*human]question{}, false
	for _, h := range others {
		switch {
		case h.first.hasAccount() && first.first.hasAccount():
			j.notes = append(j.notes, joinedTwice(first.first, h.first))
		default:
			q, doubted := j.doubt(first, h)
			asked, questions[h] = asked || doubted, q
			free = append(free, h)
		}
	}
	for _, h := range free {
		unread := j.unread(first, h)
		switch {
		case asked:
			j.ask(first, h, questions[h], unread)
		case len(unread) > 0:
			j.waitForRead(first, h, unread)
		default:
			j.joins[h.first.Ref] = first.first.Ref
		}
	}
}

// ask holds a join until it is approved. Approved, it is remembered, and the next pass
// goes by it.
func (j *joiner) ask(first, h *human, q question, unread []string) {
	op := Op{
		Kind: JoinPerson, Person: h.first.Ref, From: first.first.Ref, Account: first.first.Account, Login: stated(h.first), Unread: unread,
		Reason: Reason{Basis: Shown, Cause: FirstMatch, Text: fmt.Sprintf("has the same %s %s", j.by(), q.reason)},
	}
	if len(q.gone) > 0 {
		op.Reason = Reason{Basis: NotVisible, Text: op.Reason.Text, Claims: q.gone} // the account is known: no first match
	}
	if slices.ContainsFunc(q.gone, func(c Claim) bool { return c.Ref == first.first.Ref }) && first.first.hasAccount() {
		// The record that has the account is the one that is gone.
		op.Kind, op.Person = MoveLink, j.recordIn(h, first.first.Ref.Source)
		op.Changes = moveChanges(first.first, op.Person)
	}
	approved := j.in.Approved[op.Hash()]
	if len(q.gone) > 0 || approved {
		j.spare(first, h, approved)
	}
	j.doubted[h.first.Ref] = true
	if !approved {
		j.held = append(j.held, Held{Why: WhyNewID, Exit: Approve, Ops: []Op{op}, Text: q.text, WayOut: joinWayOut})
		return
	}
	j.ops = append(j.ops, op)
}

// unread returns the sources of the records of two humans that this run did not read in full.
func (j *joiner) unread(a, b *human) []string {
	var out []string
	for _, i := range slices.Concat(a.records, b.records) {
		if source := j.in.People[i].Ref.Source; j.in.configured(source) && !j.in.full(source) {
			out = union(out, source)
		}
	}
	return out
}

// spare notes that a record may be that of one who comes first.
func (j *joiner) spare(first, h *human, decided bool) {
	s := j.spared[first.first.Ref]
	j.spared[first.first.Ref] = spared{active: s.active || j.active(h), decided: s.decided || decided}
}

// recordIn returns the record that a source states of a human, zero if it states none.
func (j *joiner) recordIn(h *human, source string) connectors.Ref {
	for _, i := range h.records {
		if p := j.in.People[i]; p.User != nil && p.Ref.Source == source {
			return p.Ref
		}
	}
	return connectors.Ref{}
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

// remember plans to record every join that the ledger does not hold as it is: with the
// one who comes first, so that none hangs on another.
func (j *joiner) remember() {
	for _, ref := range j.all() {
		root := j.root(ref)
		i, known := j.in.Person(ref)
		first, there := j.in.Person(root)
		if !known || !there || j.in.Joins[ref] == root {
			continue
		}
		text := "has the same " + j.by()
		if old, moved := j.in.Joins[ref]; moved && j.root(old) == root {
			text = fmt.Sprintf("was joined with %s, who is that person", old)
		}
		j.ops = append(j.ops, Op{
			Kind: JoinPerson, Person: ref, From: root, Account: j.in.People[first].Account, Login: stated(j.in.People[i]),
			Reason: Reason{Basis: Shown, Cause: FirstMatch, Text: text},
		})
	}
}

// by names what people are joined by.
func (j *joiner) by() string {
	if j.in.Policy.Join.By == UserName || j.in.Policy.Join.By == "" {
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
