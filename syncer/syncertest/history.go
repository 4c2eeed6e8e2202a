package syncertest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Company is a world of two sources whose people a test changes as it likes: corp,
// a directory that can be asked about single people, and hr, a list that cannot.
type Company struct {
	Corp, HR *Source
	humans   []*human
	mails    int // addresses given so far
}

// A human has a record in one source or in both, under one e-mail.
type human struct {
	name, mail string
	corp, hr   string // IDs; empty: never there
	gone       map[string]bool
	off        map[string]bool // disabled, by source
	contractor bool            // corp says so; see Contractors
	groups     map[string]bool
}

// CompanyGroups are the groups by ID, with the groups nested in each. Those of hr
// begin with h. Who is in ExcludeGroup has no account.
func CompanyGroups() map[string][]string {
	return map[string][]string{"g0": nil, "g1": nil, "g2": nil, "g3": {"g1"}, "h0": nil, ExcludeGroup: {"g4"}, "g4": nil}
}

// ExcludeGroup is the name of the group whose members have no account.
const ExcludeGroup = "g5"

// KindAttribute is that by which Contractors are left out.
var KindAttribute = connectors.Extra("kind") //nolint:gochecknoglobals // a name

// Contractors leaves out who has the kind contractor.
type Contractors struct{}

// Sends implements plan.Profile.
func (Contractors) Sends(_ string, u connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{connectors.DisplayName: u.Attributes[connectors.DisplayName]}, nil
}

// Wants implements plan.Profile.
func (Contractors) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	if u.Attributes[KindAttribute] == "contractor" {
		return "people.exclude", []connectors.Attribute{KindAttribute}, nil
	}
	return "", []connectors.Attribute{KindAttribute}, nil
}

// CompanyRules feed three teams: two groups feed one, one feeds two, one nests
// another, and both sources feed T1. Group g9 does not exist.
func CompanyRules() []plan.Rule {
	return []plan.Rule{
		{Group: "g0", Team: "T0"},
		{Group: "g2", Team: "T0"},
		{Group: "g1", Team: "T1"},
		{Group: "h0", Team: "T1"},
		{Group: "g3", Team: "T2"},
		{Group: "g0", Team: "T2"},
		{Group: "g9", Team: "T0"},
	}
}

// NewCompany returns a company of n people.
func NewCompany(n int, random *rand.Rand) *Company {
	c := &Company{Corp: NewSource("corp", random), HR: NewSource("hr", random)}
	for i := range n {
		c.Hire(fmt.Sprintf("Person %d", i), i%3 != 0, i%2 == 0, []string{[]string{"g0", "g1", "g2", "g3", "h0"}[i%5]})
	}
	c.publish()
	return c
}

// People returns how many there ever were.
func (c *Company) People() int { return len(c.humans) }

// Hire adds somebody: to corp, unless they are in hr alone; to hr too if both.
func (c *Company) Hire(name string, inCorp, inHR bool, groups []string) {
	h := &human{name: name, mail: c.address(), gone: map[string]bool{}, off: map[string]bool{}, groups: map[string]bool{}}
	if inCorp || !inHR {
		h.corp = fmt.Sprintf("c%03d", len(c.humans))
	}
	if inHR {
		h.hr = fmt.Sprintf("h%03d", len(c.humans))
	}
	for _, g := range groups {
		h.groups[g] = true
	}
	c.humans = append(c.humans, h)
}

func (c *Company) address() string {
	c.mails++
	return fmt.Sprintf("m%03d@example.com", c.mails)
}

// Leave takes somebody out of the sources named; Return puts them back.
func (c *Company) Leave(i int, sources ...string) { c.set(c.humans[i].gone, true, sources) }

// Return undoes Leave and Disable.
func (c *Company) Return(i int) {
	c.humans[i].gone, c.humans[i].off = map[string]bool{}, map[string]bool{}
}

// Disable states somebody as disabled in the sources named.
func (c *Company) Disable(i int, sources ...string) { c.set(c.humans[i].off, true, sources) }

func (c *Company) set(of map[string]bool, value bool, sources []string) {
	for _, s := range sources {
		of[s] = value
	}
}

// Move puts somebody into a group, or takes them out of it.
func (c *Company) Move(i int, group string) { c.humans[i].groups[group] = !c.humans[i].groups[group] }

// In reports whether a person is in a group itself.
func (c *Company) In(i int, group string) bool { return c.humans[i].groups[group] }

// Out takes a person out of every group; what it returns puts them back.
func (c *Company) Out(i int) (back func()) {
	groups := c.humans[i].groups
	c.humans[i].groups = map[string]bool{}
	return func() { c.humans[i].groups = groups }
}

// Contract makes a person a contractor, or one no longer.
func (c *Company) Contract(i int) { c.humans[i].contractor = !c.humans[i].contractor }

// Rename gives somebody another name.
func (c *Company) Rename(i int, name string) { c.humans[i].name = name }

// Readdress gives somebody an address that nobody had.
func (c *Company) Readdress(i int) { c.humans[i].mail = c.address() }

// Swap exchanges the addresses of two.
func (c *Company) Swap(i, j int) {
	c.humans[i].mail, c.humans[j].mail = c.humans[j].mail, c.humans[i].mail
}

