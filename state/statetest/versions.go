package statetest

import (
	"time"

	"writersync/connectors"
	"writersync/syncer/store"
)

// ReadVersion is Read of a source that says which statement of it was read.
func (w *World) ReadVersion(source string, versions [2]string, users []connectors.User) {
	w.T.Helper()
	w.ReadFiles(source, [2]connectors.File{{Version: versions[0]}, {Version: versions[1]}}, users)
}

// ReadFiles is Read of a source of files.
func (w *World) ReadFiles(source string, files [2]connectors.File, users []connectors.User) {
	w.T.Helper()
	in, err := w.Store.Ingest(w.T.Context(), source)
	w.Must(err)
	r := connectors.NewReading(source, in)
	for _, u := range users {
		w.Must(r.User(u))
	}
	c, err := r.Complete(connectors.Evidence{
		Closed: "end", Users: connectors.Uncounted, Groups: connectors.Uncounted, Sentinel: "a digest", Files: files,
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

// filesRead remembers the files of the last read, and when each version was read first;
// also if the other file was not written anew, and if nothing else changed.
func filesRead(w *World) {
	file := func(path, version string, written int) connectors.File {
		return connectors.File{Path: path, Version: version, Written: Start().Add(time.Duration(written) * time.Minute)}
	}
	read := func(what string, people, groups store.File) {
		w.T.Helper()
		w.Clock.Add(time.Hour)
		w.ReadFiles("corp", [2]connectors.File{people.File, groups.File}, Users("ann"))
		w.equal("files, "+what, w.sources()[0].Files, [2]store.File{people, groups})
	}
	at := func(hour int) time.Time { return Start().Add(time.Duration(hour) * time.Hour) }
	p1, g1 := file("/p", "p1", 1), file("/g", "g1", 2)
	read("the first", store.File{File: p1, Read: at(1)}, store.File{File: g1, Read: at(1)})
	read("the same", store.File{File: p1, Read: at(1)}, store.File{File: g1, Read: at(1)})
	p3 := file("/p", "p3", 3)
	read("newer people", store.File{File: p3, Read: at(3)}, store.File{File: g1, Read: at(1)})
	w.Restart()
	w.equal("files, later", w.sources()[0].Files, [2]store.File{{File: p3, Read: at(3)}, {File: g1, Read: at(1)}})
	read("of another name", store.File{File: file("/q", "p3", 3), Read: at(4)}, store.File{File: g1, Read: at(1)})
	read("no files", store.File{}, store.File{})
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
