package syncertest

import (
	"context"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"

	"writersync/connectors"
)

// A Followed is a source that can tell what changed, and misses things, as directories
// do: that a group lost somebody who was deleted, say.
type Followed struct {
	Provable
	// Misses is how many changes of groups, of a hundred, it does not tell.
	Misses int
	Random *rand.Rand

	past []past
}

// past is what the source held at a cursor.
type past struct {
	users  map[string]connectors.User
	groups map[string]connectors.Group
}

var _ connectors.Changer = (*Followed)(nil)

// Read implements connectors.Connector.
func (f *Followed) Read(_ context.Context, r *connectors.Reading) (connectors.Complete, error) {
	evidence, err := f.state(r)
	if err != nil {
		return connectors.Complete{}, err
	}
	evidence.Cursor = f.mark()
	return r.Complete(evidence)
}

// mark remembers what is so now, and returns the cursor of it.
func (f *Followed) mark() connectors.Cursor {
	f.past = append(f.past, past{maps.Clone(f.Users), maps.Clone(f.Groups)})
	return connectors.Cursor(strconv.Itoa(len(f.past) - 1))
}

// Changes implements connectors.Changer. It states nobody who is hidden.
func (f *Followed) Changes(_ context.Context, since connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	at, err := strconv.Atoi(string(since))
	if err != nil || at >= len(f.past) {
		return connectors.Delta{}, connectors.ErrCursorLost
	}
	if f.Fails {
		return connectors.Delta{}, errLost
	}
	was := f.past[at]
	users := func(id string) error { return r.User(f.user(id)) }
	groups := func(id string) error { return r.Group(f.group(id)) }
	tells := func(id string) bool { return !f.Unlisted[id] && f.Random.IntN(100) >= f.Misses }
	shown := func(id string) bool { return !f.Hidden[id] }
	if err := changed(was.users, f.Users, shown, users, func(id string) error { return r.Gone(connectors.UserObject, id) }); err != nil {
		return connectors.Delta{}, err
	}
	if err := changed(was.groups, f.Groups, tells, groups, func(id string) error { return r.Gone(connectors.GroupObject, id) }); err != nil {
		return connectors.Delta{}, err
	}
	return r.Delta(f.mark())
}

// changed states what differs, as far as it is told.
func changed[T any](was, is map[string]T, tells func(string) bool, state, gone func(id string) error) error {
	for _, id := range slices.Sorted(maps.Keys(is)) {
		if old, there := was[id]; (!there || !reflect.DeepEqual(old, is[id])) && tells(id) {
			if err := state(id); err != nil {
				return err
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		if _, there := is[id]; !there && tells(id) {
			if err := gone(id); err != nil {
				return err
			}
		}
	}
	return nil
}
