package statetest

import (
	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// joins makes one of two people, and two of them again.
func joins(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Read("hr", Users("1"))
	hr := connectors.Ref{Source: "hr", ID: "1"}
	w.Do(Create(User("ann")), plan.Op{Kind: plan.JoinPerson, Person: hr, From: Ref("ann")})
	w.equal("joins", w.Load().Joins, map[connectors.Ref]connectors.Ref{hr: Ref("ann")})

	w.Do(Create(User("bob"))) // has an account of his own
	intent, err := w.Store.Intend(w.T.Context(), plan.Op{Kind: plan.JoinPerson, Person: Ref("bob"), From: hr})
	w.Must(err)
	if err := w.Store.Settle(w.T.Context(), intent, apply.Outcome{Result: apply.Done}); err == nil {
		w.T.Error("somebody with an account was joined with another")
	}
	w.Must(w.Store.Settle(w.T.Context(), intent, apply.Outcome{Result: apply.Skipped}))

	first, err := w.Store.Part(w.T.Context(), hr)
	w.Must(err)
	w.equal("who it was joined with", first, Ref("ann"))
	w.equal("joins after they were parted", w.Load().Joins, map[connectors.Ref]connectors.Ref(nil))
	if _, err := w.Store.Part(w.T.Context(), hr); err == nil {
		w.T.Error("nobody was parted")
	}
}
