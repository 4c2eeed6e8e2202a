package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
)

// A Mark is what a user showed before and does not show now: neither the fact nor another
// value of it. An empty value shows nothing. If it kept the user out, it still does, until the source shows it or
// another value, a Witness says that its absence is as good as another value, or an admin
// approves what would follow.
type Mark struct {
	Since      time.Time
	Disabled   bool   // the user was disabled
	By         string // connectors.User.StatusBy of that
	Attributes map[connectors.Attribute]string
	Judged     bool // a Witness found that its absence means nothing else
	// Shown is the user as the source lists them now, where the record was loaded.
	Shown *connectors.User
	parts []Part // of a person of several records, as their sources show them
}

// On returns the user as if what the mark has held still.
func (m Mark) On(u connectors.User) connectors.User {
	if m.Disabled {
		u.Status, u.StatusBy = connectors.StatusDisabled, m.By
	}
	if len(m.Attributes) > 0 {
		all := maps.Clone(u.Attributes)
		if all == nil {
			all = map[connectors.Attribute]string{}
		}
		for a, value := range m.Attributes {
			all[a] = cmp.Or(all[a], value)
		}
		u.Attributes, u.Unusable = all, maps.Clone(u.Unusable)
		maps.DeleteFunc(u.Unusable, func(a connectors.Attribute, _ string) bool { _, had := all[a]; return had })
	}
	return u
}

// A fact is what keeps a user out: a group, or an attribute of that value; if both are
// empty, the status.
type fact struct {
	attribute connectors.Attribute
	value     string
	group     connectors.Ref
	record    connectors.Ref // the vanished user it was listed of, if it was
	since     time.Time      // when it was first not visible
}

// word names the fact for people.
func (f fact) word() string {
	switch {
	case f.record != connectors.Ref{}:
		of := f
		of.record = connectors.Ref{}
		return of.word() + " in source " + f.record.Source
	case f.group != connectors.Ref{}:
		return "group " + f.value
	case f.attribute != "":
		return fmt.Sprintf("%s %q", f.attribute.Word(), f.value)
	}
	return cmp.Or(f.value, "the status")
}

// keptOut returns the facts of a mark without which the user would not be kept out. The
// user is marked where the mark holds still.
func (m Mark) keptOut(p Profile, source string, marked connectors.User) []fact {
	var out []fact
	if marked.Status == connectors.StatusDisabled {
		if m.Shown.Status == connectors.StatusDisabled {
			return nil // by another fact
		}
		out, marked.Status = append(out, fact{value: m.By, since: m.Since}), m.Shown.Status
	}
	against, looked, err := p.Wants(source, marked)
	if err != nil || against == "" {
		return out
	}
	if against, _, err := p.Wants(source, *m.Shown); err == nil && against != "" {
		return out
	}
	for _, a := range slices.Sorted(maps.Keys(m.Attributes)) {
		if !m.Shown.Shows(a) && slices.Contains(looked, a) {
			out = append(out, fact{attribute: a, value: m.Attributes[a], since: m.Since})
		}
	}
	return out
}

// takeMarks finds the users who are kept out by a fact that is not visible. From here on all who
// have marks are as the source shows them.
func (d *desired) takeMarks() {
	if len(d.in.Marks) == 0 {
		return
	}
	d.in.People = slices.Clone(d.in.People)
	for ref, m := range d.in.Marks {
		i, known := d.in.Person(ref)
		if !known || m.Shown == nil || d.in.People[i].User == nil {
			continue
		}
		if facts := m.keptOut(d.profile(), ref.Source, *d.in.People[i].User); len(facts) > 0 {
			d.keepOut(i, facts...)
		}
		d.in.People[i].User, d.in.People[i].Parts = m.Shown, m.parts
	}
}

// keepOut notes what keeps a person out and is not visible.
func (d *desired) keepOut(i int, facts ...fact) {
	if d.keptOut == nil {
		d.keptOut = map[int][]fact{}
	}
	d.keptOut[i] = append(d.keptOut[i], facts...)
}

// notVisible decides for a person who is kept out by a fact that is not visible. All that would
// give access waits for an approval.
func (d *differ) notVisible(i int) {
	p := d.in.People[i]
	ends := d.leaveOps(i, Reason{Basis: NotVisible, Text: d.whyKept(i) + ", and was reactivated in Writer"})
	switch {
	case p.Standing == Live:
		d.keptOutBefore(i)
		return
	case p.reactivated() && len(ends) > 0:
		d.holdRevived(i, d.whyKept(i), ends)
		return
	case p.User.Status != connectors.StatusActive:
		d.employed(i)
		return
	case !d.inScope(i):
		return
	}
	ops := d.tried(i, d.employed)
	for at := range ops {
		ops[at].Reason.Basis, ops[at].Reason.Marks = NotVisible, d.marksOf(i)
	}
	d.await(i, false, ops)
}

