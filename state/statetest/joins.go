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
	intent := w.Intend([]plan.Op{{Kind: plan.JoinPerson, Person: Ref("bob"), From: hr}})[0]
	if err := w.TryClose(intent, apply.Outcome{Result: apply.Done}); err == nil {
		w.T.Error("somebody with an account was joined with another")
	}
	w.Must(w.TryClose(intent, apply.Outcome{Result: apply.Skipped}))

	w.Read("hr", Users("2"))
	since := w.Clock.Now()
	w.equal("what is loaded of a user who is joined and gone", w.Person(hr), plan.Person{Ref: hr, Gone: since, Settled: true})
	container, _ := w.neighbours(connectors.UserObject, hr, 1)
	w.equal("where they stood", container, Users("1")[0].Container)
	in := w.Load()
	w.Must(w.Fill(&in, uint32(index(in, hr))))
	w.equal("what is stated of them", in.People[index(in, hr)], plan.Person{Ref: hr, Gone: since})

	first, err := w.split(hr)
	w.Must(err)
	w.equal("who it was joined with", first, Ref("ann"))
	w.equal("joins after they were parted", w.Load().Joins, map[connectors.Ref]connectors.Ref(nil))
	if _, err := w.split(hr); err == nil {
		w.T.Error("nobody was parted")
	}
	w.equal("people left", len(w.Load().People), 3)
}

// joinsEnd ends a join by an account of one's own, and by a record that takes the
// place of one that is gone.
func joinsEnd(w *World) {
	hr := func(id string) connectors.Ref { return connectors.Ref{Source: "hr", ID: id} }
	w.Read("corp", Users("ann"))
	w.Read("hr", Users("1", "2"))
	join := func(id string) plan.Op { return plan.Op{Kind: plan.JoinPerson, Person: hr(id), From: Ref("ann")} }
	w.Do(join("1"))
	own := Create(User("1"))
	own.Person = hr("1")
	w.Do(own)
	w.equal("joins of somebody with an account", w.Load().Joins, map[connectors.Ref]connectors.Ref(nil))

	w.Do(join("2"))
	w.Read("hr", Users("1", "3"))
	instead := join("3")
	instead.Reason.Claims = []plan.Claim{{Kind: connectors.UserObject, Ref: hr("2")}}
	w.Do(instead)
	w.equal("joins after a record was replaced", w.Load().Joins, map[connectors.Ref]connectors.Ref{hr("3"): Ref("ann")})

	dead := On(plan.DeleteUser, "1")
	dead.Person, dead.Account = hr("1"), "a-1"
	w.Do(dead, join("1")) // an account that was deleted is in nobody's way
	w.equal("joins of somebody without an account any more", w.Load().Joins[hr("1")], Ref("ann"))
}
