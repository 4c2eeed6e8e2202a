package expect

import (
	"fmt"
	"slices"
	"strings"

	"writersync/config"
	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Finding says whether one expectation holds. An entry of the file that says
// several things makes several.
type Finding struct {
	Line        int    `json:"line"`
	Expectation string `json:"expectation"` // "ada@example.com is in Legal"
	Holds       bool   `json:"holds"`
	Found       string `json:"found,omitempty"` // what is so instead, and why
	Because     string `json:"because,omitempty"`
}

// Judge holds the expectations against what the policy of in makes of the directory
// in in, whose records were all loaded. Teams that rules name are taken to exist.
func Judge(f File, in plan.Input) []Finding {
	c := newCourt(plan.Assume(in))
	for _, e := range f.Expectations {
		c.now = e
		switch {
		case e.Person != "":
			c.person(e)
		case e.Team != "":
			c.team(e)
		case e.Everyone != nil:
			c.everyone(*e.Everyone)
		default:
			c.nobodyOf(e.NobodyOf, "provisioned", c.provisioned)
		}
	}
	return c.findings
}

// court is what expectations are held against.
type court struct {
	in          plan.Input
	census      plan.Census
	rosters     []plan.Roster
	provisioned []uint32         // ascending
	byMail      map[string][]int // canonical e-mail to people
	parts       map[connectors.Ref]int
	now         Expectation
	findings    []Finding
}

func newCourt(in plan.Input) *court {
	c := &court{in: in, census: plan.TakeCensus(in), byMail: map[string][]int{}, parts: map[connectors.Ref]int{}}
	c.rosters = c.census.Rosters()
	for i, p := range in.People {
		if provisioned, _ := c.census.Provisioned(i); provisioned {
			c.provisioned = append(c.provisioned, uint32(i)) //nolint:gosec // an index of People
		}
		c.index(i, p)
	}
	return c
}

// index notes by which e-mails, and as which records of other sources, person i is
// found.
func (c *court) index(i int, p plan.Person) {
	users := []*connectors.User{p.User}
	for _, part := range p.Also {
		users = append(users, part.User)
		if part.User != nil {
			c.parts[part.Ref] = i
		}
	}
	for _, u := range users {
		if u == nil {
			continue
		}
		if mail := connectors.CanonicalEmail(u.Email); !slices.Contains(c.byMail[mail], i) {
			c.byMail[mail] = append(c.byMail[mail], i)
		}
	}
}

// say notes a finding. found counts only if the expectation does not hold.
func (c *court) say(expectation string, holds bool, found string) {
	f := Finding{Line: c.now.line, Expectation: expectation, Holds: holds}
	if !holds {
		f.Found, f.Because = found, c.now.Because
	}
	c.findings = append(c.findings, f)
}

func (c *court) person(e Expectation) {
	if e.Provisioned != nil {
		text := e.Person + " is provisioned"
		if !*e.Provisioned {
			text = e.Person + " is not provisioned"
		}
		if i, unknown := c.find(e.Person); unknown != "" {
			c.say(text, false, unknown)
		} else {
			is, why := c.census.Provisioned(i)
			c.say(text, is == *e.Provisioned, "the person "+why)
		}
	}
	for _, team := range e.In {
		c.member(e.Person, team, true)
	}
	for _, team := range e.NotIn {
		c.member(e.Person, team, false)
	}
}

// member judges whether somebody is in a team.
func (c *court) member(person, team string, want bool) {
	text := person + " is in " + team
	if !want {
		text = person + " is not in " + team
	}
	roster, unknown := c.roster(team)
	if unknown != "" {
		c.say(text, false, unknown)
		return
	}
	i, unknown := c.find(person)
	if unknown != "" {
		c.say(text, false, unknown)
		return
	}
	_, is := slices.BinarySearch(roster.People, uint32(i)) //nolint:gosec // an index of People
	found := c.way(i, team)
	if want {
		found = c.elsewhere(i, team)
	}
	c.say(text, is == want, found)
}

func (c *court) team(e Expectation) {
	roster, unknown := c.roster(e.Team)
	c.count("in "+e.Team, roster.People, Bounds{e.AtMost, e.AtLeast}, unknown)
	for _, person := range e.Includes {
		c.member(person, e.Team, true)
	}
	for _, person := range e.Excludes {
		c.member(person, e.Team, false)
	}
	if e.NobodyOf != "" && unknown != "" {
		c.say(fmt.Sprintf("nobody of group %s is in %s", e.NobodyOf, e.Team), false, unknown)
	} else if e.NobodyOf != "" {
		c.nobodyOf(e.NobodyOf, "in "+e.Team, roster.People)
	}
}

func (c *court) everyone(b Bounds) { c.count("provisioned", c.provisioned, b, "") }

// count judges how many people there are.
func (c *court) count(what string, people []uint32, b Bounds, unknown string) {
	for _, bound := range []struct {
		words string
		n     *int
		holds func(n int) bool
	}{
		{"at most", b.AtMost, func(n int) bool { return len(people) <= n }},
		{"at least", b.AtLeast, func(n int) bool { return len(people) >= n }},
	} {
		if bound.n == nil {
			continue
		}
		text := fmt.Sprintf("%s %s %s", bound.words, are(*bound.n), what)
		if unknown != "" {
			c.say(text, false, unknown)
			continue
		}
		c.say(text, bound.holds(*bound.n), c.these(people))
	}
}

// nobodyOf judges whether none of a group's members is among people.
func (c *court) nobodyOf(pattern, what string, people []uint32) {
	text := fmt.Sprintf("nobody of group %s is %s", pattern, what)
	groups, members := c.census.Of(pattern)
	if len(groups) == 0 {
		c.say(text, false, fmt.Sprintf("no group is called %s%s", pattern, didYouMean(pattern, c.groupNames())))
		return
	}
	among := slices.DeleteFunc(members, func(i uint32) bool {
		_, is := slices.BinarySearch(people, i)
		return !is
	})
	c.say(text, len(among) == 0, c.these(among))
}

// find returns the person of an e-mail, or of source/ID, or says why there is no one
// such person. Of several with one e-mail, those who left do not count.
func (c *court) find(name string) (i int, unknown string) {
	if source, id, isRef := strings.Cut(name, "/"); isRef {
		ref := connectors.Ref{Source: source, ID: id}
		at, found := c.in.Person(ref)
		if found && c.in.People[at].User != nil {
			return at, ""
		}
		if at, found = c.parts[ref]; found {
			return at, ""
		}
	}
	mail := connectors.CanonicalEmail(name)
	people := c.byMail[mail]
	if here := slices.DeleteFunc(slices.Clone(people), func(i int) bool { return c.in.People[i].User.Status == connectors.StatusDisabled }); len(here) > 0 {
		people = here
	}
	switch len(people) {
	case 0:
		return 0, "the directory states nobody of that name" + c.nearMail(mail)
	case 1:
		return people[0], ""
	}
	var refs []string
	for _, i := range people {
		refs = append(refs, c.in.People[i].Ref.String())
	}
	return 0, "the directory states that e-mail of several people: " + strings.Join(refs, ", ")
}

// roster returns who is in the team of that name.
func (c *court) roster(team string) (r plan.Roster, unknown string) {
	var names []string
	for _, r := range c.rosters {
		if r.Team == team {
			return r, ""
		}
		names = append(names, r.Team)
	}
	if team == c.in.Policy.DefaultTeam {
		return r, "no rule leads a group there: Writer itself puts everybody into its default team"
	}
	hint := didYouMean(team, names)
	if hint == "" && len(names) > 0 && len(names) <= 12 {
		hint = "; groups are led to " + strings.Join(names, ", ")
	}
	return r, "no rule leads a group of the directory to a team of that name" + hint
}

func didYouMean(typed string, known []string) string {
	if near := config.Nearest(typed, known); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

func are(n int) string {
	if n == 1 {
		return "1 person is"
	}
	return fmt.Sprintf("%d people are", n)
}
