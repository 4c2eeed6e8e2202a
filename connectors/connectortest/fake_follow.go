package connectortest

import (
	"context"
	"reflect"
	"slices"
	"strconv"

	"writersync/connectors"
)

// Changes implements connectors.Changer: it compares the world with what it was at the
// cursor, which is one of a reading.
func (f *Fake) Changes(ctx context.Context, since connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	if err := ctx.Err(); err != nil {
		return connectors.Delta{}, err
	}
	seen, script := f.begin()
	was, ok := f.at(since)
	if !ok {
		return connectors.Delta{}, connectors.ErrCursorLost
	}
	if script.err != nil {
		return connectors.Delta{}, script.err
	}
	if err := stateChanged(was.Users, seen.Users, func(u connectors.User) string { return u.ID }, r.User, f.gone(r, connectors.UserObject)); err != nil {
		return connectors.Delta{}, err
	}
	if err := stateChanged(was.Groups, seen.Groups, func(g connectors.Group) string { return g.ID }, r.Group, f.gone(r, connectors.GroupObject)); err != nil {
		return connectors.Delta{}, err
	}
	return r.Delta(script.cursor)
}

// gone returns what states that an object is gone: what the credential cannot see any
// more is not what the directory deleted.
func (f *Fake) gone(r *connectors.Reading, kind connectors.ObjectKind) func(id string) error {
	return func(id string) error {
		if f.holds(id) {
			return nil
		}
		return r.Gone(kind, id)
	}
}

// at returns the world as it was at the cursor.
func (f *Fake) at(cursor connectors.Cursor) (World, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, err := strconv.Atoi(string(cursor))
	if err != nil || at < 0 || at >= len(f.past) {
		return World{}, false
	}
	return f.past[at], true
}

// holds reports whether the directory has an object of the ID, seen or not.
func (f *Fake) holds(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.world.Users, func(u connectors.User) bool { return u.ID == id }) ||
		slices.ContainsFunc(f.world.Groups, func(g connectors.Group) bool { return g.ID == id })
}

// stateChanged states what is new or differs, and who is gone.
func stateChanged[T any](was, is []T, id func(T) string, state func(T) error, gone func(id string) error) error {
	old := make(map[string]T, len(was))
	for _, o := range was {
		old[id(o)] = o
	}
	for _, n := range is {
		o, there := old[id(n)]
		delete(old, id(n))
		if there && reflect.DeepEqual(o, n) {
			continue
		}
		if err := state(n); err != nil {
			return err
		}
	}
	for left := range old {
		if err := gone(left); err != nil {
			return err
		}
	}
	return nil
}

// Watch implements connectors.Watcher: it rings when it begins, and whenever the
// world is set.
func (f *Fake) Watch(ctx context.Context, changed func()) error {
	rings := make(chan struct{}, 1)
	f.listen(rings, true)
	defer f.listen(rings, false)
	changed()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-rings:
			changed()
		}
	}
}

func (f *Fake) listen(rings chan struct{}, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watching == nil {
		f.watching = map[chan struct{}]bool{}
	}
	if on {
		f.watching[rings] = true
	} else {
		delete(f.watching, rings)
	}
}
