package plan

import (
	"cmp"
	"slices"
	"strings"

	"writersync/connectors"
)

// Phase returns when the op is applied. Every op of one phase is done before the
// next phase begins: what frees comes before what takes, what gives before what
// removes, and removals that rest on an absence come last.
func (o Op) Phase() int {
	switch o.Kind {
	case LinkTeam, JoinPerson:
		return 0
	case AdoptUser, MoveLink:
		return 2
	case CreateUser:
		return 4
	case UpdateUser:
		if _, frees := o.Change(UserName); frees {
			return 3
		}
		return 5
	case Reactivate, ConfirmUser, SetRole:
		return 5
	case AddMember, ConfirmMember:
		return 6
	case RemoveMember, UnlinkTeam:
		if o.GoesFirst() {
			return 4
		}
		return 7
	}
	if o.Reason.Basis == Shown && o.Reason.Cause == Disabled {
		return 1 // an explicit disable waits for nothing
	}
	return 8
}

// compareOps is the total order of a plan, but for e-mail chains, which
// orderChains settles within their phase.
func compareOps(a, b Op) int {
	return cmp.Or(
		cmp.Compare(a.Phase(), b.Phase()),
		strings.Compare(string(a.Team), string(b.Team)),
		a.Person.Compare(b.Person),
		a.Group.Compare(b.Group),
		strings.Compare(string(a.Account), string(b.Account)),
		cmp.Compare(a.Kind, b.Kind),
	)
}

// orderChains puts, among ops already sorted, each op behind the update that
// frees the e-mail it takes. A plan holds no cycles: Diff holds those.
func orderChains(ops []Op) []Op {
	frees := map[connectors.Ref]int{}
	for i, op := range ops {
		if _, ok := op.Change(UserName); ok && op.Kind == UpdateUser {
			frees[op.Person] = i
		}
	}
	out := make([]Op, 0, len(ops))
	done := make([]bool, len(ops))
	var emit func(i int)
	emit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		if first, ok := frees[ops[i].After]; ok && ops[i].After != (connectors.Ref{}) {
			emit(first)
		}
		out = append(out, ops[i])
	}
	for i := range ops {
		emit(i)
	}
	return out
}

// order makes the last step: changes become a plan, in the order in which its ops are applied.
func order(c changes) Plan {
	slices.SortStableFunc(c.ops, compareOps)
	for i := range c.held {
		slices.SortStableFunc(c.held[i].Ops, compareOps)
	}
	slices.SortStableFunc(c.held, compareHeld)
	return Plan{Ops: orderChains(c.ops), Held: c.held, Outside: c.outside}
}
