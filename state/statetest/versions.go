package statetest

import (
	"time"

	"writersync/connectors"
	"writersync/syncer/store"
)

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

// groupAbsences remembers since when a group is not listed that feeds a team.
func groupAbsences(w *World) {
	group := func(id string) connectors.Group { return Group(id, "ann") }
	since := func(what string, want time.Time) {
		w.T.Helper()
		w.equal("since when g1 is gone, "+what, w.Load().Feeds[0].Gone, want)
		w.Clock.Add(time.Hour)
	}
	w.Read("corp", Users("ann"), group("g1"), group("g2"))
	w.Do(Feed("g1", "t1", "Team", "a => b"))
	since("while it is there", time.Time{})
	w.Read("corp", Users("ann"), group("g2"))
	gone := w.Clock.Now()
	since("once", gone)
	w.Read("corp", Users("ann"), group("g2"))
	since("twice", gone)
	w.Read("corp", Users("ann"), group("g1"), group("g2"))
	since("back", time.Time{})
}
