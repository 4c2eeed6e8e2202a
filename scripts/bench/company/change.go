package company

import "slices"

// churned is which part of the users a day touches: one in so many.
const churned = 100

// The most of each kind of change in a day, however large the company is: what the
// program holds back at its limits is not what is measured.
const (
	maxJoiners = 400
	maxLeavers = 2000
	maxRenames = 1500
)

// Churn is a day: one user in a hundred joins, is disabled, is renamed, or moves
// from one project to another.
func (c *Company) Churn() {
	users := len(c.Users)
	joiners := min(max(1, users/500), maxJoiners)
	leavers := min(max(1, users/500), maxLeavers)
	renames := min(max(1, users/250), maxRenames)
	moves := max(1, users/churned-joiners-leavers-renames)
	touched := map[int32]bool{}
	for range leavers {
		c.Users[c.untouched(touched)].Disabled = true
	}
	for range renames {
		c.Users[c.untouched(touched)].Renamed++
	}
	for range moves {
		c.move(touched)
	}
	for range joiners {
		c.join()
	}
}

// DeleteDisabled takes the users who are disabled out of the exports to come, and out of
// all groups.
func (c *Company) DeleteDisabled() {
	for i := range c.Users {
		c.Users[i].Deleted = c.Users[i].Disabled
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		g.Members = slices.DeleteFunc(g.Members, func(n int32) bool { return c.Users[n].Deleted })
	}
}

// untouched draws an active user who did not change yet, and marks that the user
// does.
func (c *Company) untouched(touched map[int32]bool) int32 {
	for {
		n := c.Users[c.draw.IntN(len(c.Users))].Number
		if !touched[n] && !c.Users[n].Disabled {
			touched[n] = true
			return n
		}
	}
}

// move takes a user out of one project and into another.
func (c *Company) move(touched map[int32]bool) {
	for {
		from, to := c.project(c.draw.IntN(c.shape.projects)), c.project(c.draw.IntN(c.shape.projects))
		if len(c.Groups[from].Members) < 2 {
			continue
		}
		at := c.draw.IntN(len(c.Groups[from].Members))
		user := c.Groups[from].Members[at]
		if touched[user] || c.Users[user].Disabled || slices.Contains(c.Groups[to].Members, user) {
			continue
		}
		touched[user] = true
		c.Groups[from].Members = slices.Delete(c.Groups[from].Members, at, at+1)
		c.add(to, user)
		return
	}
}

// SwapInLargest puts another user in the place of one member of the largest group.
func (c *Company) SwapInLargest() {
	g := c.Largest()
	for {
		at := c.draw.IntN(len(g.Members))
		joins := c.Users[c.draw.IntN(len(c.Users))]
		if c.Users[g.Members[at]].Disabled || joins.Disabled || slices.Contains(g.Members, joins.Number) {
			continue
		}
		g.Members[at] = joins.Number
		return
	}
}

// ShrinkLargest takes so many percent of its members out of the largest group.
func (c *Company) ShrinkLargest(percent int) {
	g := c.Largest()
	g.Members = slices.Clone(g.Members[len(g.Members)*percent/100:])
}
