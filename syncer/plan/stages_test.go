package plan_test

import (
	"cmp"
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// stages say in which order the ops of a plan come: those of one stage before those of
// the next. They are written down here by hand, so that the order by which a plan is
// sorted has something to be held against. Each op is of one stage.
var stages = []struct {
	what string
	are  func(plan.Op) bool
}{
	{"teams are linked, people joined", kind(plan.LinkTeam, plan.JoinPerson)},
	{"accounts end of users that the directory lists as disabled", func(o plan.Op) bool { return o.Kind.RemovesPerson() && listed(o) }},
	{"accounts that are there find their people", kind(plan.AdoptUser, plan.MoveLink)},
	{"addresses change, which frees the old ones", func(o plan.Op) bool { return o.Kind == plan.UpdateUser && newAddress(o) }},
	{"accounts are made, and those that come back lose what no group gives any more", func(o plan.Op) bool {
		return o.Kind == plan.CreateUser || o.GoesFirst()
	}},
	{"accounts come back and get their attributes", func(o plan.Op) bool {
		return (o.Kind == plan.UpdateUser && !newAddress(o)) || kind(plan.ConfirmUser, plan.Reactivate, plan.SetRole)(o)
	}},
	{"members are added", kind(plan.AddMember, plan.ConfirmMember)},
	{"members are removed, teams are let go", func(o plan.Op) bool {
		return kind(plan.RemoveMember, plan.UnlinkTeam)(o) && !o.GoesFirst()
	}},
	{"accounts end of all others", func(o plan.Op) bool { return o.Kind.RemovesPerson() && !listed(o) }},
}

// listed reports whether the directory lists the user as disabled, and every source it takes says so.
func listed(o plan.Op) bool { return o.Reason.Basis == plan.Shown && o.Reason.Cause == plan.Disabled }

func kind(of ...plan.Kind) func(plan.Op) bool {
	return func(o plan.Op) bool { return slices.Contains(of, o.Kind) }
}

func newAddress(o plan.Op) bool {
	return slices.ContainsFunc(o.Changes, func(c plan.Change) bool { return c.Attribute == plan.UserName })
}

// fatal is a test, or a round of one of rapid.
type fatal interface{ Fatalf(string, ...any) }

// stageOf returns the stage of an op, by its number.
func stageOf(t fatal, op plan.Op) int {
	found := -1
	for i, stage := range stages {
		if !stage.are(op) {
			continue
		}
		if found >= 0 {
			t.Fatalf("%s is of two stages: %s, and %s", op, stages[found].what, stage.what)
		}
		found = i
	}
	if found < 0 {
		t.Fatalf("%s is of no stage", op)
	}
	return found
}

// checkOrder holds a plan against the stages, and each op that takes an address against
// the update that frees it.
func checkOrder(t fatal, p plan.Plan) {
	stage, updated := 0, map[connectors.Ref]bool{}
	frees := func(ref connectors.Ref) bool {
		return slices.ContainsFunc(p.Ops, func(o plan.Op) bool { return o.Kind == plan.UpdateUser && o.Person == ref && newAddress(o) })
	}
	for _, op := range p.Ops {
		at := stageOf(t, op)
		if at < stage {
			t.Fatalf("%s comes too late: %s before %s", op, stages[at].what, stages[stage].what)
		}
		stage = at
		if frees(op.After) && !updated[op.After] {
			t.Fatalf("%s comes before the address is free that %s has", op, op.After)
		}
		updated[op.Person] = updated[op.Person] || (op.Kind == plan.UpdateUser && newAddress(op))
	}
}

// TestPhases holds the phase of every kind of op, on every basis, against the stages.
func TestPhases(t *testing.T) {
	var ops []plan.Op
	for _, kind := range plan.Kinds() {
		for _, basis := range plan.Bases() {
			for _, cause := range append(plan.Causes(), "") {
				op := plan.Op{Kind: kind, Reason: plan.Reason{Basis: basis, Cause: cause}}
				ops = append(ops, op)
				for _, attribute := range []connectors.Attribute{plan.UserName, connectors.Title} {
					op.Changes = []plan.Change{{Attribute: attribute}}
					ops = append(ops, op)
				}
			}
		}
	}
	for _, a := range ops {
		for _, b := range ops {
			if got, want := cmp.Compare(a.Phase(), b.Phase()), cmp.Compare(stageOf(t, a), stageOf(t, b)); got != want {
				t.Fatalf("%s (%s) against %s (%s): phases compare as %d, stages as %d", a.Kind, a.Reason.Basis, b.Kind, b.Reason.Basis, got, want)
			}
		}
	}
}
