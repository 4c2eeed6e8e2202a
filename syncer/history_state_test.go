package syncer_test

import (
	"errors"
	"io/fs"
	"os"

	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// backUp copies the state.
func (l *life) backUp() {
	if err := l.store.Backup(l.r.Context(), l.path+".backup", true); err != nil {
		l.r.Fatal(err)
	}
	l.backup = true
}

// restore puts the backup, or if there is none, the state as it is now, in the place of the state
// at a later time. An admin resumes.
func (l *life) restore() {
	if !l.backup {
		l.backUp()
		return
	}
	l.tally.add("restored")
	l.reopen(func() error {
		kept, err := state.Restore(l.r.Context(), l.path+".backup", l.path, l.clock.Now())
		return errors.Join(err, os.Remove(kept))
	})
	if err := syncer.Pause(l.r.Context(), l.store, false, "test", l.clock.Now()); err != nil {
		l.r.Fatal(err)
	}
}

// lose removes the state.
func (l *life) lose() {
	l.tally.add("lost")
	l.reopen(func() error { return os.Remove(l.path) })
}

// reopen closes the state, lets something become of its file, and opens it. What users have in
// Writer then, and what no record says any more, is as if an admin of Writer had given it to them.
func (l *life) reopen(change func() error) {
	err := l.store.Close()
	if err == nil {
		err = change()
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		l.store, err = state.Open(l.r.Context(), l.path, l.open)
	}
	if err != nil {
		l.r.Fatal(err)
	}
	l.beside.DB, l.unread = l.store, true
	for _, a := range l.writer.Accounts() {
		l.byHand[a.Email()] = true
		for _, team := range []string{"T0", "T1", "T2"} {
			l.added[membership{plan.RemoteID("team-" + team), a.ID}] = true
		}
	}
	clear(l.scopes.listed)
}
