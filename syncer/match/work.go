package match

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Work is what a source would be given of what only Writer has.
type Work struct {
	Users  []Row       // each becomes a user
	Groups []TeamGroup // each becomes a group
	Left   []Left      // what does not, and why
}

// A TeamGroup is a group to be made of a team.
type TeamGroup struct {
	Team plan.RemoteID
	Name string
	// Accounts are the members of the team that become users, or became users when
	// import made them: they are the first members of the group.
	Accounts []plan.RemoteID
}

// A Left is an account or a team that only Writer has, and that is left there.
type Left struct {
	What string // an address, or the name of a team
	Team bool
	Why  string
}

// Work returns what the named source would be given.
func (r Report) Work(source string) Work {
	var w Work
	becomes := map[plan.RemoteID]bool{}
	for _, row := range r.People {
		if row.Account != "" && slices.ContainsFunc(row.Made, func(ref connectors.Ref) bool { return ref.Source == source }) {
			becomes[row.Account] = true
		}
		if row.Kind != WriterOnly {
			continue
		}
		if why := unfit(row); why != "" {
			w.Left = append(w.Left, Left{What: row.Login, Why: why})
			continue
		}
		w.Users = append(w.Users, row)
		becomes[row.Account] = true
	}
	namesakes := map[string]int{}
	for _, row := range r.Teams {
		if row.Team != "" {
			namesakes[fold(row.Name)]++
		}
	}
	for _, row := range r.Teams {
		if row.Kind != WriterOnly {
			continue
		}
		g := TeamGroup{Team: row.Team, Name: row.Name}
		for _, m := range row.Members {
			if becomes[m] {
				g.Accounts = append(g.Accounts, m)
			}
		}
		if why := unfitTeam(row, g, namesakes[fold(row.Name)]); why != "" {
			w.Left = append(w.Left, Left{What: row.Name, Team: true, Why: why})
			continue
		}
		w.Groups = append(w.Groups, g)
	}
	return w
}

// unfit says why an account is not made a user.
func unfit(r Row) string {
	switch {
	case r.Protected:
		return "the account is protected"
	case r.Idle:
		return "the account is deactivated in Writer"
	case !connectors.ValidEmail(r.Address()):
		return "it has no e-mail that a person can have"
	case r.Note == severalAccounts:
		return severalAccounts
	}
	return ""
}

func unfitTeam(row TeamRow, g TeamGroup, namesakes int) string {
	switch {
	case row.Name == "":
		return "it has no name"
	case namesakes > 1:
		return "another team has that name, but for upper and lower case"
	case !row.Read:
		return "its members could not be read whole"
	case len(g.Accounts) == 0:
		return "nobody in it is made a user, and a group needs a member"
	}
	return ""
}

// Empty reports whether there is nothing to give.
func (w Work) Empty() bool { return len(w.Users)+len(w.Groups) == 0 }

// Hash names the work, so that what is done can be held against what was reviewed.
func (w Work) Hash() plan.Hash {
	sum := sha256.New()
	for _, u := range w.Users {
		fmt.Fprintf(sum, "user %q %q\n", u.Account, u.Address())
	}
	for _, g := range w.Groups {
		fmt.Fprintf(sum, "group %q %q %q\n", g.Team, g.Name, g.Accounts)
	}
	return plan.Hash(hex.EncodeToString(sum.Sum(nil)))
}
