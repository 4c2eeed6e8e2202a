package statetest

import (
	"context"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

func skipped(w *World) {
	w.Read("corp", Users("ann"))
	before := w.Load()
	w.Settle(Create(User("ann")), apply.Outcome{Result: apply.Skipped})
	w.equal("input", w.Load(), before)
	open, err := w.Store.Unsettled(w.T.Context())
	w.Must(err)
	w.equal("open intents", len(open), 0)
}

func settleClosed(w *World) {
	w.Read("corp", Users("ann"))
	in, err := w.Store.Intend(w.T.Context(), Create(User("ann")))
	w.Must(err)
	done := DoneOf(in.Ops[0])
	bad := map[string][]apply.Outcome{
		"no outcomes": {}, "two outcomes": {done, done}, "an unknown result": {{Result: "perhaps"}}, "no account": {{Result: apply.Done}},
	}
	for name, out := range bad {
		if err := w.Store.Settle(w.T.Context(), in, out...); err == nil {
			w.T.Errorf("settled with %s", name)
		}
	}
	w.equal("standing", w.Load().People[0].Standing, plan.None)
	w.Must(w.Store.Settle(w.T.Context(), in, done))
	if err := w.Store.Settle(w.T.Context(), in, apply.Outcome{Result: apply.Skipped}); err == nil {
		w.T.Error("settled twice")
	}
	if err := w.Store.Settle(w.T.Context(), apply.Intent{ID: 99}); err == nil {
		w.T.Error("settled what was never intended")
	}
	unlinked, err := w.Store.Intend(w.T.Context(), Member(plan.AddMember, "nobody", "t1"))
	w.Must(err)
	if err := w.Store.Settle(w.T.Context(), unlinked, DoneOf(unlinked.Ops[0])); err == nil {
		w.T.Error("gave a membership to somebody without a link")
	}
}

func journalOrder(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")), Create(User("bob")))
	ops := []plan.Op{Member(plan.AddMember, "ann", "t1"), Member(plan.AddMember, "bob", "t1"), On(plan.Deactivate, "ann"), Update(User("bob"))}
	ops[2].Reason = plan.Reason{
		Basis: plan.Absence, Text: "is gone", Readings: 2, Claims: []plan.Claim{{Kind: connectors.UserObject, Ref: Ref("ann")}},
	}
	var intents []apply.Intent
	for _, group := range [][]plan.Op{ops[:2], ops[2:3], ops[3:]} {
		in, err := w.Store.Intend(w.T.Context(), group...)
		w.Must(err)
		w.equal("ops", in.Ops, group)
		intents = append(intents, in)
	}
	open, err := w.Store.Unsettled(w.T.Context())
	w.Must(err)
	w.equal("open", open, intents)
	w.Must(w.Store.Settle(w.T.Context(), intents[1], apply.Outcome{Result: apply.Skipped}))
	open, err = w.Store.Unsettled(w.T.Context())
	w.Must(err)
	w.equal("open after one", open, []apply.Intent{intents[0], intents[2]})
	// One request, two ends: the first was done, the second was not.
	w.Must(w.Store.Settle(w.T.Context(), intents[0], DoneOf(ops[0]), apply.Outcome{Result: apply.Failed, Class: connectors.NotFound}))
	had, _ := w.team("t1")
	w.equal("members", had, []string{"ann"})
	w.equal("retries", len(w.Load().Retries), 1)
}

func settleAfterEnd(w *World) {
	w.Read("corp", Users("ann"))
	in, err := w.Store.Intend(w.T.Context(), Create(User("ann")))
	w.Must(err)
	ctx, cancel := context.WithCancel(w.T.Context())
	cancel()
	if _, err := w.Store.Intend(ctx, Create(User("bob"))); err == nil {
		w.T.Error("an intent was made after the context ended")
	}
	w.Must(w.Store.Settle(ctx, in, DoneOf(in.Ops[0])))
	w.equal("standing", w.link("ann").Standing, plan.Live)
	open, err := w.Store.Unsettled(w.T.Context())
	w.Must(err)
	w.equal("open", len(open), 0)
}
