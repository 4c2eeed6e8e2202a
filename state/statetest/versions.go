package statetest

import (
	"time"

	"writersync/connectors"
)

// ReadVersion is Read of a source that says which statement of it was read.
func (w *World) ReadVersion(source string, versions [2]string, users []connectors.User) {
	w.T.Helper()
	in, err := w.Store.Ingest(w.T.Context(), source)
	w.Must(err)
	r := connectors.NewReading(source, in)
	for _, u := range users {
		w.Must(r.User(u))
	}
	c, err := r.Complete(connectors.Evidence{
		Closed: "end", Users: connectors.Uncounted, Groups: connectors.Uncounted, Sentinel: "a digest", Versions: versions,
	})
	w.Must(err)
	w.Must(in.Commit(w.T.Context(), c, w.Clock.Now()))
}

// absenceOfOneVersion reads one statement again and again: that counts once, until
// it has stood for a day.
func absenceOfOneVersion(w *World) {
	missing := func(what string, want int) {
		w.T.Helper()
		w.equal("readings that miss bob, "+what, w.Person(Ref("bob")).Missing, want)
	}
	w.ReadVersion("corp", [2]string{"v1", "gv1"}, Users("ann", "bob"))
	w.Do(Create(User("ann")), Create(User("bob")))
	w.ReadVersion("corp", [2]string{"v2", "gv2"}, Users("ann"))
	missing("the first one", 1)
	for range 3 {
		w.Clock.Add(time.Minute)
		w.ReadVersion("corp", [2]string{"v2", "gv2"}, Users("ann"))
	}
	missing("the same again", 1)
	w.ReadVersion("corp", [2]string{"v2", "gv3"}, Users("ann"))
	missing("with other groups", 1)
	w.ReadVersion("corp", [2]string{"v3", "gv2"}, Users("ann"))
	missing("with other people", 1)
	w.ReadVersion("corp", [2]string{"v3", "gv3"}, Users("ann"))
	missing("stated anew", 2)
	w.Clock.Add(24 * time.Hour)
	w.ReadVersion("corp", [2]string{"v3", "gv3"}, Users("ann"))
	missing("left as it is for a day", 3)
	states := w.sources()
	w.equal("time of the last reading", states[0].At, w.Clock.Now())
}

// groupAbsences counts the readings that did not state a group which feeds a team.
func groupAbsences(w *World) {
	group := func(id string) connectors.Group { return Group(id, "ann") }
	missing := func(what string, want int) {
		w.T.Helper()
		w.equal("readings that miss g1, "+what, w.Load().Feeds[0].Missing, want)
	}
	w.Read("corp", Users("ann"), group("g1"), group("g2"))
	w.Do(Feed("g1", "t1", "Team", "a => b"))
	missing("while it is there", 0)
	w.Read("corp", Users("ann"), group("g2"))
	missing("gone once", 1)
	w.Read("corp", Users("ann"), group("g2"))
	missing("gone twice", 2)
	w.Read("corp", Users("ann"), group("g1"), group("g2"))
	missing("back", 0)
}
