package sample

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"writersync/connectors"
)

// A Company is a directory of invented people at example.com. Its methods may be
// called from several goroutines.
type Company struct {
	mu     sync.Mutex
	next   int
	people map[string]connectors.User
	groups map[string]connectors.Group
}

// Names of the invented people. None is anybody's.
var (
	givenNames = []string{ //nolint:gochecknoglobals // data
		"Ada", "Bela", "Cira", "Dario", "Edda", "Falk", "Gita", "Hugo", "Ines", "Jaro", "Kaja", "Levin",
		"Mira", "Nilo", "Oda", "Pim", "Quinn", "Runa", "Silas", "Tove",
	}
	familyNames = []string{"Ahlberg", "Brandt", "Castor"} //nolint:gochecknoglobals // data
)

// departments are the groups that hold people; sizes add up to sixty.
var departments = []struct { //nolint:gochecknoglobals // data
	name string
	size int
}{
	{"engineering", 18}, {"design", 6}, {"marketing", 9}, {"sales", 12}, {"support", 8}, {"legal", 3}, {"people-ops", 4},
}

// New returns the company on its first day: seven departments, and a group
// "everybody-writing" in which three of them are nested.
func New() *Company {
	c := &Company{people: map[string]connectors.User{}, groups: map[string]connectors.Group{}}
	for _, d := range departments {
		g := connectors.Group{ID: "group-" + d.name, Name: d.name, Container: "groups"}
		for range d.size {
			g.Members = append(g.Members, c.hire(givenNames[c.next%len(givenNames)], familyNames[c.next/len(givenNames)]))
		}
		c.groups[g.ID] = g
	}
	c.groups["group-writing"] = connectors.Group{
		ID: "group-writing", Name: "everybody-writing", Container: "groups",
		Groups: []string{"group-marketing", "group-design", "group-people-ops"},
	}
	return c
}

// hire adds a person and returns their ID; the caller holds the lock, or is New.
func (c *Company) hire(given, family string) string {
	c.next++
	id := fmt.Sprintf("person-%03d", c.next)
	c.people[id] = connectors.User{
		ID: id, Email: strings.ToLower(given+"."+family) + "@example.com", Status: connectors.StatusActive, StatusBy: "status=active", Container: "people",
		Attributes: map[connectors.Attribute]string{
			connectors.GivenName: given, connectors.FamilyName: family, connectors.DisplayName: given + " " + family,
		},
	}
	return id
}

// Hire adds a person to a department and returns their e-mail.
func (c *Company) Hire(given, family, department string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.hire(given, family)
	c.join(id, department)
	return c.people[id].Email
}

// Move takes a person from every department and puts them into another one.
func (c *Company) Move(email, department string) {
	c.edit(email, func(id string) {
		c.leaveAll(id)
		c.join(id, department)
	})
}

// Leave removes a person from the directory.
func (c *Company) Leave(email string) {
	c.edit(email, func(id string) {
		c.leaveAll(id)
		delete(c.people, id)
	})
}

// Suspend removes a person from the directory for a while; the function that it
// returns puts them back where they were.
func (c *Company) Suspend(email string) (back func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	people, groups := maps.Clone(c.people), maps.Clone(c.groups)
	for id, u := range c.people {
		if u.Email == email {
			c.leaveAll(id)
			delete(c.people, id)
		}
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.people, c.groups = people, groups
	}
}

// Rename gives a person another family name; the e-mail stays.
func (c *Company) Rename(email, family string) {
	c.edit(email, func(id string) {
		u := c.people[id]
		u.Attributes = maps.Clone(u.Attributes)
		u.Attributes[connectors.FamilyName] = family
		u.Attributes[connectors.DisplayName] = u.Attributes[connectors.GivenName] + " " + family
		c.people[id] = u
	})
}

// Readdress gives a person another e-mail.
func (c *Company) Readdress(email, to string) {
	c.edit(email, func(id string) {
		u := c.people[id]
		u.Email = to
		c.people[id] = u
	})
}

// LoseHalf removes every second person at once, as a mistaken clean-up would, and
// returns how many.
func (c *Company) LoseHalf() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	lost := 0
	for i, id := range slices.Sorted(maps.Keys(c.people)) {
		if i%2 == 0 {
			c.leaveAll(id)
			delete(c.people, id)
			lost++
		}
	}
	return lost
}

// edit finds the person with that e-mail; without one it does nothing.
func (c *Company) edit(email string, do func(id string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, u := range c.people {
		if u.Email == email {
			do(id)
			return
		}
	}
}

func (c *Company) join(id, department string) {
	g := c.groups["group-"+department]
	g.Members = append(slices.Clone(g.Members), id)
	c.groups[g.ID] = g
}

func (c *Company) leaveAll(id string) {
	for key, g := range c.groups {
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == id })
		c.groups[key] = g
	}
}
