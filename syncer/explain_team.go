package syncer

import (
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// firstFew is how many of those who wait for a team are named.
const firstFew = 10

// named reports whether the question is about a team or group of that name.
func (x *explainer) named(name string) bool { return name != "" && strings.EqualFold(name, x.text) }

// teams returns the facts of the teams that are asked about: by their own name, or
// by that of a group that feeds them.
func (x *explainer) teams() []TeamFacts {
	var out []TeamFacts
	for _, w := range x.mapping.Teams {
		team := x.in.Teams[w.Team]
		feeds := x.feeds(team.ID)
		byGroup := slices.ContainsFunc(feeds, func(f TeamFeed) bool { return x.named(f.Name) })
		if !x.named(team.Name) && !byGroup {
			continue
		}
		out = append(out, TeamFacts{
			ID: team.ID, Name: team.Name, Feeds: feeds, Members: len(team.Had) - len(team.Dormant), Wanted: len(w.People),
			Waiting: x.waiting(team, w.People), Held: x.heldFor(team.ID),
		})
	}
	for _, u := range x.mapping.Unlinked {
		if x.named(u.Name) || slices.ContainsFunc(u.Groups, x.named) {
			facts := TeamFacts{Name: u.Name, Wanted: len(u.People), Waiting: x.waiting(plan.Team{}, u.People), Missing: "no team of that name is known in Writer"}
			if u.Why == plan.WhyTeamAmbiguous {
				facts.Missing = "several teams in Writer have that name"
			}
			for _, name := range u.Groups {
				facts.Feeds = append(facts.Feeds, TeamFeed{Name: name})
			}
			out = append(out, facts)
		}
	}
	return out
}

func (x *explainer) feeds(team plan.RemoteID) []TeamFeed {
	var out []TeamFeed
	for _, f := range x.in.Feeds {
		if f.Team != team {
			continue
		}
		feed := TeamFeed{Group: f.Group, Rule: f.Rule, Missing: f.Missing}
		if g := slices.IndexFunc(x.in.Groups, func(g plan.Group) bool { return g.Ref == f.Group }); g >= 0 {
			feed.Name, feed.People = x.in.Groups[g].Name, len(x.in.Groups[g].Members)
		}
		out = append(out, feed)
	}
	return out
}

// waiting names the first few of those who are wanted in a team and not in it.
func (x *explainer) waiting(team plan.Team, wanted []uint32) []string {
	var out []string
	for _, i := range wanted {
		_, had := slices.BinarySearch(team.Had, i)
		_, sleeps := slices.BinarySearch(team.Dormant, i)
		if (had && !sleeps) || len(out) == firstFew {
			continue
		}
		name := x.in.People[i].Ref.String()
		if u := x.in.People[i].User; u != nil && u.Email != "" {
			name = connectors.CanonicalEmail(u.Email)
		}
		out = append(out, name)
	}
	return out
}

func (x *explainer) heldFor(team plan.RemoteID) []plan.Held {
	var out []plan.Held
	for _, h := range x.held {
		own := h
		own.Ops = slices.DeleteFunc(slices.Clone(h.Ops), func(o plan.Op) bool { return o.Team != team })
		if len(own.Ops) > 0 {
			out = append(out, own)
		}
	}
	return out
}
