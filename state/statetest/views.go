package statetest

import (
	"slices"

	"writersync/connectors"
	"writersync/syncer/plan"
)

func settled(w *World) {
	w.Read("corp", append(Users("agreed", "changed", "unlinked", "back"), Disabled("left"), Disabled("leaving")))
	for _, id := range []string{"agreed", "changed", "back", "left", "leaving", "gone", "vanished"} {
		w.Do(Create(User(id)))
	}
	w.Do(On(plan.Deactivate, "back"), On(plan.Deactivate, "left"), On(plan.Deactivate, "gone"))
	changed := User("changed")
	changed.Email = "changed.new@example.com"
	w.Read("corp", append(Users("agreed", "unlinked", "back"), changed, Disabled("left"), Disabled("leaving")))
	want := map[string]bool{
		"agreed":   true,  // as last applied
		"changed":  false, // another e-mail
		"unlinked": true,  // no link
		"back":     false, // active, and the account is not
		"left":     true,  // disabled, and so is the account
		"leaving":  false, // disabled, and the account is not
		"gone":     true,  // absent, and the account is not live
		"vanished": false, // absent, and the account is live
	}
	for _, p := range w.Load().People {
		if p.User != nil || p.Link != nil {
			w.T.Errorf("%s was loaded with its records", p.Ref)
		}
		w.equal(p.Ref.ID+" is settled", p.Settled, want[p.Ref.ID])
		delete(want, p.Ref.ID)
	}
	w.equal("people not loaded", want, map[string]bool{})
}

func fillShares(w *World) {
	twin, heir := User("twin"), User("heir")
	twin.Email = " ANN@example.com" // spelled otherwise, and the same
	heir.Email = "old@example.com"
	w.Read("corp", append(Users("ann", "bob", "old", "zoe"), twin, heir))
	w.Read("other", Users("ann", "x"))
	w.Do(Create(User("old")), Create(User("zoe")))
	in := w.Load()

	fill := func(want []connectors.Ref, people ...connectors.Ref) {
		w.T.Helper()
		in := in
		in.People = slices.Clone(in.People)
		var indexes []uint32
		for _, ref := range people {
			indexes = append(indexes, uint32(index(in, ref)))
		}
		w.Must(w.Fill(&in, indexes...))
		var filled []connectors.Ref
		for i, p := range in.People {
			if p.User == nil && p.Link == nil {
				w.equal(p.Ref.String()+" settled", p.Settled, w.Load().People[i].Settled)
				continue
			}
			filled = append(filled, p.Ref)
			w.equal(p.Ref.String()+" settled", p.Settled, false)
			w.equal(p.Ref.String()+" has a link", p.Link != nil, p.Standing != plan.None)
		}
		w.equal("filled", filled, want)
	}
	ann2 := connectors.Ref{Source: "other", ID: "ann"}
	fill([]connectors.Ref{Ref("bob")}, Ref("bob"))
	fill([]connectors.Ref{Ref("ann"), Ref("twin"), ann2}, Ref("ann"))
	fill([]connectors.Ref{Ref("ann"), Ref("twin"), ann2}, ann2)
	fill([]connectors.Ref{Ref("heir"), Ref("old")}, Ref("heir")) // stated by one, applied to the other
	fill([]connectors.Ref{Ref("heir"), Ref("old"), Ref("zoe")}, Ref("zoe"), Ref("old"))
	fill(nil)
}

func fillMoved(w *World) {
	w.Read("corp", Users("ann", "bob"))
	in := w.Load()
	w.Read("corp", Users("bob", "cid"))
	if err := w.Fill(&in, 0); err == nil {
		w.T.Error("filled in somebody who is not there any more")
	}
}
