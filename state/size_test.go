package state_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
)

// TestContentOf holds what is said of a file against what was done to it.
func TestContentOf(t *testing.T) {
	clock := statetest.NewClock()
	db := open(t, clock.Now)
	w := &statetest.World{T: t, Store: db, Clock: clock}
	const people, title = 3000, 800
	w.Read("big", crowd(people, strings.Repeat("t", title)))
	var locked *state.LockedError
	if _, err := state.ContentOf(db.Path()); !errors.As(err, &locked) {
		t.Errorf("a state that is open was measured: %v", err)
	}
	must(t, db.Close())
	full := measured(t, db.Path())
	if again := measured(t, db.Path()); again != full {
		t.Errorf("measured twice: %+v, then %+v", full, again)
	}
	info, err := os.Stat(db.Path())
	must(t, err)
	if least := int64(people * title); full.File != info.Size() || full.Records < least || full.Records > 2*least {
		t.Errorf("%d people with %d bytes each: %+v, of %d bytes", people, title, full, info.Size())
	}

	// One transaction more, which leaves little behind.
	db = openAt(t, db.Path(), clock.Now)
	must(t, db.Update(t.Context(), func(tx syncer.Writer) error { return tx.Accept("big") }))
	must(t, db.Close())
	if after := measured(t, db.Path()); after.Commits != full.Commits+1 || after.Records > full.Records+1024 {
		t.Errorf("after one commit: %+v, from %+v", after, full)
	}

	// Nearly everybody is gone: the file keeps its size, and loses its content.
	db = openAt(t, db.Path(), clock.Now)
	w.Store = db
	w.Read("big", crowd(1, "title"))
	must(t, db.Close())
	if empty := measured(t, db.Path()); empty.File < full.File || empty.Records > full.Records/2 {
		t.Errorf("one person: %+v, and %+v before", empty, full)
	}
	_, err = state.Compact(t.Context(), db.Path())
	must(t, err)
	if small := measured(t, db.Path()); small.Records > full.Records/2 || small.Commits > full.Commits {
		t.Errorf("compacted: %+v, and %+v before", small, full)
	}
}

func measured(t *testing.T, path string) state.Content {
	t.Helper()
	s, err := state.ContentOf(path)
	must(t, err)
	return s
}
