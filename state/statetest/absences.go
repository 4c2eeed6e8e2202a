package statetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

func absences(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"))
	w.Do(Create(User("ann")))
	w.Clock.Add(time.Hour)
	since := w.Clock.Now()
	for range 3 {
		w.Read("corp", Users("bob"))
		p := w.Person(Ref("ann"))
		w.equal("since when ann is gone", p.Gone, since)
		w.equal("record of ann", p.User, (*connectors.User)(nil))
		w.equal("settled", p.Settled, false)
		w.Clock.Add(time.Hour)
	}
	w.equal("people", ids(w.Load()), []string{"ann", "bob"}) // nothing remembers cid
	w.Read("other", Users("x"))
	w.Restart()
	w.equal("since when ann is gone, after another source's read", w.Person(Ref("ann")).Gone, since)
	w.Read("corp", Users("ann", "bob"))
	p := w.Person(Ref("ann"))
	w.equal("since when once back", p.Gone, time.Time{})
	w.equal("settled once back", p.Settled, true)
	w.Clock.Add(time.Hour)
	w.Read("corp", Users("bob"))
	w.equal("since when, anew", w.Person(Ref("ann")).Gone, w.Clock.Now())
}

func absenceEnds(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")))
	w.Read("corp", Users("bob"))
	w.Do(On(plan.Deactivate, "ann"))
	p := w.Person(Ref("ann"))
	w.equal("standing", p.Standing, plan.Inactive)
	w.equal("since when", p.Gone, time.Time{})
	w.equal("settled", p.Settled, true)
	w.Clock.Add(time.Hour)
	w.Read("corp", Users("bob"))
	since := w.Clock.Now()
	w.Clock.Add(time.Hour)
	w.Do(On(plan.Reactivate, "ann")) // live, while no source lists ann
	w.equal("since when", w.Person(Ref("ann")).Gone, since)
	w.Read("corp", Users("bob"))
	w.equal("since when", w.Person(Ref("ann")).Gone, since)
}

func neighbours(w *World) {
	var users []connectors.User
	for i := range 20 {
		users = append(users, User(fmt.Sprintf("p%02d", i)))
	}
	users[3].Container, users[17].Container = "ou=far", "ou=far"
	w.Read("corp", users, Group("g1", "p00"), Group("g2"), Group("g3"))
	w.Do(Create(users[5]), Create(users[17]), Feed("g1", "t1", "One", "g1 => One"))
	gone := append(slices.Clone(users[:5]), users[6:17]...)
	w.Read("corp", append(gone, users[18:]...), Group("g2"), Group("g3"))

	look := func(kind connectors.ObjectKind, id string, n int) (string, []string) {
		container, ids := w.neighbours(kind, Ref(id), n)
		return container, ids
	}
	container, near := look(connectors.UserObject, "p05", 4)
	w.equal("container of p05", container, "ou=people")
	w.equal("how many stand with p05", len(near), 4)
	for _, id := range near {
		if id == "p03" || id == "p05" || id == "p17" || !slices.Contains(ids(w.Load()), id) {
			w.T.Errorf("%s stands with p05", id)
		}
	}
	container, near = look(connectors.UserObject, "p17", 4)
	w.equal("container of p17", container, "ou=far")
	w.equal("who stands with p17", near, []string{"p03"})
	container, near = look(connectors.GroupObject, "g1", 5)
	w.equal("container of g1", container, "ou=groups")
	w.equal("who stands with g1", near, []string{"g2", "g3"})
	_, near = look(connectors.UserObject, "nobody", 5)
	w.equal("who stands with nobody", len(near), 0)
	flat := Users("ann", "bob")
	flat[0].Container, flat[1].Container = "", ""
	w.Read("flat", flat)
	_, near = w.neighbours(connectors.UserObject, connectors.Ref{Source: "flat", ID: "nobody"}, 5)
	w.equal("who stands with nobody, where there are no containers", len(near), 0)
	_, first := look(connectors.UserObject, "p02", 3)
	_, second := look(connectors.UserObject, "p12", 3)
	if cmp.Equal(first, second) {
		w.T.Errorf("two claims lean on the same: %v", first)
	}
}
