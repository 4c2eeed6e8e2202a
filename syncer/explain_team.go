package syncer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TeamFacts is all that is known of one team.
type TeamFacts struct {
	ID      plan.RemoteID // empty for a team that rules name and that is not linked
	Name    string
	Feeds   []TeamFeed
	Members int      // by the ledger
	Waiting []string // who is wanted and not in it, the first few; then how many more
	Wanted  int
	LeftOut int      // people whom a group leads there, and who are to have no account
	Barred  []string // the first few of them, and why
	Held    []HeldPart
	Missing string // why it is not linked; empty if it is
}

// A TeamFeed is a group that feeds a team.
type TeamFeed struct {
	Group  connectors.Ref
	Name   string    // empty if the last read does not list the group
	Rule   string    // empty for one that is nested in another
	People int       // that the group itself lists
	Gone   time.Time `json:",omitzero"` // since when its source does not list it
}

// GroupFacts is what is known of a group that feeds no team.
type GroupFacts struct {
	Ref      connectors.Ref
	Name     string
	People   int  // that the group itself lists
	Excludes bool // people.exclude_groups names it
}

// firstFew is how many of those who wait for a team are named.
const firstFew = 10

// asks reports whether the question is about what has one of the names.
func (x *explainer) asks(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return name != "" && strings.EqualFold(name, x.text) })
}

func (x *explainer) asksOfFeed(f TeamFeed) bool {
	return x.asks(f.Name, f.Group.ID, f.Group.String())
}

// teams returns the facts of the teams that are asked about: by their own name, or
// by that of a group that feeds them.
func (x *explainer) teams() []TeamFacts {
	var out []TeamFacts
	for _, w := range x.mapping.Teams {
		team := x.in.Teams[w.Team]
		feeds := x.feeds(x.in, team.ID)
		if !x.asks(team.Name, string(team.ID)) && !slices.ContainsFunc(feeds, x.asksOfFeed) {
			continue
		}
		wanted := x.wanted(w.People)
		out = append(out, TeamFacts{
			ID: team.ID, Name: team.Name, Feeds: feeds, Members: len(team.Had) - len(team.Dormant), Wanted: len(wanted),
			LeftOut: len(w.People) - len(wanted), Barred: x.barred(w.People),
			Waiting: x.waiting(team, wanted), Held: about(x.held, func(o plan.Op) bool { return o.Team == team.ID }),
		})
	}
	for _, u := range x.mapping.Unlinked {
		if !x.asks(u.Name) && !slices.ContainsFunc(u.Groups, func(g string) bool { return x.asks(g) }) {
			continue
		}
		wanted := x.wanted(u.People)
		facts := TeamFacts{
			Name: u.Name, Wanted: len(wanted), Waiting: x.waiting(plan.Team{}, wanted), LeftOut: len(u.People) - len(wanted), Barred: x.barred(u.People),
			Missing: "not linked: no pass has found a team of that name yet",
		}
		if u.Why == plan.WhyTeamAmbiguous {
			facts.Missing = "several teams in Writer have that name"
		}
		for _, name := range u.Groups {
			facts.Feeds = append(facts.Feeds, TeamFeed{Name: name})
		}
		out = append(out, facts)
	}
	return out
}

// idleGroups returns the groups that are asked about and feed no team.
func (x *explainer) idleGroups() []GroupFacts {
	var out []GroupFacts
	for i, g := range x.in.Groups {
		if !x.asks(g.Name, g.Ref.ID, g.Ref.String()) || x.mapping.Feeds(i) {
			continue
		}
		out = append(out, GroupFacts{Ref: g.Ref, Name: g.Name, People: len(g.Members), Excludes: x.mapping.Excludes(i)})
	}
	return out
}

func (x *explainer) feeds(in plan.Input, team plan.RemoteID) []TeamFeed {
	var out []TeamFeed
	for _, f := range in.Feeds {
		if f.Team != team {
			continue
		}
		feed := TeamFeed{Group: f.Group, Rule: f.Rule, Gone: f.Gone}
		if g := slices.IndexFunc(in.Groups, func(g plan.Group) bool { return g.Ref == f.Group }); g >= 0 {
			feed.Name, feed.People = in.Groups[g].Name, len(in.Groups[g].Members)
		}
		out = append(out, feed)
	}
	return out
}

// wanted returns those of the people who are to have an account.
func (x *explainer) wanted(people []uint32) []uint32 {
	return slices.DeleteFunc(slices.Clone(people), func(i uint32) bool {
		provisioned, _ := x.census.Provisioned(int(i))
		return !provisioned
	})
}

// waiting names the first few of those who are wanted in a team and not in it.
func (x *explainer) waiting(team plan.Team, wanted []uint32) []string {
	var out []string
	more := 0
	for _, i := range wanted {
		_, had := slices.BinarySearch(team.Had, i)
		_, sleeps := slices.BinarySearch(team.Dormant, i)
		switch {
		case had && !sleeps:
		case len(out) == firstFew:
			more++
		default:
			out = append(out, x.nameOf(i))
		}
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return out
}

// barred names the first few of the people who are to have no account, and says why.
func (x *explainer) barred(people []uint32) []string {
	var out []string
	for _, i := range people {
		if provisioned, why := x.census.Provisioned(int(i)); !provisioned && len(out) < firstFew {
			out = append(out, x.nameOf(i)+": "+why)
		}
	}
	return out
}

// nameOf returns the address that is stated of somebody, or the ID.
func (x *explainer) nameOf(i uint32) string {
	if u := x.in.People[i].User; u != nil && u.Email != "" {
		return connectors.CanonicalEmail(u.Email)
	}
	return x.in.People[i].Ref.String()
}
