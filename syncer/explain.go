package syncer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// An Explanation answers why somebody is, or is not, in a team, from what the state
// holds alone.
type Explanation struct {
	Now    time.Time
	Gate   guard.Gate // under the rules of now; of those that no pass has seen it is closed
	People []PersonFacts
	Teams  []TeamFacts
	Groups []GroupFacts // those that feed no team
}

// PersonFacts is all that is known of one person.
type PersonFacts struct {
	Ref       connectors.Ref
	Records   []Record         // one of each source that states the person, or did
	Stated    *connectors.User // what they come to; nil if no source states the person
	Groups    []string         // names of those that the person is in
	Dangling  []string         // those of them whose list names the person no more; see plan.Group
	InScope   bool
	Why       string // in scope or not: a clause
	Paths     []plan.Path
	Protected bool
	// OutSince is since when the person, who has an account, is out of scope, and Ends when
	// the account ends at the earliest; zero while that waits for a membership to be removed.
	OutSince, Ends time.Time `json:",omitzero"`

	Link    *plan.Link // nil without one
	Teams   []Membership
	Planned []plan.Op // what a pass would do that read the same once more, but for what is held
	Held    []HeldPart
	Retries []plan.Retry
	History []store.Event // newest first
}

// A Record is what one source states of a person.
type Record struct {
	Ref  connectors.Ref
	Read time.Time // of the last complete reading of the source
	// Followed is when what changed in it was read last; perhaps before Read.
	Followed time.Time
	Stated   *connectors.User // nil if it does not state the person
	Gone     time.Time        `json:",omitzero"` // since when it does not, as far as that is known
}

// HeldPart is what of a hold is about somebody.
type HeldPart struct {
	Held plan.Held // with the ops that are about the person, team or group
	Hash plan.Hash // of the whole hold: what is approved
	Of   int       // ops of the whole hold
}

// A Membership is a team that a person is in by the ledger.
type Membership struct {
	Team   string
	Sleeps bool // left behind by a deactivation
	Wanted bool // a group that feeds the team lists the person
}

// history is how many events of a person are shown.
const history = 12

// Explain says what is known of the people, teams and groups that are called text: an
// e-mail, an ID, a name, the name of a team or a group. All of it is of one moment.
func (s *Syncer) Explain(ctx context.Context, text string) (out Explanation, err error) {
	err = s.o.Store.View(ctx, func(tx Reader) (err error) {
		out, err = s.explain(tx, strings.TrimSpace(text))
		return err
	})
	return out, err
}

func (s *Syncer) explain(tx Reader, text string) (Explanation, error) {
	x := &explainer{Syncer: s, tx: tx, text: text}
	if err := x.load(); err != nil {
		return Explanation{}, err
	}
	control, err := tx.Control()
	if err != nil {
		return Explanation{}, err
	}
	out := Explanation{Now: s.o.Now(), Gate: guard.GateClosed}
	if control.Base.Hash == s.rules {
		out.Gate = gateOf(control.Base, out.Now)
	}
	for _, i := range x.people {
		facts, err := x.person(i)
		if err != nil {
			return Explanation{}, err
		}
		out.People = append(out.People, facts)
	}
	out.Teams, out.Groups = x.teams(), x.idleGroups()
	if len(out.People)+len(out.Teams)+len(out.Groups) == 0 {
		return Explanation{}, fmt.Errorf("nobody and no team or group is called %q in the last readings: give an e-mail, an ID, a full name, or the name of a team or group", text)
	}
	return out, nil
}

// explainer gathers what one question is about.
type explainer struct {
	*Syncer
	tx      Reader
	text    string
	in      plan.Input // people of several sources as one
	people  []int      // those asked about
	mapping plan.Mapping
	assumed plan.Input // in, with every team that a rule names
	census  plan.Census
	plan    plan.Plan
	held    []plan.Held
	states  []store.Source
}

func (x *explainer) load() error {
	found, err := x.tx.Find(x.text)
	if err != nil {
		return err
	}
	in, err := x.tx.Load()
	if err != nil {
		return err
	}
	if x.states, err = x.tx.Sources(); err != nil {
		return err
	}
	removed, err := x.tx.Removals(x.o.Now().Add(-week))
	if err != nil {
		return err
	}
	in.Policy, in.Now, in.Sources, in.Removed = x.o.Policy, x.o.Now(), nil, lastRemoved(removed)
	for _, s := range x.o.Sources {
		_, proves := s.Connector.(connectors.Prover)
		state := x.state(s.Name)
		// As if each were read once more, and showed the same.
		in.Sources = append(in.Sources, plan.Source{Name: s.Name, Read: plan.InFull, Proves: proves, States: stated(state), At: in.Now, Files: readSince(state)})
	}
	slices.SortFunc(in.Sources, func(a, b plan.Source) int { return strings.Compare(a.Name, b.Name) })
	if err := x.tx.Fill(&in, x.concerned(in, found)); err != nil {
		return err
	}
	x.in = plan.AsOne(in)
	x.mapping, x.assumed = plan.Map(x.in), plan.Assume(x.in)
	x.census = plan.TakeCensus(x.assumed)
	for _, i := range found {
		if at := x.find(in.People[i].Ref); !slices.Contains(x.people, at) {
			x.people = append(x.people, at)
		}
	}
	x.plan, _ = plan.Diff(in)
	x.held, err = x.stillHeld()
	return err
}

// stillHeld returns what the last run held, but for what was approved since: the next run
// does that.
func (x *explainer) stillHeld() ([]plan.Held, error) {
	runs, err := lastRuns(x.tx, 1)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	approvals, err := x.tx.Approvals(x.o.Now())
	return slices.DeleteFunc(runs[0].Held, func(h plan.Held) bool {
		_, given := approvedSince(h, runs[0].Started, approvals)
		return given
	}), err
}

// find returns who has the record.
func (x *explainer) find(ref connectors.Ref) int {
	return slices.IndexFunc(x.in.People, func(p plan.Person) bool {
		return p.Ref == ref || slices.ContainsFunc(p.Also, func(a plan.Part) bool { return a.Ref == ref })
	})
}

// concerned returns whose records are wanted: of the people asked about, and of those
// in a team that is. Where people may be joined, that is everybody.
func (x *explainer) concerned(in plan.Input, found []uint32) []uint32 {
	out := slices.Clone(found)
	if len(in.Joins) > 0 || in.Policy.Join.By != "" {
		for i := range in.People {
			out = append(out, uint32(i)) //nolint:gosec // an index of People
		}
	}
	mapping := plan.Map(in)
	for _, w := range mapping.Teams {
		if team := in.Teams[w.Team]; x.asks(team.Name, string(team.ID)) || slices.ContainsFunc(x.feeds(in, team.ID), x.asksOfFeed) {
			out = append(out, w.People...)
		}
	}
	for _, u := range mapping.Unlinked {
		if x.asks(u.Name) || slices.ContainsFunc(u.Groups, func(g string) bool { return x.asks(g) }) {
			out = append(out, u.People...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *explainer) state(name string) store.Source {
	i := slices.IndexFunc(x.states, func(s store.Source) bool { return s.Name == name })
	if i < 0 {
		return store.Source{Name: name}
	}
	return x.states[i]
}
