package guard_test

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// A reading is how this run, and those before, read the source that an op rests on.
type reading struct {
	name   string
	ago    time.Duration // the last read
	unread bool          // it does not show what the op rests on
}

var readings = []reading{
	{name: "in full, or by delta with the user"},
	{name: "by delta, without the user", unread: true},
	{name: "another record of the user was not read for a day", ago: 24*time.Hour + time.Second},
	{name: "not, but within a day", ago: 24 * time.Hour, unread: true},
	{name: "not for a day", ago: 24*time.Hour + time.Second, unread: true},
}

// dropped says that an op is neither held nor done: what it rests on is there.
const dropped plan.Why = "dropped"

// ruled is the rule that the rails are held against, written once more: what becomes of an op by
// its basis, what it does, and how its source was read.
func ruled(op plan.Op, r reading, found connectors.Presence) plan.Why {
	takes := op.Kind == plan.RemoveMember || op.Kind == plan.Deactivate || op.Kind == plan.DeleteUser
	forgets := op.Kind == plan.UnlinkTeam
	changes := op.Kind == plan.UpdateUser || op.Kind == plan.ConfirmUser
	gives := !takes && !forgets && !changes
	waits := r.unread || (gives && r.ago > 24*time.Hour)
	switch {
	case op.Kind == plan.SetRole:
		return guard.WhyRole // always asked
	case op.Reason.Basis == plan.Admin, op.Reason.Basis == plan.NotVisible && !takes && !forgets, op.Reason.Basis == plan.NotVisible && len(op.Reason.Claims) == 0:
		return plan.WhyNotVisible
	case op.Reason.Basis == plan.Rules:
		return guard.WhyGate
	case op.Kind == plan.DeleteUser:
		return guard.WhyDelete // always asked
	case waits:
		return guard.WhySource
	case op.Reason.Basis == plan.NotVisible && found == connectors.Present:
		return dropped
	case op.Reason.Basis == plan.NotVisible && found == connectors.Undecided:
		return guard.WhyUnproven
	}
	return ""
}

// TestBasis holds every basis, kind of op and way to read a source against the rule, with
// and without something to look up.
func TestBasis(t *testing.T) {
	tried, outcomes := 0, map[plan.Why]int{}
	for _, basis := range plan.Bases() {
		for _, kind := range plan.Kinds() {
			for _, r := range readings {
				for _, found := range []connectors.Presence{"", connectors.Absent, connectors.Deselected, connectors.Present, connectors.Undecided} {
					op := plan.Op{Kind: kind, Person: ref("ann"), Account: "a-ann", Team: "sales", Login: mail("ann"), Reason: plan.Reason{Basis: basis}}
					if kind == plan.LinkTeam || kind == plan.UnlinkTeam {
						op.Person, op.Group = connectors.Ref{}, ref("g")
					}
					if kind == plan.SetRole {
						op.Changes = []plan.Change{{Attribute: "urn:x:role", New: plan.RoleAdmin}}
					}
					ev := calm()
					ev.TeamSize["sales"] = 100
					ev.Sources[0].Read = ev.Now.Add(-r.ago)
					if r.unread {
						op.Unread = []string{"corp"}
					}
					if found != "" {
						c := claim("ann")
						op.Reason.Claims = []plan.Claim{c}
						ev.Proofs[c] = guard.Proof{Presence: found, Controls: 5}
					}
					if found != "" && basis != plan.NotVisible {
						continue // only what is not visible is looked up
					}
					name := fmt.Sprintf("%s, %s, source read %s, found %s", basis, kind, r.name, cmp.Or(string(found), "nothing to look up"))
					got := screen(plan.Plan{Ops: []plan.Op{op}}, ev)
					why := plan.Why("")
					if len(got.Held) > 0 {
						why = got.Held[0].Why
					} else if len(got.Ops) == 0 {
						why = dropped
					}
					if want := ruled(op, r, found); why != want || len(got.Held) > 1 {
						t.Errorf("%s: held %q, want %q", name, why, want)
					}
					tried++
					outcomes[why]++

					approve(ev, op)
					if got := screen(plan.Plan{Ops: []plan.Op{op}}, ev); len(got.Ops) == 0 {
						switch why {
						case guard.WhySource, guard.WhyUnproven, guard.WhyGate, dropped: // no approval stands in
						default:
							if (len(got.Held) != 1 || got.Held[0].Why == why) && found != connectors.Present {
								t.Errorf("%s: an approval does not let it through: %s", name, tally(got))
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d tried: %v", tried, outcomes)
}
