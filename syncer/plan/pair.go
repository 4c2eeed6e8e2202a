package plan

import (
	"fmt"
	"slices"

	"writersync/connectors"
)

const joinWayOut = "If they are one person, approve; if not, correct what they have in common in one of the directories."

// pair joins a human with the one who comes first, who has the account if one of them
// has. If one of them is active and the other is not, or a record takes the place of
// one that is gone, it may be somebody else who was given the address: then an admin
// is asked, and nothing rests on the join before it is in the ledger.
func (j *joiner) pair(first, h *human) {
	gone := j.replaced(first, h)
	switch a, b := j.active(first), j.active(h); {
	case h.first.hasAccount() && first.first.hasAccount():
		j.notes = append(j.notes, joinedTwice(first.first, h.first))
	case h.first.Standing != None:
		// The link of an account that is gone stays where it is.
	case len(gone) > 0:
		j.ask(first, h, gone, fmt.Sprintf("%s, who is new, has the %s of %s, whose record %s is gone", h.first.Ref, j.by(), first.first.Ref, gone[0].Ref))
	case !a && (b || first.first.Standing != None):
		j.ask(first, h, nil, fmt.Sprintf("%s, who is new, has the %s of %s, who left", h.first.Ref, j.by(), first.first.Ref))
	case a && !b:
		j.ask(first, h, nil, fmt.Sprintf("%s, who is not active, has the %s of %s, who is", h.first.Ref, j.by(), first.first.Ref))
	default:
		j.joins[h.first.Ref] = first.first.Ref
	}
}

// ask holds a join until it is approved. Approved, it is remembered, and the next pass
// goes by it.
func (j *joiner) ask(first, h *human, gone []Claim, text string) {
	op := Op{
		Kind: JoinPerson, Person: h.first.Ref, From: first.first.Ref, Account: first.first.Account, Login: stated(h.first),
		Reason: Reason{Basis: Contact, Text: "has the same " + j.by()},
	}
	if len(gone) > 0 {
		op.Reason.Basis, op.Reason.Claims = Absence, gone
		j.spared[first.first.Ref] = true
	}
	if slices.ContainsFunc(gone, func(c Claim) bool { return c.Ref == first.first.Ref }) && first.first.hasAccount() {
		// The record that has the account is the one that is gone.
		op.Kind, op.Person = MoveLink, j.recordIn(h, first.first.Ref.Source)
	}
	j.doubted[h.first.Ref] = true
	if !j.in.Approved[op.Hash()] {
		j.held = append(j.held, Held{Why: WhyNewID, Exit: Approve, Ops: []Op{op}, Text: text, WayOut: joinWayOut})
		return
	}
	j.ops = append(j.ops, op)
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

// await holds newcomers who have what somebody with an account had when that one was
// read last, in a record that cannot be relied on now: who gets an account of their own
// meanwhile has two for ever.
func (j *joiner) await(all []*human) {
	if j.in.Supposed {
		return
	}
	unsure := func(p Person) string {
		if j.key(p) != "" {
			return ""
		}
		return j.lastKey(p)
	}
	had := map[string]*human{}
	for _, h := range all {
		for _, i := range h.records {
			if key := unsure(j.in.People[i]); key != "" && h.first.hasAccount() {
				had[key] = h
			}
		}
	}
	for _, h := range all {
		if h.first.Standing != None || j.doubted[h.first.Ref] || j.root(h.first.Ref) != h.first.Ref {
			continue
		}
		for _, i := range h.records {
			if owner := had[j.key(j.in.People[i])]; owner != nil && j.root(owner.first.Ref) != j.root(h.first.Ref) {
				j.wait(owner, h)
				break
			}
		}
	}
}

func (j *joiner) wait(owner, h *human) {
	j.doubted[h.first.Ref] = true
	j.held = append(j.held, Held{
		Why: WhyNewID, Exit: Wait,
		Ops: []Op{{
			Kind: JoinPerson, Person: h.first.Ref, From: owner.first.Ref, Account: owner.first.Account, Login: stated(h.first),
			Reason: Reason{Basis: Contact, Text: "has the same " + j.by()},
		}},
		Text:   fmt.Sprintf("%s has the %s that %s had when they were read last, and their record cannot be relied on now", h.first.Ref, j.by(), owner.first.Ref),
		WayOut: "The next pass that reads every source whole, and that record without a fault, decides.",
	})
}

// remember plans to record every join that the ledger does not hold as it is: with the
// one who comes first, so that none hangs on another.
func (j *joiner) remember() {
	for _, ref := range j.all() {
		root := j.root(ref)
		i, known := j.find(ref)
		first, there := j.find(root)
		if !known || !there || j.in.Joins[ref] == root {
			continue
		}
		text := "has the same " + j.by()
		if old, moved := j.in.Joins[ref]; moved && j.root(old) == root {
			text = fmt.Sprintf("was joined with %s, who is that person", old)
		}
		j.ops = append(j.ops, Op{
			Kind: JoinPerson, Person: ref, From: root, Account: j.in.People[first].Account, Login: stated(j.in.People[i]),
			Reason: Reason{Basis: Contact, Text: text},
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
