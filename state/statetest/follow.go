package statetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/store"
)

// ReadAt is Read of a source that says where in its history it was read.
func (w *World) ReadAt(source string, cursor connectors.Cursor, users []connectors.User, groups ...connectors.Group) {
	w.T.Helper()
	in, err := w.Store.Ingest(w.T.Context(), source)
	w.Must(err)
	r := connectors.NewReading(source, in)
	for _, u := range users {
		w.Must(r.User(u))
	}
	for _, g := range groups {
		w.Must(r.Group(g))
	}
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: len(users), Groups: len(groups), Cursor: cursor})
	w.Must(err)
	w.Must(in.Commit(w.T.Context(), c, w.Clock.Now()))
}

// Changes is what changed in a source.
type Changes struct {
	Users                 []connectors.User
	Groups                []connectors.Group
	GoneUsers, GoneGroups []string
}

// Follow takes in what changed since the last reading.
func (w *World) Follow(source string, next connectors.Cursor, c Changes) (syncer.Changed, error) {
	w.T.Helper()
	in, err := w.Store.Follow(w.T.Context(), source)
	w.Must(err)
	r := connectors.NewChanges(source, in)
	for _, u := range c.Users {
		w.Must(r.User(u))
	}
	for _, g := range c.Groups {
		w.Must(r.Group(g))
	}
	for _, id := range c.GoneUsers {
		w.Must(r.Gone(connectors.UserObject, id))
	}
	for _, id := range c.GoneGroups {
		w.Must(r.Gone(connectors.GroupObject, id))
	}
	d, err := r.Delta(next)
	w.Must(err)
	return in.Commit(w.T.Context(), d, w.Clock.Now())
}

// mustFollow is Follow that succeeds.
func (w *World) mustFollow(next connectors.Cursor, c Changes) syncer.Changed {
	w.T.Helper()
	moved, err := w.Follow("corp", next, c)
	w.Must(err)
	slices.Sort(moved.Stated)
	return moved
}

func (w *World) source() store.Source {
	w.T.Helper()
	states := w.sources()
	return states[0]
}

func changesFollowed(w *World) {
	inner, outer := Group("g0", "zoe"), Group("g1", "ann", "bob")
	outer.Groups = []string{"g0"}
	w.ReadAt("corp", "c1", Users("ann", "bob", "cid"), inner, outer)
	w.Do(Create(User("ann")))
	w.Clock.Add(time.Minute)

	bob := User("bob")
	bob.Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Another"}
	moved := w.mustFollow("c2", Changes{Users: append(Users("ann", "dan"), bob), Groups: []connectors.Group{Group("g1", "bob", "dan")}})
	w.equal("who moved", moved, syncer.Changed{Stated: []string{"ann", "bob", "dan"}, Lost: []syncer.Lost{{Group: "g1", Members: []string{"ann"}, Nested: []string{"g0"}}}})
	w.equal("people", ids(w.Load()), []string{"ann", "bob", "cid", "dan"})
	w.equal("members", membersOf(w.Load()), []string{"bob", "dan"})
	w.equal("bob", w.Person(Ref("bob")).User.Attributes[connectors.DisplayName], "Another")
	w.equal("source", w.source(), store.Source{
		Name: "corp", Generation: 1, At: Start(), Cursor: "c2", Followed: Start().Add(time.Minute),
		Size: connectors.Size{Users: 4, Groups: 2, Memberships: 2}, States: []connectors.Attribute{connectors.DisplayName, connectors.Email},
	})

	w.Clock.Add(time.Minute)
	w.equal("nothing moved", w.mustFollow("c3", Changes{Users: []connectors.User{bob}}), syncer.Changed{Stated: []string{"bob"}})
	w.equal("cursor", w.source().Cursor, connectors.Cursor("c3"))
	w.Restart()
	w.equal("cursor after a restart", w.source().Cursor, connectors.Cursor("c3"))
	w.equal("people after a restart", ids(w.Load()), []string{"ann", "bob", "cid", "dan"})
	w.Read("corp", Users("ann", "bob"))
	w.equal("cursor of a reading without one", w.source().Cursor, connectors.Cursor(""))
	if _, err := w.Follow("corp", "c4", Changes{}); !errors.Is(err, connectors.ErrCursorLost) {
		w.T.Errorf("changes without a cursor: %v, want ErrCursorLost", err)
	}
}

func changesGone(w *World) {
	w.ReadAt("corp", "c1", Users("ann", "bob", "cid"), Group("g1", "ann", "bob"), Group("g2"))
	w.Do(Feed("g1", "t1", "One", "g1 => One"), Create(User("ann")))
	moved := w.mustFollow("c2", Changes{GoneUsers: []string{"ann", "bob", "nobody"}, GoneGroups: []string{"g1", "nothing"}})
	w.equal("who moved", moved, syncer.Changed{Stated: []string{"ann", "bob", "nobody"}, Lost: []syncer.Lost{{Group: "g1", Members: []string{"ann", "bob"}}}})
	in := w.Load()
	w.equal("people", ids(in), []string{"ann", "cid"}) // nothing remembers bob
	w.equal("groups", len(in.Groups), 1)
	gone := w.Clock.Now()
	w.equal("since when g1 is gone", in.Feeds[0].Gone, gone)
	w.equal("since when ann is gone", w.Person(Ref("ann")).Gone, gone)
	container, _ := w.neighbours(connectors.UserObject, Ref("ann"), 3)
	w.equal("where ann stood", container, "ou=people")
	w.equal("size", w.source().Size, connectors.Size{Users: 1, Groups: 1})

	w.Clock.Add(time.Hour)
	w.ReadAt("corp", "c3", Users("cid"), Group("g2"))
	w.equal("since when ann is gone, after a full read", w.Person(Ref("ann")).Gone, gone)
	w.mustFollow("c4", Changes{Users: Users("ann"), Groups: []connectors.Group{Group("g1", "ann")}})
	w.equal("since when once back", w.Person(Ref("ann")).Gone, time.Time{})
	w.equal("members", membersOf(w.Load()), []string{"ann"})
}

func changesRefused(w *World) {
	w.ReadAt("corp", "c1", Users("ann"))
	in, err := w.Store.Follow(w.T.Context(), "corp")
	w.Must(err)
	if _, err := w.Store.Ingest(w.T.Context(), "corp"); err == nil {
		w.T.Error("a reading was begun beside one of changes")
	}
	r := connectors.NewChanges("corp", in)
	w.Must(r.User(User("bob")))
	if _, err := in.Commit(w.T.Context(), connectors.Delta{}, w.Clock.Now()); err == nil {
		w.T.Error("committed without a proof")
	}
	w.Must(in.Discard())
	w.Must(in.Discard())
	w.equal("people", ids(w.Load()), []string{"ann"})
	w.equal("cursor", w.source().Cursor, connectors.Cursor("c1"))

	var many []connectors.User
	for i := range 20_000 {
		many = append(many, User(fmt.Sprintf("p%05d", i)))
	}
	if _, err := w.Follow("corp", "c2", Changes{Users: many}); !errors.Is(err, connectors.ErrCursorLost) {
		w.T.Errorf("20,000 changes in one step: %v, want ErrCursorLost", err)
	}
	w.equal("people", ids(w.Load()), []string{"ann"})
	w.equal("cursor", w.source().Cursor, connectors.Cursor("c1"))
}
