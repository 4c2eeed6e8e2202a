package connectortest

import (
	"slices"
	"testing"

	"writersync/connectors"
)

// checkUnwatched: what only a watch needs, a Checker misses where somebody watches, and
// only there; and without it the directory is read as before.
func checkUnwatched(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	if _, ok := s.connector.(connectors.Checker); !ok || !h.Watches {
		return
	}
	directory, ok := s.directory.(ChangeHider)
	if !ok {
		t.Log("not checked: what Check finds where nobody watches: the directory is not a ChangeHider")
		return
	}
	before := s.faults(t)
	directory.HideChanges(t)
	s.open(t, true)
	if watched := s.faults(t); slices.Equal(before, watched) {
		t.Errorf("the directory tells nothing of changes, and Check finds what it found before: %q", before)
	}
	s.open(t, false)
	if unwatched := s.faults(t); !slices.Equal(before, unwatched) {
		t.Errorf("where nobody watches, Check finds fault with %q, want %q", unwatched, before)
	}
	s.mustState(t, w)
}

// faults returns what Check finds that is not as it should be.
func (s *subject) faults(t testing.TB) []string {
	t.Helper()
	found, err := s.connector.(connectors.Checker).Check(t.Context())
	s.discreet(t, err)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	var out []string
	for _, f := range found {
		if !f.OK {
			out = append(out, f.What)
		}
	}
	slices.Sort(out)
	return out
}
