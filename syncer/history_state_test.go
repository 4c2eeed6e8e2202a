package syncer_test

import (
	"os"

	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/syncertest"
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
		if err != nil {
			return err
		}
		return os.Remove(kept)
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

// reopen closes the state, lets something become of its file, and opens it. Accounts and memberships
// that the state knew, and does not know any more, are as if an admin of Writer had made them.
func (l *life) reopen(change func() error) {
	before := l.known()
	err := l.store.Close()
	if err == nil {
		err = change()
	}
	if err == nil {
		l.store, err = state.Open(l.r.Context(), l.path, l.open)
	}
	if err != nil {
		l.r.Fatal(err)
	}
	l.beside.DB, l.unread = l.store, true
	after := l.known()
	for m := range before {
		if after[m] {
			continue
		}
		if m.team != "" {
			l.added[m] = true
		}
		for _, a := range l.writer.Accounts() {
			if a.ID == m.account {
				l.byHand[a.Email()] = true
			}
		}
	}
	clear(l.scopes.listed)
}

// known returns the accounts, with no team, and the memberships that the state knows.
func (l *life) known() map[membership]bool {
	in, err := syncertest.Load(l.r.Context(), l.store)
	if err != nil {
		l.r.Fatal(err)
	}
	out := map[membership]bool{}
	for _, p := range in.People {
		if p.Account != "" {
			out[membership{account: p.Account}] = true
		}
	}
	for _, t := range in.Teams {
		for _, i := range t.Had {
			out[membership{t.ID, in.People[i].Account}] = true
		}
	}
	return out
}
