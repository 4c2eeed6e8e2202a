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
	lost := lostBefore(ev)
	before := map[plan.RemoteID]int{}
	for team, people := range lost {
		before[team] = len(people)
	}
	joining, percent := joiners(p), teamPercent
	if ev.Limits.TeamPercent > 0 {
		percent = min(percent, ev.Limits.TeamPercent)
	}
	var holds []plan.Hold
	for _, unread := range []bool{false, true} { // ops that can go now use the limit first
		leaving := leavers(p, ev, unread)
		planned, names := map[plan.RemoteID][]int{}, map[plan.RemoteID]string{}
		for i, op := range p.Ops {
			if op.Kind == plan.RemoveMember && (len(op.Unread) > 0) == unread && !op.GoesFirst() && !ev.Approved[op.Hash()] {
				planned[op.Team] = append(planned[op.Team], i)
				names[op.Team] = op.TeamName
			}
		}
		for _, team := range slices.Sorted(maps.Keys(planned)) {
			for _, i := range planned[team] {
				lost.count(team, p.Ops[i].Person)
			}
			was, now := ev.TeamSize[team]+before[team], len(lost[team])+leaving[team]
			if !tooMany(was, now, percent, was+joining[team]-now) {
				continue
			}
			holds = append(holds, plan.Hold{
				Why: WhyTeamLimit, Exit: plan.Approve, Ops: planned[team],
				Text: fmt.Sprintf("team %s would lose %d of %d members in 24 hours; the limit is %d%% of a team of %d or more, and never everybody",
					names[team], now, was, percent, teamFloor),
				WayOut: "If the group really changed so much, approve; if not, look at the group in the directory.",
			})
		}
	}
	return holds
}

// losses are the people that each team loses.
type losses map[plan.RemoteID]map[connectors.Ref]bool

func (l losses) count(team plan.RemoteID, who connectors.Ref) {
	if l[team] == nil {
		l[team] = map[connectors.Ref]bool{}
	}
	l[team][who] = true
}

// lostBefore returns what teams lost within 24 hours.
func lostBefore(ev Evidence) losses {
	lost := losses{}
	for _, r := range ev.Removed {
		teams := r.Teams
		if r.Kind == plan.RemoveMember {
			teams = []plan.RemoteID{r.Team}
		}
		for _, team := range teams {
			lost.count(team, r.Person)
		}
	}
	return lost
}

func tooMany(was, lost, percent, left int) bool {
	return left <= 0 || (was >= teamFloor && lost*100 > was*percent)
}

// leavers returns how many members each team loses because people lose their account by this
// plan: those that can go now, or all.
func leavers(p plan.Plan, ev Evidence, all bool) map[plan.RemoteID]int {
	out := map[plan.RemoteID]int{}
	for _, op := range p.Ops {
		if op.Kind.RemovesPerson() && (all || len(op.Unread) == 0) {
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
