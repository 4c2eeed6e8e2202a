package statetest

import (
	"context"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func (w *World) equal(what string, got, want any) {
	w.T.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(connectors.Complete{}, connectors.Delta{}), cmpopts.IgnoreFields(plan.Input{}, "Version")); diff != "" {
		w.T.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// ids returns the people of an input.
func ids(in plan.Input) []string {
	var out []string
	for _, p := range in.People {
		out = append(out, p.Ref.ID)
	}
	return out
}

// membersOf returns who is in the group g1, by ID.
func membersOf(in plan.Input) []string {
	for _, g := range in.Groups {
		if g.Ref.ID == "g1" {
			return named(in, g.Members)
		}
	}
	return []string{"no such group"}
}

func named(in plan.Input, indexes []uint32) []string {
	var out []string
	for _, i := range indexes {
		out = append(out, in.People[i].Ref.ID)
	}
	return out
}

func emptyStore(w *World) {
	w.equal("input", w.Load(), plan.Input{})
	w.equal("filled", w.Fill(&plan.Input{}), nil)
	sources := w.sources()
	w.equal("sources", len(sources), 0)
	control := w.control()
	w.equal("switches", control, store.Control{})
	runs := w.runs(5)
	w.equal("runs", len(runs), 0)
	container, ids := w.neighbours(connectors.UserObject, Ref("ann"), 3)
	w.equal("container", container, "")
	w.equal("neighbours", len(ids), 0)
}

func readingCommitted(w *World) {
	in, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	c := w.Stage(in, "corp", Users("cid", "ann", "bob"), Group("g2", "bob"), Group("g1", "cid", "ann", "cid"))
	w.equal("people before the commit", ids(w.Load()), []string(nil))
	w.Must(in.Commit(w.T.Context(), c, w.Clock.Now()))
	w.Must(in.Discard()) // does nothing any more

	got := w.Load()
	w.equal("people", ids(got), []string{"ann", "bob", "cid"})
	w.equal("sources", got.Sources, []plan.Source{{Name: "corp"}})
	w.equal("groups", got.Groups, []plan.Group{
		{Ref: Ref("g1"), Name: "name of g1", Members: []uint32{0, 2}},
		{Ref: Ref("g2"), Name: "name of g2", Members: []uint32{1}},
	})
	states := w.sources()
	w.equal("states", states, []store.Source{{
		Name: "corp", Generation: 1, At: Start(), Size: connectors.Size{Users: 3, Groups: 2, Memberships: 3},
		States: []connectors.Attribute{connectors.DisplayName, connectors.Email},
	}})
	bare := User("ann")
	bare.Email, bare.Attributes = "", nil
	w.Read("corp", []connectors.User{bare})
	states = w.sources()
	w.equal("what was ever stated", states[0].States, []connectors.Attribute{connectors.DisplayName, connectors.Email})
}

func readingDiscarded(w *World) {
	w.Read("corp", Users("ann"))
	in, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	c := w.Stage(in, "corp", Users("bob"))
	w.Must(in.Discard())
	w.Must(in.Discard())
	if err := in.Commit(w.T.Context(), c, w.Clock.Now()); err == nil {
		w.T.Error("a discarded reading was committed")
	}
	if err := in.User(User("cid")); err == nil {
		w.T.Error("a discarded reading took a user")
	}
	w.equal("people", ids(w.Load()), []string{"ann"})
	w.Read("corp", Users("ann", "bob"))
	w.equal("people", ids(w.Load()), []string{"ann", "bob"})
}

func readingUnproven(w *World) {
	in, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	w.Stage(in, "corp", Users("ann"))
	other := w.Stage(discard{}, "other", Users("ann"))
	for _, c := range []connectors.Complete{{}, other} {
		if err := in.Commit(w.T.Context(), c, w.Clock.Now()); err == nil {
			w.T.Errorf("committed with the proof %q", c.Source())
		}
	}
	w.Must(in.Discard())
	w.equal("people", ids(w.Load()), []string(nil))
}

// discard is an Ingest that keeps nothing.
type discard struct{}

var _ syncer.Ingest = discard{}

func (discard) User(connectors.User) error                                   { return nil }
func (discard) Group(connectors.Group) error                                 { return nil }
func (discard) Commit(context.Context, connectors.Complete, time.Time) error { return nil }
func (discard) Discard() error                                               { return nil }

func readingAlone(w *World) {
	first, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	if _, err := w.Store.Ingest(w.T.Context(), "corp"); err == nil {
		w.T.Error("a second reading of the source began beside the first")
	}
	other, err := w.Store.Ingest(w.T.Context(), "other")
	w.Must(err)
	w.Must(other.Discard())
	w.Must(first.Discard())
	again, err := w.Store.Ingest(w.T.Context(), "corp")
	w.Must(err)
	w.Must(again.Discard())
}

func readingUnchanged(w *World) {
	group := Group("g1", "ann", "bob")
	w.Read("corp", Users("ann", "bob"), group)
	before := w.Load()
	w.Clock.Add(time.Minute)
	slices.Reverse(group.Members) // order does not matter
	w.Read("corp", Users("bob", "ann"), group)
	after := w.Load()
	w.equal("input", after, before)
	states := w.sources()
	w.equal("generation", states[0].Generation, uint64(2))
	w.equal("time", states[0].At, Start().Add(time.Minute))
}

func recordsWhole(w *World) {
	users := []connectors.User{
		User("ann"),
		{ID: "bare"},
		{ID: "odd", Email: "  O'Dd@Example.com ", Status: connectors.StatusDisabled, Container: "caf\xe9", Fault: "has more than 100 names"},
		{ID: "unusable", Status: connectors.StatusActive, Unusable: map[connectors.Attribute]string{connectors.Email: "is not UTF-8", connectors.Title: "is a list"}},
		{
			ID: "full", Email: "full@example.com", Status: connectors.StatusActive,
			Attributes: map[connectors.Attribute]string{connectors.Title: "", connectors.GivenName: "Full", connectors.FamilyName: "Person"},
		},
	}
	w.Read("corp", users)
	for _, u := range users {
		got := w.Person(Ref(u.ID))
		if got.User == nil {
			w.T.Fatalf("%s has no record", u.ID)
		}
		w.equal(u.ID, *got.User, checked(u))
	}
	users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Another"}
	w.Read("corp", users[:2])
	w.equal("changed", w.Person(Ref("ann")).User.Attributes[connectors.DisplayName], "Another")
	w.equal("people", ids(w.Load()), []string{"ann", "bare"})
}

// checked is what a reading makes of a user.
func checked(u connectors.User) connectors.User {
	keep := &keeper{}
	if err := connectors.NewReading("corp", keep).User(u); err != nil {
		return connectors.User{Fault: err.Error()}
	}
	return keep.user
}

type keeper struct {
	discard
	user connectors.User
}

func (k *keeper) User(u connectors.User) error {
	k.user = u
	return nil
}

func membersLater(w *World) {
	w.Read("corp", Users("bob"), Group("g1", "ann", "bob", "zoe", ""))
	in := w.Load()
	w.equal("members", membersOf(in), []string{"bob"})
	w.equal("people", ids(in), []string{"bob"})

	w.Read("corp", Users("ann", "bob"), Group("g1", "ann", "bob", "zoe", ""))
	in = w.Load()
	w.equal("members when ann came", membersOf(in), []string{"ann", "bob"})

	w.Do(Create(User("ann")))
	w.Read("corp", Users("bob"), Group("g1", "ann", "bob", "zoe", ""))
	in = w.Load()
	w.equal("members when a link remembers ann", membersOf(in), []string{"ann", "bob"})
	w.Read("corp", Users("bob"), Group("g1", "zoe"))
	w.equal("members", membersOf(w.Load()), []string(nil))
}

func nestedGroups(w *World) {
	outer := Group("outer")
	outer.Groups = []string{"inner", "elsewhere", "a", "inner"}
	self := Group("a")
	self.Groups = []string{"a"}
	w.Read("other", Users("ann"), Group("inner", "ann"))
	w.Read("corp", Users("bob"), outer, self, Group("inner", "bob"))
	in := w.Load()
	w.equal("groups", in.Groups, []plan.Group{
		{Ref: Ref("a"), Name: "name of a", Nested: []uint32{0}},
		{Ref: Ref("inner"), Name: "name of inner", Members: []uint32{0}},
		{Ref: Ref("outer"), Name: "name of outer", Nested: []uint32{0, 1}, Unresolved: 1},
		{Ref: connectors.Ref{Source: "other", ID: "inner"}, Name: "name of inner", Members: []uint32{1}},
	})
}

func readingsAccepted(w *World) {
	if err := w.accept("corp"); err == nil {
		w.T.Error("accepted a reading of a source that was never read")
	}
	w.Read("corp", Users("ann", "bob"))
	w.Must(w.accept("corp"))
	w.Read("corp", Users("ann"))
	states := w.sources()
	w.equal("accepted", states[0].Accepted, connectors.Size{Users: 2})
	w.equal("size", states[0].Size, connectors.Size{Users: 1})
	w.equal("credible once another was read", states[0].Credible, false)
	w.Must(w.accept("corp"))
	w.Read("corp", Users("ann"))
	states = w.sources()
	w.equal("credible once the accepted one was read again", states[0].Credible, true)
}
