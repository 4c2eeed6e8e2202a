package connectortest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

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

// A patched is a world that changes as a reading of changes says.
type patched struct {
	World
	gone []string
}

var _ connectors.ChangeSink = (*patched)(nil)

// User puts a person in the place of the one with the ID.
func (p *patched) User(u connectors.User) error {
	p.Users = slices.DeleteFunc(p.Users, func(o connectors.User) bool { return o.ID == u.ID })
	p.Users = append(p.Users, u)
	return nil
}

// Group puts a group in the place of the one with the ID.
func (p *patched) Group(g connectors.Group) error {
	p.Groups = slices.DeleteFunc(p.Groups, func(o connectors.Group) bool { return o.ID == g.ID })
	p.Groups = append(p.Groups, g)
	return nil
}

// Gone takes out whoever has the ID.
func (p *patched) Gone(kind connectors.ObjectKind, id string) error {
	p.gone = append(p.gone, id)
	if kind == connectors.UserObject {
		p.Users = slices.DeleteFunc(p.Users, func(u connectors.User) bool { return u.ID == id })
		return nil
	}
	p.Groups = slices.DeleteFunc(p.Groups, func(g connectors.Group) bool { return g.ID == id })
	return nil
}

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

	sink := &patched{World: before.clone()}
	delta := s.mustFollow(t, changer, since, sink)
	s.same(t, "who followed the changes", want, sink)
	s.mustFollow(t, changer, delta.Next(), sink)
	s.same(t, "who looked again, when nothing had changed", want, sink)

	again := &patched{World: before.clone()}
	if _, err := s.follow(t, t.Context(), changer, since, again); err == nil {
		s.same(t, "who used a cursor twice", want, again)
	} else if !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("a cursor that was used before: %v, want what changed, or ErrCursorLost", err)
	}
	s.mustRead(t)
	if _, err := s.follow(t, t.Context(), changer, "no cursor of this source", &patched{}); !errors.Is(err, connectors.ErrCursorLost) {
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
	if _, err := s.follow(t, ctx, changer, since, &patched{}); err == nil {
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
	out := moved.renamed(s.ids).resolved()
	if f == FollowsDeletions {
		return out
	}
	old := was.renamed(s.ids).resolved()
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
	return out
}

func (s *subject) same(t testing.TB, who string, want World, got *patched) {
	t.Helper()
	if diff := gocmp.Diff(want.comparable(), got.comparable()); diff != "" {
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

func (s *subject) mustFollow(t testing.TB, c connectors.Changer, since connectors.Cursor, sink connectors.ChangeSink) connectors.Delta {
	t.Helper()
	delta, err := s.follow(t, t.Context(), c, since, sink)
	if err != nil {
		t.Fatalf("read what changed: %v", err)
	}
	return delta
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
	sink := &patched{}
	_, err := s.follow(t, t.Context(), changer, complete.Evidence().Cursor, sink)
	if err != nil {
		if !errors.Is(err, connectors.ErrCursorLost) {
			classed(t, err)
		}
		return
	}
	if len(sink.gone) > 0 {
		t.Errorf("%d are stated to be gone who are there", len(sink.gone))
	}
	for _, u := range sink.Users {
		if l != DuplicateID && u.Attributes[connectors.Title] == "Writer" {
			t.Errorf("person %s is stated as they were before", u.ID)
		}
	}
}

// checkWatcher: the connector watches if and only if it is declared to; it rings when it
// has begun, then whenever something changed, and ends with its context.
func checkWatcher(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	watcher, ok := s.connector.(connectors.Watcher)
	if ok != h.Watches {
		t.Fatalf("is a Watcher: %t, declared: %t", ok, h.Watches)
	}
	if !ok {
		return
	}
	s.mustRead(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rang, ended := make(chan struct{}, 1), make(chan error, 1)
	ring := func() {
		select {
		case rang <- struct{}{}:
		default:
		}
	}
	go func() { ended <- watcher.Watch(ctx, ring) }()
	h.hear(t, "that it watches", rang, ended)
	for _, next := range []World{w.renamedPeople(), w, w.renamedPeople()} {
		s.load(t, next)
		h.hear(t, "a change", rang, ended)
	}
	cancel()
	select {
	case err := <-ended:
		s.discreet(t, err)
		if err == nil {
			t.Error("a watch whose context had ended ended without an error")
		}
	case <-time.After(soon):
		t.Errorf("a watch did not end within %s of its context", soon)
	}
}

// hear waits for one ring, and for what it is.
func (h Harness) hear(t testing.TB, what string, rang <-chan struct{}, ended <-chan error) {
	t.Helper()
	patience := cmp.Or(h.Patience, soon)
	select {
	case <-rang:
	case err := <-ended:
		t.Fatalf("the watch ended: %v", err)
	case <-time.After(patience):
		t.Fatalf("%s was not heard within %s", what, patience)
	}
}