// Recycle gives somebody the address of another, who gets a new one.
func (c *Company) Recycle(i, j int) {
	if i != j {
		c.humans[i].mail = c.humans[j].mail
		c.Readdress(j)
	}
}

// NewID gives somebody another ID in corp, as a directory that was moved does.
func (c *Company) NewID(i int) {
	if c.humans[i].corp != "" {
		c.humans[i].corp += "x"
	}
}

// Record returns the ID under which a source states somebody, "" for none.
func (c *Company) Record(i int, source string) string { return c.humans[i].in(source) }

// Address returns somebody's address.
func (c *Company) Address(i int) string { return c.humans[i].mail }

// Publish makes the sources state what is so; that of hr in a new edition.
func (c *Company) Publish() {
	c.publish()
	c.HR.Edition++
}

func (c *Company) publish() {
	for _, s := range []*Source{c.Corp, c.HR} {
		clear(s.Users)
		clear(s.Groups)
	}
	for _, h := range c.humans {
		c.state(c.Corp, h, h.corp)
		c.state(c.HR, h, h.hr)
	}
	for id, nested := range CompanyGroups() {
		s := c.Corp
		if id[0] == 'h' {
			s = c.HR
		}
		g := connectors.Group{ID: id, Name: id, Groups: nested, Container: "groups"}
		for _, h := range c.humans {
			if record := h.in(s.Name); h.groups[id] && record != "" {
				g.Members = append(g.Members, record)
			}
		}
		s.Groups[id] = g
	}
	// Nobody is alone in a directory: whoever vouches for an absence stands here.
	for _, s := range []*Source{c.Corp, c.HR} {
		for i := range 6 {
			id := fmt.Sprintf("staff%d", i)
			s.Users[id] = connectors.User{ID: id, Email: s.Name + id + "@example.com", Status: connectors.StatusActive, Container: "people"}
		}
	}
}

// in returns the ID under which a source states the human, "" for none.
func (h *human) in(source string) string {
	id := map[string]string{"corp": h.corp, "hr": h.hr}[source]
	if h.gone[source] {
		return ""
	}
	return id
}

func (c *Company) state(s *Source, h *human, id string) {
	if h.in(s.Name) == "" {
		return
	}
	status := connectors.StatusActive
	if h.off[s.Name] {
		status = connectors.StatusDisabled
	}
	attributes := map[connectors.Attribute]string{connectors.DisplayName: h.name}
	if s == c.Corp {
		attributes[KindAttribute] = map[bool]string{true: "contractor", false: "employee"}[h.contractor]
	}
	s.Users[id] = connectors.User{
		ID: id, Email: h.mail, Status: status, StatusBy: "status=" + string(status), Container: "people", Attributes: attributes,
	}
}

// Want returns, by brute force, who should have an active account in Writer (name by
// e-mail) and who should be in which team.
func (c *Company) Want() (accounts map[string]string, teams map[string][]string) {
	accounts, teams = map[string]string{}, map[string][]string{"T0": {}, "T1": {}, "T2": {}}
	for _, h := range c.humans {
		active := false
		for _, s := range []string{"corp", "hr"} {
			active = active || (h.in(s) != "" && !h.off[s])
		}
		if !active || h.excluded() {
			continue
		}
		in := map[string]bool{}
		for _, r := range CompanyRules() {
			if h.reaches(r.Group) {
				in[r.Team] = true
			}
		}
		for team := range in {
			accounts[h.mail] = h.name
			teams[team] = append(teams[team], h.mail)
		}
	}
	for team := range teams {
		slices.Sort(teams[team])
	}
	return accounts, teams
}

// reaches reports whether a group holds the human, itself or through another.
func (h *human) reaches(group string) bool {
	source := sourceOf(group)
	for _, g := range append([]string{group}, CompanyGroups()[group]...) {
		if h.groups[g] && h.in(source) != "" {
			return true
		}
	}
	return false
}

// Mapped returns the active records that a mapped group lists, of people who are not excluded.
func (c *Company) Mapped() []connectors.Ref {
	var out []connectors.Ref
	for _, h := range c.humans {
		for _, r := range CompanyRules() {
			source := sourceOf(r.Group)
			if id := h.in(source); id != "" && !h.off[source] && !h.excluded() && h.reaches(r.Group) {
				out = append(out, connectors.Ref{Source: source, ID: id})
			}
		}
	}
	return out
}

// excluded reports whether the human is to have no account, whatever groups list them.
func (h *human) excluded() bool {
	return h.reaches(ExcludeGroup) || (h.contractor && h.in("corp") != "")
}

// sourceOf returns the source that lists a group.
func sourceOf(group string) string {
	if group[0] == 'h' {
		return "hr"
	}
	return "corp"
}

// Who returns the human of a record, one with an ID of the past too.
func (c *Company) Who(ref connectors.Ref) (int, bool) {
	first := func(id string) string { return strings.TrimRight(id, "x") }
	for i, h := range c.humans {
		if (ref.Source == "corp" && first(h.corp) == first(ref.ID)) || (ref.Source == "hr" && h.hr == ref.ID) {
			return i, true
		}
	}
	return 0, false
}
