package connectortest

import (
	"context"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

// Follows says what a connector can tell of changes.
type Follows string

// What a connector can tell of changes.
const (
	FollowsNothing   Follows = ""        // it is no Changer
	FollowsChanges   Follows = "changes" // what was made or changed; who is gone shows in a whole reading
	FollowsDeletions Follows = "all"     // who is gone too
)

// moved returns w a day later: somebody joined and somebody left, one was disabled and
// another renamed, memberships went and came, one of them by nesting, and a group is
// gone.
func (w World) moved(lacks map[Trait]string) World {
	out := w.clone()
	gone := out.Users[0].ID
	out.Users = append(out.Users[1:], person(40))
	out.Users[4].Status = connectors.StatusDisabled
	out.Users[5].Attributes[connectors.FamilyName] = "Married"
	for i := range out.Groups {
		g := &out.Groups[i]
		g.Members = slices.DeleteFunc(g.Members, func(id string) bool { return id == gone })
	}
	out.Groups[1].Members = append(out.Groups[1].Members[1:], person(40).ID)
	if _, flat := lacks[NestedGroups]; !flat {
		out.Groups[2].Groups = out.Groups[2].Groups[:1]
	}
	out.Groups = out.Groups[:len(out.Groups)-1]
	return out.without(lacks)
}

// checkChanger: the connector follows if and only if it is declared to, and whoever
// follows it holds what a whole reading states; a cursor can be used again, and one
// that it does not know asks for a whole reading.
func checkChanger(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	changer, ok := s.connector.(connectors.Changer)
	if ok != (h.Follows != FollowsNothing) {
		t.Fatalf("is a Changer: %t, declared: %q", ok, h.Follows)
	}
	if !ok {
		return
	}
	before, complete := s.mustRead(t)
	since := complete.Evidence().Cursor
	if since == "" {
		t.Fatal("a whole reading gave no cursor to go on from")
	}
	moved := w.moved(h.Lacks)
	s.load(t, moved)
	want := s.stillThere(w, moved, h.Follows)

	held := &Collect{World: before.clone()}
	next := s.mustFollow(t, changer, since, held)
	s.same(t, "who followed the changes", want, held)
	s.mustFollow(t, changer, next, held)
	s.same(t, "who looked again, when nothing had changed", want, held)

	again, changes := &Collect{World: before.clone()}, &Collect{}
	if _, err := s.follow(t, t.Context(), changer, since, changes); err == nil {
		again.Apply(changes)
		s.same(t, "who used a cursor twice", want, again)
	} else if !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("a cursor that was used before: %v, want what changed, or ErrCursorLost", err)
	}
	s.mustRead(t)
	if _, err := s.follow(t, t.Context(), changer, "no cursor of this source", &Collect{}); !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("a cursor that nobody gave: %v, want ErrCursorLost", err)
	}
	s.checkFollowEnds(t, changer, moved)
}

// checkFollowEnds: a reading of changes ends with its context and with its sink.
func (s *subject) checkFollowEnds(t testing.TB, changer connectors.Changer, w World) {
	t.Helper()
	_, complete := s.mustRead(t)
	since := complete.Evidence().Cursor
	s.load(t, w.renamedPeople())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.follow(t, ctx, changer, since, &Collect{}); err == nil {
		t.Error("a reading of changes whose context had ended ended without an error")
	}
	_, complete = s.mustRead(t) // whatever a connector forgets when it fails it knows again
	since = complete.Evidence().Cursor
	s.load(t, w)
	if _, err := s.follow(t, t.Context(), changer, since, &full{}); !errors.Is(err, errFull) && !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("a change could not be kept, and the reading ended with: %v", err)
	}
}

// renamedPeople returns w with another title for everybody.
func (w World) renamedPeople() World {
	out := w.clone()
	for i := range out.Users {
		out.Users[i].Attributes[connectors.Title] = "Editor"
	}
	return out
}

// full is a ChangeSink that takes nothing.
type full struct{}

func (*full) User(connectors.User) error               { return errFull }
func (*full) Group(connectors.Group) error             { return errFull }
func (*full) Gone(connectors.ObjectKind, string) error { return errFull }

// stillThere returns what the connector shows of moved: where it does not tell of
// deletions, those who are gone are still there.
func (s *subject) stillThere(was, moved World, f Follows) World {
	out := moved.renamed(s.ids)
	if f == FollowsDeletions {
		return out.Resolved()
	}
	old := was.renamed(s.ids)
	for _, u := range old.Users {
		if !slices.ContainsFunc(out.Users, func(o connectors.User) bool { return o.ID == u.ID }) {
			out.Users = append(out.Users, u)
		}
	}
	for _, g := range old.Groups {
		if !slices.ContainsFunc(out.Groups, func(o connectors.Group) bool { return o.ID == g.ID }) {
			out.Groups = append(out.Groups, g)
		}
	}
	return out.Resolved()
}

func (s *subject) same(t testing.TB, who string, want World, got *Collect) {
	t.Helper()
	if diff := gocmp.Diff(want.comparable(), got.Resolved().comparable()); diff != "" {
		t.Errorf("%s holds something else (-want +got):\n%s", who, diff)
	}
}

// follow reads what changed. Whatever the outcome, there is a proof or an error, and no
// secret.
func (s *subject) follow(t testing.TB, ctx context.Context, c connectors.Changer, since connectors.Cursor, sink connectors.ChangeSink) (connectors.Delta, error) {
	t.Helper()
	delta, err := c.Changes(ctx, since, connectors.NewChanges(sourceName, sink))
	s.discreet(t, err)
	if (err == nil) != delta.Valid() {
		t.Errorf("the reading of changes ended with error %v and a proof that is valid: %t", err, delta.Valid())
	}
	return delta, err
}

// mustFollow makes held what changed since, and returns where to go on.
func (s *subject) mustFollow(t testing.TB, c connectors.Changer, since connectors.Cursor, held *Collect) connectors.Cursor {
	t.Helper()
	changes := &Collect{}
	delta, err := s.follow(t, t.Context(), c, since, changes)
	if err != nil {
		t.Fatalf("read what changed: %v", err)
	}
	held.Apply(changes)
	return delta.Next()
}

// checkFollowLie: a directory that lies about what changed gets an error, or says
// nothing false: nobody is stated to be gone who is there.
func checkFollowLie(t testing.TB, h Harness, l Lie) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	changer, ok := s.connector.(connectors.Changer)
	if !ok {
		return
	}
	_, complete := s.mustRead(t)
	moved := w.renamedPeople().without(h.Lacks)
	s.load(t, moved)
	s.directory.Lie(t, l)
	sink := &Collect{}
	_, err := s.follow(t, t.Context(), changer, complete.Evidence().Cursor, sink)
	if err != nil {
		if !errors.Is(err, connectors.ErrCursorLost) {
			classed(t, err)
		}
		return
	}
	if len(sink.Deleted) > 0 {
		t.Errorf("%d are stated to be gone who are there", len(sink.Deleted))
	}
	for _, u := range sink.Users {
		if l != DuplicateID && u.Attributes[connectors.Title] == "Writer" {
			t.Errorf("person %s is stated as they were before", u.ID)
		}
	}
}
