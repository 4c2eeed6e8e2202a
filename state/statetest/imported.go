package statetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// imported remembers what import begins and makes.
func imported(w *World) {
	holds := func(what string, want ...plan.Imported) {
		w.T.Helper()
		got, order := w.Load().Imported, func(a, b plan.Imported) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		w.equal(what, got, want)
	}
	group := func(source, id string) plan.Imported {
		return plan.Imported{Kind: connectors.GroupObject, Ref: connectors.Ref{Source: source, ID: id}, From: "t1", Name: "One"}
	}
	user := func(id string, from plan.RemoteID) plan.Imported {
		return plan.Imported{Kind: connectors.UserObject, Ref: Ref(id), From: from}
	}
	put := func(i plan.Imported) {
		w.T.Helper()
		w.Update(func(tx syncer.Writer) error { return tx.Import(i.Stored()) })
	}
	holds("at first")
	put(group("corp", ""))
	put(user("", "t1")) // an account may have the id of a team
	holds("begun", group("corp", ""), user("", "t1"))
	put(group("corp", "g1"))
	w.Update(func(tx syncer.Writer) error { return tx.Forget(user("", "t1").Stored()) })
	holds("one made, one not", group("corp", "g1"))
	put(user("g1", "a1")) // a person may have the ID of a group
	put(group("other", ""))
	all := []plan.Imported{group("other", ""), group("corp", "g1"), user("g1", "a1")}
	holds("in two sources", all...)
	put(group("corp", "g1"))
	holds("once more", all...)
	w.Restart()
	holds("after a restart", all...)
	for _, bad := range []plan.Imported{{}, {Kind: "thing", Ref: Ref("x"), From: "a"}, {Kind: connectors.UserObject, Ref: Ref("x")}} {
		if err := w.Store.Update(w.T.Context(), func(tx syncer.Writer) error { return tx.Import(bad.Stored()) }); err == nil {
			w.T.Errorf("%+v was stored", bad)
		}
	}
	ended, cancel := context.WithCancel(w.T.Context())
	cancel()
	if err := w.Store.Update(ended, func(tx syncer.Writer) error { return tx.Import(user("", "a2").Stored()) }); err == nil {
		w.T.Error("stored for somebody who has gone")
	}
}
