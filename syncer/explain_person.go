package syncer

import (
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func (x *explainer) person(i int) (PersonFacts, error) {
	p := x.in.People[i]
	facts := PersonFacts{
		Ref: p.Ref, Records: x.records(p), Stated: x.shown(p.Ref, p.User), Paths: plan.Trace(x.in, i), Link: p.Link, Teams: x.memberships(uint32(i)), //nolint:gosec // an index of People
	}
	facts.InScope, facts.Why = plan.ScopeOf(x.assumed, i)
	for _, g := range x.in.Groups {
		if _, listed := slices.BinarySearch(g.Members, uint32(i)); listed { //nolint:gosec // an index of People
			facts.Groups = append(facts.Groups, g.Name)
		}
		if _, dangling := slices.BinarySearch(g.Dangling, uint32(i)); dangling { //nolint:gosec // an index of People
			facts.Dangling = append(facts.Dangling, g.Name)
		}
	}
	for _, mail := range p.Emails() {
		facts.Protected = facts.Protected || x.o.Protected.Emails[mail]
	}
	is := func(ref connectors.Ref) bool {
		return slices.ContainsFunc(facts.Records, func(r Record) bool { return r.Ref == ref })
	}
	facts.Held = about(x.held, func(op plan.Op) bool { return is(op.Person) || is(op.From) })
	for _, op := range x.plan.Ops {
		if is(op.Person) && !slices.ContainsFunc(facts.Held, func(h HeldPart) bool { return h.names(op) }) {
			facts.Planned = append(facts.Planned, op)
		}
	}
	facts.outside(x.in.OutSince(i), x.o.Policy)
	var err error
	facts.History, err = x.tx.Events(history, func(e store.Event) bool { return is(connectors.Ref(e.Person)) || is(connectors.Ref(e.From)) })
	return facts, err
}

// outside says what becomes of an account whose user is out of scope since then.
func (f *PersonFacts) outside(since time.Time, policy plan.Policy) {
	if since.IsZero() || f.InScope || f.Link.Standing != plan.Live {
		return
	}
	removal := func(op plan.Op) bool { return op.Kind == plan.RemoveMember }
	f.OutSince = since
	if !slices.ContainsFunc(f.Planned, removal) && !slices.ContainsFunc(f.Held, func(h HeldPart) bool { return slices.ContainsFunc(h.Held.Ops, removal) }) {
		f.Ends = since.Add(policy.Grace)
	}
}

func (x *explainer) records(p plan.Person) []Record {
	parts := p.Parts
	if len(parts) == 0 {
		parts = []plan.Part{{Ref: p.Ref, User: p.User, Since: p.Gone}}
	}
	var out []Record
	for _, part := range parts {
		source := x.state(part.Ref.Source)
		out = append(out, Record{Ref: part.Ref, Read: source.At, Followed: source.Followed, Stated: x.shown(part.Ref, part.User), Gone: part.Since})
	}
	return out
}

// shown returns a user as the source lists them now, where the picture has what they showed
// before.
func (x *explainer) shown(ref connectors.Ref, u *connectors.User) *connectors.User {
	if m := x.in.Marks[ref]; u != nil && m.Shown != nil {
		return m.Shown
	}
	return u
}

func (x *explainer) memberships(i uint32) []Membership {
	var out []Membership
	for t, team := range x.in.Teams {
		if _, had := slices.BinarySearch(team.Had, i); !had {
			continue
		}
		m := Membership{Team: team.Name}
		_, m.Sleeps = slices.BinarySearch(team.Dormant, i)
		for _, w := range x.mapping.Teams {
			if w.Team == t {
				_, m.Wanted = slices.BinarySearch(w.People, i)
			}
		}
		out = append(out, m)
	}
	return out
}

// about returns what of the holds is about something.
func about(held []plan.Held, is func(plan.Op) bool) []HeldPart {
	var out []HeldPart
	for _, h := range held {
		part := HeldPart{Held: h, Hash: h.Hash(), Of: len(h.Ops)}
		part.Held.Ops = slices.DeleteFunc(slices.Clone(h.Ops), func(op plan.Op) bool { return !is(op) })
		if len(part.Held.Ops) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// names reports whether the op, or one that does the same, is held.
func (h HeldPart) names(op plan.Op) bool {
	return slices.ContainsFunc(h.Held.Ops, func(o plan.Op) bool { return o.Key() == op.Key() })
}
