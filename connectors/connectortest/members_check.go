package connectortest

import (
	"slices"
	"testing"

	"writersync/connectors"
)

// A Renamer is a Directory whose lists name people by names that can change. Where lists
// name them by IDs, the Harness lacks NamedMembers.
type Renamer interface {
	Directory
	// Rename gives a user another name, and to the lists too, or not to them.
	Rename(t testing.TB, id string, follow bool)
	// Twin gives a user, beside the name in lists, a name that another one is given too, and
	// lets a group list that name.
	Twin(t testing.TB, id, other, group string)
}

// renamer returns the directory as a Renamer, if the harness does not say that it is none.
func (h Harness) renamer(t testing.TB, s *subject) (Renamer, bool) {
	t.Helper()
	_, lacks := h.Lacks[NamedMembers]
	r, ok := s.directory.(Renamer)
	if ok == lacks {
		t.Errorf("the directory can rename: %t, declared as lacking: %t", ok, lacks)
	}
	return r, ok
}

// resolves compares what is read, and what was held and followed, with w as loaded.
func (s *subject) resolves(t testing.TB, what string, w World, held *Collect, since connectors.Cursor) (*Collect, connectors.Cursor) {
	t.Helper()
	want := w.renamed(s.ids).Resolved()
	if changer, ok := s.connector.(connectors.Changer); ok {
		s.mustFollow(t, changer, since, held)
		s.same(t, "who followed, after "+what+",", want, held)
	}
	read, complete := s.mustRead(t)
	s.same(t, "a full read, after "+what+",", want, &Collect{World: read})
	return &Collect{World: read}, complete.Evidence().Cursor
}

// checkArrival: a member who is listed later, after their group, is resolved then, though
// the group does not change.
func checkArrival(t testing.TB, h Harness) {
	if _, lacks := h.Lacks[DanglingMembers]; lacks {
		return
	}
	w := company(h.Lacks)
	s := begin(t, h, w)
	s.mustState(t, w)
	away := w.clone()
	gone := away.Users[23].ID
	away.Users = away.Users[:23]
	s.load(t, away)
	read, complete := s.mustState(t, away)
	delete(s.ids, gone) // whoever comes back may have another ID
	s.load(t, w)
	s.resolves(t, "a member came back", w, &Collect{World: read.clone()}, complete.Evidence().Cursor)
}

// checkRenamed: a user who gets another name is the same one, in the lists that follow and in
// no other.
func checkRenamed(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	directory, ok := h.renamer(t, s)
	if !ok {
		return
	}
	read, complete := s.mustState(t, w)
	held, since := &Collect{World: read.clone()}, complete.Evidence().Cursor
	directory.Rename(t, w.Users[5].ID, true)
	held, since = s.resolves(t, "a new name that lists follow", w, held, since)
	id := w.Users[16].ID
	directory.Rename(t, id, false)
	for i := range w.Groups {
		if at := slices.Index(w.Groups[i].Members, id); at >= 0 {
			w.Groups[i].Members[at] = "no user any more"
		}
	}
	s.resolves(t, "a new name that lists do not follow", w, held, since)
}

// checkTwins: a name of two users names neither.
func checkTwins(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	directory, ok := h.renamer(t, s)
	if !ok {
		return
	}
	read, complete := s.mustState(t, w)
	directory.Twin(t, w.Users[20].ID, w.Users[21].ID, w.Groups[0].ID)
	w.Groups[0].Members = append(w.Groups[0].Members, "either of two")
	s.resolves(t, "two got one name", w, &Collect{World: read.clone()}, complete.Evidence().Cursor)
}

// checkOrder: in a full read, every user comes before the first group.
func checkOrder(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	order := &orderly{}
	if _, err := s.readInto(t, t.Context(), order); err != nil {
		t.Fatalf("read: %v", err)
	}
	if order.groups == 0 || order.late > 0 {
		t.Errorf("%d users came after one of %d groups", order.late, order.groups)
	}
}

// orderly counts the groups, and the users who come after one.
type orderly struct{ groups, late int }

// User counts one who comes after a group.
func (o *orderly) User(connectors.User) error {
	if o.groups > 0 {
		o.late++
	}
	return nil
}

// Group counts a group.
func (o *orderly) Group(connectors.Group) error {
	o.groups++
	return nil
}
