package connectortest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

// checkWhole: everything there is, exactly, with a proof that says as much.
func checkWhole(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	got, complete := s.mustState(t, w)
	if complete.Source() != sourceName {
		t.Errorf("the proof is for the source %q, want %q", complete.Source(), sourceName)
	}
	want := connectors.Size{Users: len(got.Users), Groups: len(got.Groups)}
	for _, g := range got.Groups {
		want.Memberships += len(g.Members)
	}
	if diff := cmp.Diff(want, complete.Size()); diff != "" {
		t.Errorf("size in the proof (-stated +proof):\n%s", diff)
	}
	if e := complete.Evidence(); e.Users == connectors.Uncounted && e.Sentinel == "" {
		t.Error("the evidence has neither a count nor a sentinel")
	}
}

// checkAgain: two readings of one world are equal, containers included, and their
// IDs are of one kind.
func checkAgain(t testing.TB, h Harness) {
	s := begin(t, h, company(h.Lacks))
	first, before := s.mustRead(t)
	second, after := s.mustRead(t)
	if before.Evidence().Identity != after.Evidence().Identity {
		t.Errorf("the IDs of two readings are said to be %q, then %q", before.Evidence().Identity, after.Evidence().Identity)
	}
	if diff := cmp.Diff(containers(first), containers(second)); diff != "" {
		t.Errorf("containers of the second reading (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(first.comparable(), second.comparable()); diff != "" {
		t.Errorf("the second reading (-first +second):\n%s", diff)
	}
}

func containers(w World) map[string]string {
	out := map[string]string{}
	for _, u := range w.Users {
		out["user "+u.ID] = u.Container
	}
	for _, g := range w.Groups {
		out["group "+g.ID] = g.Container
	}
	return out
}

// checkChange: what joined, left or moved since shows in the next reading.
func checkChange(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	s.mustState(t, w)

	changed := w.clone()
	changed.Users = append(changed.Users, person(40))
	gone := changed.Users[0].ID
	changed.Users = changed.Users[1:]
	for i := range changed.Groups {
		g := &changed.Groups[i]
		g.Members = slices.DeleteFunc(g.Members, func(id string) bool { return id == gone })
	}
	changed.Groups[0].Members = append(changed.Groups[0].Members, changed.Users[len(changed.Users)-1].ID)
	changed.Groups = changed.Groups[:len(changed.Groups)-1]
	s.load(t, changed)
	s.mustState(t, changed)
}

// checkIdentity: a new name, e-mail or group name is a change of the same object.
func checkIdentity(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	s.mustState(t, w)

	renamed := w.clone()
	u := &renamed.Users[5]
	u.Email = "someone.else@example.com"
	u.Attributes[connectors.FamilyName] = "Married"
	u.Attributes[connectors.DisplayName] = "Given05 Married"
	renamed.Groups[0].Name = "engineering and research"
	s.load(t, renamed)
	s.mustState(t, renamed)
}

// checkStatus: what the directory says about a person's state arrives, in both
// directions.
func checkStatus(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	s.mustState(t, w)

	changed := w.clone()
	for i, status := range []connectors.Status{connectors.StatusDisabled, connectors.StatusActive, connectors.StatusActive, connectors.StatusUnknown} {
		changed.Users[i].Status = status
	}
	changed = changed.without(h.Lacks)
	s.load(t, changed)
	s.mustState(t, changed)
}

// checkCancelled: a context that ended before or during a reading makes it an
// error, soon.
func checkCancelled(t testing.TB, h Harness) {
	s := begin(t, h, company(h.Lacks))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.readInto(t, ctx, &Collect{}); err == nil {
		t.Error("a reading whose context had ended ended without an error")
	}

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	if _, err := s.readInto(t, ctx, &tripwire{after: 1, do: func() error { cancel(); return nil }}); err == nil {
		t.Error("a reading whose context ended after the first record ended without an error")
	}
	s.mustRead(t) // the connector is as good as before
}

// errFull is what a sink says that takes no more.
var errFull = errors.New("the sink is full")

// checkSink: a record that could not be kept ends the reading.
func checkSink(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	for _, after := range []int{1, len(w.Users), len(w.Users) + 1, len(w.Users) + len(w.Groups)} {
		_, err := s.readInto(t, t.Context(), &tripwire{after: after, do: func() error { return errFull }})
		if !errors.Is(err, errFull) {
			t.Errorf("record %d could not be kept, and the reading ended with: %v", after, err)
		}
	}
}

// A tripwire is a Sink that does something at one record and keeps none.
type tripwire struct {
	after, seen int
	do          func() error
}

// User counts a record.
func (s *tripwire) User(connectors.User) error { return s.step() }

// Group counts a record.
func (s *tripwire) Group(connectors.Group) error { return s.step() }

func (s *tripwire) step() error {
	if s.seen++; s.seen == s.after {
		return s.do()
	}
	return nil
}

// checkEmpty: a directory without people is refused, whatever its reason.
func checkEmpty(t testing.TB, h Harness) {
	s := begin(t, h, company(h.Lacks))
	s.mustRead(t)
	s.load(t, World{})
	if _, _, err := s.read(t); err == nil {
		t.Error("a directory without people was read without an error")
	} else {
		classed(t, err)
	}
}

// checkLie: a directory that lies gets an error, never a proof.
func checkLie(t testing.TB, h Harness, l Lie) {
	s := begin(t, h, company(h.Lacks))
	s.mustRead(t)
	s.directory.Lie(t, l)
	_, complete, err := s.read(t)
	if err == nil {
		t.Fatalf("the reading was taken for whole: %+v", complete.Size())
	}
	classed(t, err)
	if l == Refusal && connectors.ClassOf(err) != connectors.Denied {
		t.Errorf("a refused credential has the class %s, want %s", connectors.ClassOf(err), connectors.Denied)
	}
}
