package company

import "slices"

// EditSize is how many members one edit of a team carries in the lower bounds.
// Writer documents no limit; other servers refuse more than a hundred.
const EditSize = 100

// Wanted is what Writer must hold: an account for each user, and a team for each
// group, with its members of any depth.
type Wanted struct {
	Users []User
	Teams []Team
}

// A Team has the name of its group. Its members are numbers of users who are not
// disabled, sorted.
type Team struct {
	Name    string
	Members []int32
}

// Wanted returns what Writer must hold by now.
func (c *Company) Wanted() Wanted {
	w := Wanted{Users: slices.Clone(c.Users), Teams: make([]Team, len(c.Groups))}
	for i := range c.Groups {
		members := c.gather(i, nil)
		slices.Sort(members)
		w.Teams[i] = Team{c.Groups[i].Name, slices.DeleteFunc(members, func(n int32) bool { return c.Users[n].Disabled })}
	}
	return w
}

// Only returns what Writer must hold where one group alone feeds a team: that team, and an
// account for each of its members. All other users are as if they were disabled.
func (w Wanted) Only(group string) Wanted {
	var members []int32
	isOther := func(t Team) bool { return t.Name != group }
	out := Wanted{Users: slices.Clone(w.Users), Teams: slices.DeleteFunc(slices.Clone(w.Teams), isOther)}
	for _, t := range out.Teams {
		members = t.Members
	}
	for i := range out.Users {
		_, member := slices.BinarySearch(members, out.Users[i].Number)
		out.Users[i].Disabled = !member
	}
	return out
}

// gather appends the members of a group, those of nested groups included: no user is in a
// group by two ways.
func (c *Company) gather(group int, to []int32) []int32 {
	to = append(to, c.Groups[group].Members...)
	for _, nested := range c.Groups[group].Nested {
		to = c.gather(nested, to)
	}
	return to
}

// Work is how many requests of each kind change what Writer holds.
type Work struct {
	Creates, Updates, Deactivations, Edits int
}

// Writes is all of them.
func (w Work) Writes() int { return w.Creates + w.Updates + w.Deactivations + w.Edits }

// Least returns the fewest requests that lead from one state to another: one for
// each account that is made or changed, and for each team one for every EditSize
// members who come or go. A disabled user leaves the teams with the account.
func Least(from, to Wanted) Work {
	var w Work
	for i, user := range to.Users {
		switch {
		case i >= len(from.Users):
			if !user.Disabled {
				w.Creates++
			}
		case user.Disabled != from.Users[i].Disabled:
			w.Deactivations++
		case user.Renamed != from.Users[i].Renamed:
			w.Updates++
		}
	}
	for i, team := range to.Teams {
		var had []int32
		if i < len(from.Teams) {
			had = from.Teams[i].Members
		}
		w.Edits += (changed(had, team.Members, to.Users) + EditSize - 1) / EditSize
	}
	return w
}

// changed returns how many members come or go between two sorted lists; those who
// are disabled by then do neither.
func changed(from, to []int32, users []User) int {
	n := 0
	for len(from) > 0 || len(to) > 0 {
		switch {
		case len(to) == 0 || (len(from) > 0 && from[0] < to[0]):
			if !users[from[0]].Disabled {
				n++
			}
			from = from[1:]
		case len(from) == 0 || to[0] < from[0]:
			n++
			to = to[1:]
		default:
			from, to = from[1:], to[1:]
		}
	}
	return n
}
