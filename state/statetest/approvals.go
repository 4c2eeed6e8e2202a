package statetest

import (
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// approve approves ops under the hash of their hold, for a day.
func (w *World) approve(reason plan.Why, ops ...plan.Op) store.Approval {
	w.T.Helper()
	a := store.Approval{
		Hold: string(plan.Held{Ops: ops}.Hash()), Why: why(reason), By: "root", At: w.Clock.Now(), Expires: w.Clock.Now().Add(24 * time.Hour), Ops: len(ops), Left: len(ops),
	}
	w.Update(func(tx syncer.Writer) error { return tx.Approve(a, plan.StoredOps(ops)) })
	return a
}

func (w *World) approved() (all []store.Approval, ops map[string]bool) {
	w.T.Helper()
	w.View(func(tx syncer.Reader) (err error) {
		if all, err = tx.Approvals(w.Clock.Now()); err == nil {
			ops, err = tx.Approved(w.Clock.Now())
		}
		return err
	})
	return all, ops
}

func set(ops ...plan.Op) map[string]bool {
	out := map[string]bool{}
	for _, op := range ops {
		out[string(op.Hash())] = true
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
	w.equal("approvals", all, []store.Approval{first, second})
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
	w.equal("approvals after a renewal", all, []store.Approval{second, renewed})
	w.equal("ops after a renewal", ops, set(a, b, c))
	w.Do(a)
	removed := w.removals(Start())
	for _, r := range removed {
		w.equal("approved removal of "+r.Person.ID, r.Approved, true)
	}
	w.equal("removals", len(removed), 2)

	planned := map[string]bool{string(b.Hash()): true}
	w.Update(func(tx syncer.Writer) error { return tx.EndApproved(second.At, planned) })
	all, ops = w.approved()
	second.Left, renewed.Left = 0, 1
	w.equal("approvals after those of a time were ended", all, []store.Approval{second, renewed})
	w.equal("ops after that", ops, set(b))

	w.Update(func(tx syncer.Writer) error { return tx.EndApproval(renewed.Hold) })
	all, ops = w.approved()
	w.equal("approvals after one was ended", all, []store.Approval{second})
	w.equal("ops after all were ended", ops, set())
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
	removed := w.removals(Start())
	w.equal("approved", removed[0].Approved, false)
}
