package statetest

import (
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

// A Harness opens the stores that are tested.
type Harness struct {
	// Open opens a store that is empty and takes the time from now.
	Open func(t *testing.T, now func() time.Time) syncer.Store
	// Reopen closes a store of Open and opens it again, as after a restart.
	Reopen func(t *testing.T, s syncer.Store) syncer.Store
}

// Start is the time at which the clock of every test begins.
func Start() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// NewClock returns a clock that shows Start.
func NewClock() *syncertest.Clock { return syncertest.NewClock(Start()) }

// A World is a store under test, with its clock.
type World struct {
	T     *testing.T
	Store syncer.Store
	Clock *syncertest.Clock
	h     Harness
}

// NewWorld opens an empty store.
func NewWorld(t *testing.T, h Harness) *World {
	t.Helper()
	clock := NewClock()
	return &World{T: t, Store: h.Open(t, clock.Now), Clock: clock, h: h}
}

// Restart closes the store and opens it again.
func (w *World) Restart() {
	w.T.Helper()
	w.Store = w.h.Reopen(w.T, w.Store)
}

// Must ends the test if err is not nil.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Ref names a person or group of the source corp.
func Ref(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }

// User returns an active person with the e-mail ID@example.com.
func User(id string) connectors.User {
	return connectors.User{
		ID: id, Email: id + "@example.com", Status: connectors.StatusActive, Container: "ou=people",
		Attributes: map[connectors.Attribute]string{connectors.DisplayName: "Person " + id},
	}
}

// Disabled returns User with the status disabled.
func Disabled(id string) connectors.User {
	u := User(id)
	u.Status = connectors.StatusDisabled
	return u
}

// Group returns a group with those members.
func Group(id string, members ...string) connectors.Group {
	return connectors.Group{ID: id, Name: "name of " + id, Container: "ou=groups", Members: members}
}

// Stage reads users and groups of a source into in, and returns the proof that
// that was all.
func (w *World) Stage(in syncer.Ingest, source string, users []connectors.User, groups ...connectors.Group) connectors.Complete {
	w.T.Helper()
	r := connectors.NewReading(source, in)
	for _, u := range users {
		w.Must(r.User(u))
	}
	for _, g := range groups {
		w.Must(r.Group(g))
	}
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: len(users), Groups: len(groups)})
	w.Must(err)
	return c
}

// Read makes users and groups the snapshot of a source.
func (w *World) Read(source string, users []connectors.User, groups ...connectors.Group) {
	w.T.Helper()
	in, err := w.Store.Ingest(w.T.Context(), source)
	w.Must(err)
	c := w.Stage(in, source, users, groups...)
	w.Must(in.Commit(w.T.Context(), c, w.Clock.Now()))
}

// Users returns User of each ID.
func Users(ids ...string) []connectors.User {
	users := make([]connectors.User, len(ids))
	for i, id := range ids {
		users[i] = User(id)
	}
	return users
}

// Intend opens an intent for each of the requests.
func (w *World) Intend(requests ...[]plan.Op) []apply.Intent {
	w.T.Helper()
	in, err := w.Store.Advance(w.T.Context(), nil, requests)
	w.Must(err)
	return in
}

// TryClose closes an intent, and returns what the store says to it.
func (w *World) TryClose(in apply.Intent, out ...apply.Outcome) error {
	_, err := w.Store.Advance(w.T.Context(), []apply.Settled{{Intent: in, Outcomes: out}}, nil)
	return err
}

// Settle opens an intent for one op and closes it.
func (w *World) Settle(op plan.Op, out apply.Outcome) {
	w.T.Helper()
	w.Must(w.TryClose(w.Intend([]plan.Op{op})[0], out))
}

// Do settles each op as done. The account of op, or "a-" and the person's ID, is
// what Writer then has.
func (w *World) Do(ops ...plan.Op) {
	w.T.Helper()
	for _, op := range ops {
		w.Settle(op, DoneOf(op))
	}
}

// DoneOf is the outcome of an op that was done.
func DoneOf(op plan.Op) apply.Outcome {
	account := op.Account
	if account == "" {
		account = plan.RemoteID("a-" + op.Person.ID)
	}
	return apply.Outcome{Result: apply.Done, Account: plan.Account{ID: account, Active: true}}
}

// Load loads the state.
func (w *World) Load() plan.Input {
	w.T.Helper()
	var in plan.Input
	w.View(func(tx syncer.Reader) (err error) { in, err = tx.Load(); return err })
	return in
}

// Person loads one person with User and Link.
func (w *World) Person(ref connectors.Ref) plan.Person {
	w.T.Helper()
	in := w.Load()
	i := index(in, ref)
	if i < 0 {
		w.T.Fatalf("no person %s", ref)
	}
	settled := in.People[i].Settled
	w.Must(w.Fill(&in, uint32(i)))
	p := in.People[i]
	p.Settled = settled
	return p
}

func index(in plan.Input, ref connectors.Ref) int {
	for i, p := range in.People {
		if p.Ref == ref {
			return i
		}
	}
	return -1
}
