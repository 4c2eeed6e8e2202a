package plan

import (
	"maps"
	"slices"

	"writersync/connectors"
)

// A Witness judges whether the absence of a fact that kept users out is as good as another
// value of it. It is, for the users of a container, if
//
//   - no user of the source shows a value that says the opposite, so that absence is how
//     the source says it;
//   - another user of the container is kept out by the same fact, and the source was read
//     in full in this run, so that the fact can still be seen there;
//   - fewer than half of those who were kept out by it have lost it: what many lose at once is
//     lost to sight.
//
// It is shown every user of Sources, once.
type Witness struct {
	in      Input
	profile Profile
	sources map[string]map[connectors.Attribute]*witnessed
	users   map[connectors.Ref][]fact
}

// A witnessed is what is asked of the users of a source about one attribute, "" for the
// status.
type witnessed struct {
	opposite bool
	tallies  map[string]*tally // by value
}

type tally struct {
	lost, kept int
	opposite   bool            // a user shows an active value of the attribute, of a status
	containers map[string]bool // in which users are kept out by it
}

// NewWitness returns the witness of the marks of in, as far as their records were loaded and
// their sources read in full in this run.
func NewWitness(in Input) *Witness {
	w := &Witness{in: in, profile: in.Policy.Profile, sources: map[string]map[connectors.Attribute]*witnessed{}, users: map[connectors.Ref][]fact{}}
	if w.profile == nil {
		w.profile = everything{}
	}
	open := false
	for _, m := range in.Marks {
		open = open || !m.Judged
	}
	for ref, m := range in.Marks {
		if !open || m.Shown == nil || !in.full(ref.Source) {
			continue
		}
		facts := m.keptOut(w.profile, ref.Source, m.On(*m.Shown))
		for _, f := range facts {
			w.ask(ref.Source, f)
		}
		if len(facts) > 0 {
			w.users[ref] = facts
		}
	}
	return w
}

func (w *Witness) ask(source string, f fact) {
	questions := w.sources[source]
	if questions == nil {
		questions = map[connectors.Attribute]*witnessed{}
		w.sources[source] = questions
	}
	q := questions[f.attribute]
	if q == nil {
		q = &witnessed{tallies: map[string]*tally{}}
		questions[f.attribute] = q
	}
	t := q.tallies[f.value]
	if t == nil {
		t = &tally{containers: map[string]bool{}}
		q.tallies[f.value] = t
	}
	t.lost++
}

// Sources returns the sources whose users must be shown, sorted.
func (w *Witness) Sources() []string { return slices.Sorted(maps.Keys(w.sources)) }

// See takes a user as the source lists them.
func (w *Witness) See(source string, u connectors.User) {
	for a, q := range w.sources[source] {
		if a == "" && u.Status == connectors.StatusActive {
			for by, t := range q.tallies {
				t.opposite = t.opposite || u.Denies(by)
			}
			continue
		}
		value, shown, out := w.says(source, u, a)
		switch t := q.tallies[value]; {
		case !shown:
		case !out:
			q.opposite = true
		case t != nil:
			t.kept++
			t.containers[u.Container] = true
		}
	}
}

// says returns what a user shows of an attribute, whether anything, and whether the user is
// kept out.
func (w *Witness) says(source string, u connectors.User, a connectors.Attribute) (value string, shown, out bool) {
	if a == "" {
		out = u.Status == connectors.StatusDisabled
		return u.StatusBy, out, out
	}
	if value = u.Attributes[a]; value == "" {
		return "", false, false
	}
	against, _, err := w.profile.Wants(source, u)
	return value, err == nil, against != ""
}

// Judge returns the users who are kept out no more, and those who are found for the first
// time to be kept out still, both sorted. A user is judged once: that others are locked later
// says nothing of them.
func (w *Witness) Judge() (ended, stay []connectors.Ref) {
	for ref, facts := range w.users {
		switch {
		case w.in.Marks[ref].Judged:
		case slices.ContainsFunc(facts, func(f fact) bool { return !w.ended(ref, f) }):
			stay = append(stay, ref)
		default:
			ended = append(ended, ref)
		}
	}
	slices.SortFunc(ended, connectors.Ref.Compare)
	slices.SortFunc(stay, connectors.Ref.Compare)
	return ended, stay
}

// Ended takes the marks of users from the picture.
func (in *Input) Ended(users []connectors.Ref) {
	for _, ref := range users {
		if i, known := in.Person(ref); known && in.Marks[ref].Shown != nil {
			in.People[i].User = in.Marks[ref].Shown
		}
		delete(in.Marks, ref)
	}
}

func (w *Witness) ended(user connectors.Ref, f fact) bool {
	q := w.sources[user.Source][f.attribute]
	t := q.tallies[f.value]
	return !q.opposite && !t.opposite && t.containers[w.in.Marks[user].Shown.Container] && 2*t.lost < t.lost+t.kept
}