// tried returns the ops that decide would plan for a person, without planning them.
func (d *differ) tried(i int, decide func(i int)) []Op {
	planned, fate := len(d.ops), d.fates[i]
	decide(i)
	ops := slices.Clone(d.ops[planned:])
	d.ops, d.fates[i] = d.ops[:planned], fate
	return ops
}

// keptOutBefore leaves an account as it is whose user was kept out, by a fact that is not
// visible now: nothing is given to it before an approval, and it does not end for that.
func (d *differ) keptOutBefore(i int) {
	p := d.in.People[i]
	d.fates[i] = fateOut
	d.await(i, true, []Op{{
		Kind: ConfirmUser, Person: p.Ref, Account: p.Account, Login: d.login(i),
		Reason: Reason{Basis: NotVisible, Text: "was kept out by what is not visible now", Marks: d.marksOf(i)},
	}})
}

// marksOf names what keeps a person out and is not visible: groups, and the records of the
// person.
func (d *differ) marksOf(i int) []Claim {
	var out []Claim
	var by []string
	for _, f := range d.keptOut[i] {
		switch {
		case f.record != connectors.Ref{}:
			out = append(out, Claim{Kind: connectors.UserObject, Ref: f.record, Fact: cmp.Or(string(f.attribute), f.value, "status")})
		case f.group != connectors.Ref{}:
			out = append(out, Claim{Kind: connectors.GroupObject, Ref: f.group})
		case f.attribute != "":
			by = append(by, string(f.attribute))
		default:
			by = append(by, cmp.Or(f.value, "status"))
		}
	}
	slices.Sort(by)
	for _, part := range d.parts(i) {
		out = append(out, Claim{Kind: connectors.UserObject, Ref: part.Ref, Fact: strings.Join(by, " ")})
	}
	return out
}

// A notSeen names the people of a source with one fact that is not visible.
type notSeen struct {
	source, fact string
	live         bool // they have an account
}

// An answer is what waits for one answer.
type answer struct {
	people int
	since  time.Time
	ops    []Op
}

// await holds the ops of a person until an admin says that the fact has ended, one hold for
// each source and fact.
func (d *differ) await(i int, live bool, ops []Op) {
	if len(ops) == 0 {
		return
	}
	if d.approved(ops) {
		if d.add(ops...) && !live {
			d.fates[i] = fateComing
		}
		return
	}
	words, since := make([]string, 0, 1), d.keptOut[i][0].since
	for _, f := range d.keptOut[i] {
		words = append(words, f.word())
		if f.since.Before(since) {
			since = f.since
		}
	}
	key := notSeen{d.in.People[i].Ref.Source, strings.Join(words, " and "), live}
	if d.answers == nil {
		d.answers = map[notSeen]*answer{}
	}
	a := d.answers[key]
	if a == nil {
		a = &answer{since: since}
		d.answers[key] = a
	}
	if since.Before(a.since) {
		a.since = since
	}
	a.people++
	a.ops = append(a.ops, ops...)
}

// holdNotVisible makes the holds of await.
func (d *differ) holdNotVisible() {
	for key, a := range d.answers {
		who, are := "1 user", "was"
		if a.people > 1 {
			who, are = fmt.Sprintf("%d users", a.people), "were"
		}
		h := Held{
			Why: WhyNotVisible, Exit: Approve, Ops: a.ops,
			Text: fmt.Sprintf("%s of source %s %s kept out by %s, which is not visible%s", who, key.source, are, key.fact, sinceWhen(a.since)),
			WayOut: "Approve if they may have access now. If not, let the source show it again: see whether the credential may still read it, or the export still has it. " +
				"Where the source shows a value for active users too, and the configuration names it, a user who comes back needs no approval.",
		}
		if key.live {
			h.Text += fmt.Sprintf("; the account %s, and is given nothing", map[bool]string{true: "of each stays", false: "stays"}[a.people > 1])
			h.WayOut = "Approve if they are active. If not, let the source show that they are disabled or left out."
		}
		d.held = append(d.held, h)
	}
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// sinceWhen says since when a fact is not visible, where that is known.
func sinceWhen(t time.Time) string {
	if t.IsZero() {
		return " now"
	}
	return " since " + when(t)
}

// whyKept says what keeps a person out that is not visible, "" if nothing does.
func (d *desired) whyKept(i int) string {
	facts := d.keptOut[i]
	if len(facts) == 0 {
		return ""
	}
	return fmt.Sprintf("was kept out by %s, which is not visible%s", facts[0].word(), sinceWhen(facts[0].since))
}
