package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// An Explanation answers why somebody is, or is not, in a team, from what the state
// holds alone.
type Explanation struct {
	Now    time.Time
	People []PersonFacts
	Teams  []TeamFacts
}

// PersonFacts is all that is known of one person.
type PersonFacts struct {
	Ref       connectors.Ref
	Read      time.Time        // of the last complete reading of the source
	Stated    *connectors.User // nil if it does not state the person
	Missing   int              // complete readings in a row that did not
	Groups    []string         // names of those that list the person
	InScope   bool
	Why       string // in scope or not: a clause
	Paths     []plan.Path
	Protected bool
	Joined    []connectors.Ref // the same person in other sources

	Link    *plan.Link // nil without one
	Teams   []Membership
	Planned []plan.Op // what a pass would do that found the directory as it was read last, removals left out
	Held    []plan.Held
	Retries []plan.Retry
	History []Event // newest first
}

// A Membership is a team that a person is in by the ledger.
type Membership struct {
	Team   string
	Sleeps bool // left behind by a deactivation
	Wanted bool // a group that feeds the team lists the person
}

// TeamFacts is all that is known of one team.
type TeamFacts struct {
	ID      plan.RemoteID // empty for a team that rules name and that is not linked
	Name    string
	Feeds   []TeamFeed
	Members int      // by the ledger
	Waiting []string // who is wanted and not in it, the first few
	Wanted  int
	Held    []plan.Held
	Missing string // why it is not linked; empty if it is
}

// A TeamFeed is a group that feeds a team.
type TeamFeed struct {
	Group   connectors.Ref
	Name    string // empty if the last reading does not state the group
	Rule    string // empty for one that is nested in another
	People  int    // whom the group itself lists
	Missing int    // complete readings in a row that did not state it
}

// history is how many events of a person are shown.
const history = 12

// Explain says what is known of the people and teams that are called text: an
// e-mail, an ID, a name, the name of a team or a group.
func (s *Syncer) Explain(ctx context.Context, text string) (Explanation, error) {
	x := &explainer{Syncer: s, text: strings.TrimSpace(text)}
	if err := x.load(ctx); err != nil {
		return Explanation{}, err
	}
	out := Explanation{Now: s.o.Now()}
	for _, i := range x.people {
		facts, err := x.person(ctx, int(i))
		if err != nil {
			return Explanation{}, err
		}
		out.People = append(out.People, facts)
	}
	out.Teams = x.teams()
	if len(out.People)+len(out.Teams) == 0 {
		return Explanation{}, fmt.Errorf("nobody and no team is called %q in the last readings: give an e-mail, an ID, a full name, or the name of a team or group", text)
	}
	return out, nil
}

// explainer gathers what one question is about.
type explainer struct {
	*Syncer
	text    string
	people  []uint32
	in      plan.Input
	mapping plan.Mapping
	plan    plan.Plan
	held    []plan.Held
	states  []SourceState
}

func (x *explainer) load(ctx context.Context) (err error) {
	if x.people, err = x.o.Store.Find(ctx, x.text); err != nil {
		return fmt.Errorf("find people: %w", err)
	}
	if x.in, err = x.o.Store.Load(ctx); err != nil {
		return fmt.Errorf("load state: %w", err)
	}
	if x.states, err = x.o.Store.Sources(ctx); err != nil {
		return fmt.Errorf("load sources: %w", err)
	}
	x.in.Policy, x.in.Now, x.in.Sources, x.in.Supposed = x.o.Policy, x.o.Now(), nil, true
	for _, s := range x.o.Sources {
		x.in.Sources = append(x.in.Sources, plan.Source{Name: s.Name, Generation: x.state(s.Name).Generation})
	}
	slices.SortFunc(x.in.Sources, func(a, b plan.Source) int { return strings.Compare(a.Name, b.Name) })
	x.mapping = plan.Map(x.in)
	if err := x.o.Store.Fill(ctx, &x.in, x.concerned()); err != nil {
		return fmt.Errorf("load people: %w", err)
	}
	x.plan, _ = plan.Diff(x.in)
	runs, err := x.o.Store.Runs(ctx, 1)
	if err == nil && len(runs) > 0 {
		x.held = runs[0].Held
	}
	return err
}

// concerned returns the people asked about, and those who wait for a team that is.
func (x *explainer) concerned() []uint32 {
	out := slices.Clone(x.people)
	if len(x.in.Joins) > 0 {
		for i := range x.in.People {
			out = append(out, uint32(i)) //nolint:gosec // an index of People
		}
	}
	for _, w := range x.mapping.Teams {
		if x.named(x.in.Teams[w.Team].Name) {
			out = append(out, w.People...)
		}
	}
	for _, u := range x.mapping.Unlinked {
		if x.named(u.Name) {
			out = append(out, u.People...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *explainer) state(name string) SourceState {
	i := slices.IndexFunc(x.states, func(s SourceState) bool { return s.Name == name })
	if i < 0 {
		return SourceState{Name: name}
	}
	return x.states[i]
}

func (x *explainer) person(ctx context.Context, i int) (PersonFacts, error) {
	p := x.in.People[i]
	facts := PersonFacts{
		Ref: p.Ref, Read: x.state(p.Ref.Source).At, Stated: p.User, Missing: p.Missing, Paths: plan.Trace(x.in, i), Link: p.Link,
		Held: about(x.held, p.Ref),
	}
	facts.InScope, facts.Why = plan.ScopeOf(x.in, i)
	facts.Joined = plan.Joined(x.in, i)
	for _, g := range x.in.Groups {
		if _, listed := slices.BinarySearch(g.Members, uint32(i)); listed { //nolint:gosec // an index of People
			facts.Groups = append(facts.Groups, g.Name)
		}
	}
	for _, mail := range mails(p) {
		facts.Protected = facts.Protected || x.o.Protected.Emails[mail]
	}
	facts.Teams = x.memberships(uint32(i)) //nolint:gosec // an index of People
	for _, op := range x.plan.Ops {
		if op.Person == p.Ref {
			facts.Planned = append(facts.Planned, op)
		}
	}
	var err error
	facts.History, err = x.o.Store.History(ctx, history, func(e Event) bool { return e.Person == p.Ref || e.From == p.Ref })
	return facts, err
}

func mails(p plan.Person) []string {
	var out []string
	if p.User != nil {
		out = append(out, connectors.CanonicalEmail(p.User.Email))
	}
	if p.Link != nil {
		out = append(out, p.Link.Email())
	}
	return out
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

// about returns what is held of a person.
func about(held []plan.Held, person connectors.Ref) []plan.Held {
	var out []plan.Held
	for _, h := range held {
		own := h
		own.Ops = nil
		for _, op := range h.Ops {
			if op.Person == person || op.From == person {
				own.Ops = append(own.Ops, op)
			}
		}
		if len(own.Ops) > 0 {
			out = append(out, own)
		}
	}
	return out
}
