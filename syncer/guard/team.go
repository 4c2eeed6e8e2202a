package guard

import (
	"fmt"
	"maps"
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A team of ten or more may lose three in ten within 24 hours, and no team may
// lose everybody, without an approval.
const (
	teamFloor   = 10
	teamPercent = 30
)

// teamLimit looks at each team by itself. Somebody who loses the account counts
// as lost to each of their teams, but only removals from the team are held: a
// person who left the company goes, whatever becomes of the team.
type teamLimit struct{}

func (teamLimit) Name() plan.Why { return WhyTeamLimit }

func (teamLimit) Check(p plan.Plan, ev Evidence) []plan.Hold {
	leaving := leavers(p, ev)
	lost := map[plan.RemoteID]map[connectors.Ref]bool{}
	count := func(team plan.RemoteID, who connectors.Ref) {
		if lost[team] == nil {
			lost[team] = map[connectors.Ref]bool{}
		}
		lost[team][who] = true
	}
	before := map[plan.RemoteID]int{}
	for _, r := range ev.Removed {
		teams := r.Teams
		if r.Kind == plan.RemoveMember {
			teams = []plan.RemoteID{r.Team}
		}
		for _, team := range teams {
			if !lost[team][r.Person] {
				count(team, r.Person)
				before[team]++
			}
		}
	}
	planned := map[plan.RemoteID][]int{}
	names := map[plan.RemoteID]string{}
	for i, op := range p.Ops {
		if op.Kind == plan.RemoveMember && !op.GoesFirst() && !ev.Approved[op.Hash()] {
			count(op.Team, op.Person)
			planned[op.Team] = append(planned[op.Team], i)
			names[op.Team] = op.TeamName
		}
	}
	joining, percent := joiners(p), teamPercent
	if ev.Limits.TeamPercent > 0 {
		percent = min(percent, ev.Limits.TeamPercent)
	}
	var holds []plan.Hold
	for _, team := range slices.Sorted(maps.Keys(planned)) {
		was, now := ev.TeamSize[team]+before[team], len(lost[team])+leaving[team]
		if !tooMany(was, now, percent, ev.TeamSize[team]+joining[team]-leaving[team]-len(planned[team])) {
			continue
		}
		holds = append(holds, plan.Hold{
			Why: WhyTeamLimit, Exit: plan.Approve, Ops: planned[team],
			Text: fmt.Sprintf("team %s would lose %d of %d members in 24 hours; the limit is %d%% of a team of %d or more, and never everybody",
				names[team], now, was, percent, teamFloor),
			WayOut: "If the group really changed so much, approve; if not, look at the group in the directory.",
		})
	}
	return holds
}

func tooMany(was, lost, percent, left int) bool {
	return left <= 0 || (was >= teamFloor && lost*100 > was*percent)
}

// leavers returns how many members each team loses because people lose their
// account by this plan.
func leavers(p plan.Plan, ev Evidence) map[plan.RemoteID]int {
	out := map[plan.RemoteID]int{}
	for _, op := range p.Ops {
		if op.Kind.RemovesPerson() {
			for _, team := range ev.TeamsOf[op.Person] {
				out[team]++
			}
		}
	}
	return out
}

// joiners returns how many members each team gains by this plan. An account that is
// yet to be made is none: Writer may not take it.
func joiners(p plan.Plan) map[plan.RemoteID]int {
	out := map[plan.RemoteID]int{}
	for _, op := range p.Ops {
		if op.Kind == plan.ConfirmMember || (op.Kind == plan.AddMember && op.Account != "") {
			out[op.Team]++
		}
	}
	return out
}
