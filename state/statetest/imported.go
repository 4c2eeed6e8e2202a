package statetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"writersync/connectors"
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
	ctx := w.T.Context()
	holds("at first")
	w.Must(w.Store.Importing(ctx, group("corp", "")))
	w.Must(w.Store.Importing(ctx, user("", "t1"))) // an account may have the id of a team
	holds("begun", group("corp", ""), user("", "t1"))
	w.Must(w.Store.Imported(ctx, group("corp", "g1")))
	w.Must(w.Store.Imported(ctx, user("", "t1")))
	holds("one made, one not", group("corp", "g1"))
	w.Must(w.Store.Imported(ctx, user("g1", "a1"))) // a person may have the ID of a group
	w.Must(w.Store.Importing(ctx, group("other", "")))
	all := []plan.Imported{group("other", ""), group("corp", "g1"), user("g1", "a1")}
	holds("in two sources", all...)
	w.Must(w.Store.Imported(ctx, group("corp", "g1")))
	holds("once more", all...)
	w.Restart()
	holds("after a restart", all...)
	for _, bad := range []plan.Imported{{}, {Kind: "thing", Ref: Ref("x"), From: "a"}, {Kind: connectors.UserObject, Ref: Ref("x")}} {
		if err := w.Store.Imported(ctx, bad); err == nil {
			w.T.Errorf("%+v was stored", bad)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.Store.Importing(ended, user("", "a2")); err == nil {
		w.T.Error("stored for somebody who has gone")
	}
}
