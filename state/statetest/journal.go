package statetest

import (
	"context"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// unsettled returns the intents that are open.
func (w *World) unsettled() []apply.Intent {
	w.T.Helper()
	open, err := w.Store.Unsettled(w.T.Context())
	w.Must(err)
	return open
}

func closed(in apply.Intent, result apply.Result) apply.Settled {
	s := apply.Settled{Intent: in}
	for _, op := range in.Ops {
		out := DoneOf(op)
		out.Result = result
		s.Outcomes = append(s.Outcomes, out)
	}
	return s
}

func skipped(w *World) {
	w.Read("corp", Users("ann"))
	before := w.Load()
	w.Settle(Create(User("ann")), apply.Outcome{Result: apply.Skipped})
	w.equal("input", w.Load(), before)
	w.equal("open intents", len(w.unsettled()), 0)
	var events []store.Event
	w.View(func(tx syncer.Reader) (err error) {
		events, err = tx.Events(1, func(store.Event) bool { return true })
		return err
	})
	w.equal("history", len(events), 0)
}

func settleClosed(w *World) {
	w.Read("corp", Users("ann"))
	in := w.Intend([]plan.Op{Create(User("ann"))})[0]
	done := DoneOf(in.Ops[0])
	bad := map[string][]apply.Outcome{
		"no outcomes": {}, "two outcomes": {done, done}, "an unknown result": {{Result: "perhaps"}}, "no account": {{Result: apply.Done}},
	}
	for name, out := range bad {
		if err := w.TryClose(in, out...); err == nil {
			w.T.Errorf("settled with %s", name)
		}
	}
	w.equal("standing", w.Load().People[0].Standing, plan.None)
	w.Must(w.TryClose(in, done))
	if err := w.TryClose(in, apply.Outcome{Result: apply.Skipped}); err == nil {
		w.T.Error("settled twice")
	}
	if err := w.TryClose(apply.Intent{ID: 99}); err == nil {
		w.T.Error("settled what was never intended")
	}
	unlinked := w.Intend([]plan.Op{Member(plan.AddMember, "nobody", "t1")})[0]
	if err := w.TryClose(unlinked, DoneOf(unlinked.Ops[0])); err == nil {
		w.T.Error("gave a membership to somebody without a link")
	}
}

func journalOrder(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")), Create(User("bob")))
	ops := []plan.Op{Member(plan.AddMember, "ann", "t1"), Member(plan.AddMember, "bob", "t1"), On(plan.Deactivate, "ann"), Update(User("bob"))}
	ops[2].Reason = plan.Reason{
		Basis: plan.NotVisible, Text: "is gone", Claims: []plan.Claim{{Kind: connectors.UserObject, Ref: Ref("ann")}},
	}
	requests := [][]plan.Op{ops[:2], ops[2:3], ops[3:]}
	intents := w.Intend(requests...)
	for i, in := range intents {
		w.equal("ops", in.Ops, requests[i])
	}
	w.equal("open", w.unsettled(), intents)
	w.Must(w.TryClose(intents[1], apply.Outcome{Result: apply.Skipped}))
	w.equal("open after one", w.unsettled(), []apply.Intent{intents[0], intents[2]})
	// One request, two ends: the first was done, the second was not.
	w.Must(w.TryClose(intents[0], DoneOf(ops[0]), apply.Outcome{Result: apply.Failed, Class: connectors.NotFound}))
	had, _ := w.team("t1")
	w.equal("members", had, []string{"ann"})
	w.equal("retries", len(w.Load().Retries), 1)
}

// advances closes requests and opens others in one step, with a restart between any
// two: a store knows of what is open, and of nothing else.
func advances(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"))
	advance := func(settled []apply.Settled, next ...[]plan.Op) []apply.Intent {
		w.T.Helper()
		in, err := w.Store.Advance(w.T.Context(), settled, next)
		w.Must(err)
		w.Restart()
		return in
	}
	first := advance(nil, []plan.Op{Create(User("ann"))}, []plan.Op{Create(User("bob"))}, []plan.Op{Create(User("cid"))})
	second := advance(
		[]apply.Settled{closed(first[2], apply.Skipped), closed(first[0], apply.Done)},
		[]plan.Op{Member(plan.AddMember, "ann", "t1"), Member(plan.AddMember, "bob", "t1")},
	)
	w.equal("open", w.unsettled(), []apply.Intent{first[1], second[0]})
	w.equal("ann", w.Person(Ref("ann")).Standing, plan.Live)
	w.equal("bob", w.Person(Ref("bob")).Standing, plan.None)
	w.equal("cid", w.Person(Ref("cid")).Standing, plan.None)

	// In the order of the call, which is that of the requests: bob has an account first.
	w.equal("opened", len(advance([]apply.Settled{closed(first[1], apply.Done), closed(second[0], apply.Done)})), 0)
	w.equal("open in the end", len(w.unsettled()), 0)
	had, _ := w.team("t1")
	w.equal("members", had, []string{"ann", "bob"})
	w.equal("neither", len(advance(nil)), 0)
}

// advancesWhole does all of a step or nothing: one outcome that cannot be taken leaves
// the others open, and opens nothing.
func advancesWhole(w *World) {
	w.Read("corp", Users("ann"))
	open := w.Intend([]plan.Op{Create(User("ann"))}, []plan.Op{Member(plan.AddMember, "nobody", "t1")})
	before := w.everything()
	settled := []apply.Settled{closed(open[0], apply.Done), closed(open[1], apply.Done)}
	if _, err := w.Store.Advance(w.T.Context(), settled, [][]plan.Op{{Create(User("bob"))}}); err == nil {
		w.T.Error("gave a membership to somebody without a link")
	}
	w.equal("everything", w.everything(), before)
	twice := []apply.Settled{settled[0], settled[0]}
	if _, err := w.Store.Advance(w.T.Context(), twice, nil); err == nil {
		w.T.Error("settled twice in one step")
	}
	w.equal("everything after that", w.everything(), before)
}

// sendsNothing records ops that need no request, and so no intent; those that do are
// refused without one.
func sendsNothing(w *World) {
	w.Read("corp", Users("ann", "bob"))
	in := w.Intend([]plan.Op{Create(User("bob"))})[0]
	adopt := apply.Intent{Ops: []plan.Op{Adopt(User("ann"), "x-1")}}
	next, err := w.Store.Advance(w.T.Context(), []apply.Settled{closed(adopt, apply.Done), closed(in, apply.Done)}, [][]plan.Op{{Member(plan.AddMember, "ann", "t1")}})
	w.Must(err)
	w.equal("account", w.link("ann").Account, plan.RemoteID("x-1"))
	w.equal("open", w.unsettled(), next)
	if err := w.TryClose(apply.Intent{Ops: next[0].Ops}, DoneOf(next[0].Ops[0])); err == nil {
		w.T.Error("settled a request that was never intended")
	}
	w.equal("still open", w.unsettled(), next)
}

func settleAfterEnd(w *World) {
	w.Read("corp", Users("ann"))
	in := w.Intend([]plan.Op{Create(User("ann"))})[0]
	ctx, cancel := context.WithCancel(w.T.Context())
	cancel()
	settled := []apply.Settled{closed(in, apply.Done)}
	if _, err := w.Store.Advance(ctx, settled, [][]plan.Op{{Create(User("bob"))}}); err == nil {
		w.T.Error("an intent was made after the context ended")
	}
	w.equal("open", w.unsettled(), []apply.Intent{in})
	if _, err := w.Store.Advance(ctx, settled, nil); err != nil {
		w.T.Errorf("what is known is not recorded after the context ended: %v", err)
	}
	w.equal("standing", w.link("ann").Standing, plan.Live)
	w.equal("open in the end", len(w.unsettled()), 0)
}
