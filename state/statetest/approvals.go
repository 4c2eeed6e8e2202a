package statetest

import (
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// approve approves ops under the hash of their hold, for a day.
func (w *World) approve(why plan.Why, ops ...plan.Op) syncer.Approval {
	w.T.Helper()
	a := syncer.Approval{
		Hold: plan.Held{Ops: ops}.Hash(), Why: why, By: "root", At: w.Clock.Now(), Expires: w.Clock.Now().Add(24 * time.Hour), Ops: len(ops), Left: len(ops),
	}
	w.Must(w.Store.Approve(w.T.Context(), a, ops))
	return a
}

func (w *World) approved() ([]syncer.Approval, map[plan.Hash]bool) {
	w.T.Helper()
	all, ops, err := w.Store.Approved(w.T.Context(), w.Clock.Now())
	w.Must(err)
	return all, ops
}

func set(ops ...plan.Op) map[plan.Hash]bool {
	out := map[plan.Hash]bool{}
	for _, op := range ops {
		out[op.Hash()] = true
	}
	return out
}

func approvals(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"))
	w.Do(Create(User("ann")), Create(User("bob")), Create(User("cid")))
	a, b, c := On(plan.Deactivate, "ann"), On(plan.Deactivate, "bob"), On(plan.Deactivate, "cid")
	first := w.approve("shrink", a, b)
	w.Clock.Add(time.Minute)
	second := w.approve("limit", b, c)
	all, ops := w.approved()
	w.equal("approvals", all, []syncer.Approval{first, second})
	w.equal("ops", ops, set(a, b, c))

	w.Do(b) // taken from both
	_, ops = w.approved()
	w.equal("ops after one was done", ops, set(a, c))
	w.Settle(a, apply.Outcome{Result: apply.Failed, Class: connectors.Transient})
	w.Settle(c, apply.Outcome{Result: apply.Skipped})
	_, ops = w.approved()
	w.equal("ops after two were not", ops, set(a, c))
	left, _ := w.approved()
	w.equal("ops to come", []int{left[0].Left, left[1].Left}, []int{1, 1})

	w.Clock.Add(time.Minute)
	renewed := w.approve("shrink", a, b)
	all, ops = w.approved()
	second.Left = 1
	w.equal("approvals after a renewal", all, []syncer.Approval{second, renewed})
	w.equal("ops after a renewal", ops, set(a, b, c))
	w.Do(a)
	removed, err := w.Store.Removed(w.T.Context(), Start())
	w.Must(err)
	for _, r := range removed {
		w.equal("approved removal of "+r.Person.ID, r.Approved, true)
	}
	w.equal("removals", len(removed), 2)

	renewed.Expires = w.Clock.Now()
	w.Must(w.Store.Approve(w.T.Context(), renewed, nil))
	all, ops = w.approved()
	w.equal("approvals after one was ended", all, []syncer.Approval{second})
	w.equal("ops after that", ops, set(c))
}

func approvalsExpire(w *World) {
	w.Read("corp", Users("ann"))
	w.Do(Create(User("ann")))
	op := On(plan.Deactivate, "ann")
	w.approve("shrink", op)
	w.Clock.Add(24*time.Hour - time.Second)
	_, ops := w.approved()
	w.equal("ops just before", ops, set(op))
	w.Clock.Add(time.Second)
	all, ops := w.approved()
	w.equal("approvals after", len(all), 0)
	w.equal("ops after", len(ops), 0)
	w.Do(op)
	removed, err := w.Store.Removed(w.T.Context(), Start())
	w.Must(err)
	w.equal("approved", removed[0].Approved, false)
}
