package company

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// A Company is a directory and its future: New and the methods that change it draw
// from one sequence of random numbers, so that the same calls make the same company.
// Its methods may not be called at the same time.
type Company struct {
	Size   Size
	Users  []User
	Groups []Group // the first one is the largest; it holds half of the company

	shape shape
	draw  *rand.Rand
}

// A User is known by a number; what else is known of a user follows from it.
type User struct {
	Number   int32
	Renamed  int32 // how often
	Disabled bool
	Deleted  bool // from the export too; only of disabled users
}

// A Group has direct members, by their numbers, and nests groups, by their indexes.
type Group struct {
	Name    string
	Members []int32
	Nested  []int
}

// department makes the name of a department from its number.
const department = "department %05d"

// FirstDepartment returns the name of the first department.
func FirstDepartment() string { return fmt.Sprintf(department, 0) }

// New makes a company.
func New(size Size, seed uint64) *Company {
	c := &Company{Size: size, shape: size.shape(), draw: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))} //nolint:gosec // a company, not a secret
	c.Groups = make([]Group, size.Groups)
	c.Groups[0].Name = "headquarters"
	for i := range c.shape.units {
		c.Groups[c.unit(i)].Name = fmt.Sprintf("unit %05d", i)
		d := c.department(i / perDepartment)
		c.Groups[d].Nested = append(c.Groups[d].Nested, c.unit(i))
	}
	for i := range c.shape.departments {
		c.Groups[c.department(i)].Name = fmt.Sprintf(department, i)
		if i%2 == 1 && c.shape.deep() {
			c.Groups[c.department(i-1)].Nested = append(c.Groups[c.department(i-1)].Nested, c.department(i))
		}
	}
	for i := range c.shape.projects {
		c.Groups[c.project(i)].Name = fmt.Sprintf("project %05d", i)
	}
	for range size.Users {
		c.join()
	}
	return c
}

// The indexes of groups, by kind.
func (c *Company) unit(i int) int       { return 1 + i }
func (c *Company) department(i int) int { return 1 + c.shape.units + i }
func (c *Company) project(i int) int    { return 1 + c.shape.units + c.shape.departments + i }

// join makes a user, who is in a unit, perhaps at headquarters, and in so many
// projects that the memberships are from two to ten.
func (c *Company) join() {
	n := int32(len(c.Users)) //nolint:gosec // at most maxUsers and a few
	c.Users = append(c.Users, User{Number: n})
	unit := c.draw.IntN(c.shape.units)
	c.add(c.unit(unit), n)
	have := 2 // the unit and its department
	if (unit/perDepartment)%2 == 1 && c.shape.deep() {
		have++ // the department that this one is part of
	}
	if n%2 == 0 {
		c.add(0, n)
		have++
	}
	want := c.memberships()
	seen := make([]int, 0, 8)
	for len(seen) < min(want-have, c.shape.projects) {
		p := c.draw.IntN(c.shape.projects)
		if !slices.Contains(seen, p) {
			seen = append(seen, p)
			c.add(c.project(p), n)
		}
	}
}

// memberships draws how many one user has: from two to ten, on average as many as
// the size says.
func (c *Company) memberships() int {
	mean := c.Size.Memberships / c.Size.Users
	low, high := max(2, 2*mean-10), min(10, 2*mean-2)
	return low + c.draw.IntN(high-low+1)
}

func (c *Company) add(group int, user int32) {
	c.Groups[group].Members = append(c.Groups[group].Members, user)
}

// Largest returns the group that holds half of the company.
func (c *Company) Largest() *Group { return &c.Groups[0] }
