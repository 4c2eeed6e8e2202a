package connectortest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"writersync/connectors"
)

// A reader wraps a Fake with another way to read it.
type reader struct {
	*Fake
	read func(context.Context, *connectors.Reading) (connectors.Complete, error)
}

func (r reader) Read(ctx context.Context, reading *connectors.Reading) (connectors.Complete, error) {
	return r.read(ctx, reading)
}

// collected reads f into memory, so that a faulty connector can state something
// else.
func collected(ctx context.Context, f *Fake) (World, error) {
	kept := &Collect{}
	_, err := f.Read(ctx, connectors.NewReading("inner", kept))
	return kept.World, err
}

// restate states w as if it were everything.
func restate(r *connectors.Reading, w World) (connectors.Complete, error) {
	if err := state(r, w.Users, w.Groups); err != nil {
		return connectors.Complete{}, err
	}
	return r.Complete(connectors.Evidence{Closed: "so it says", Users: len(w.Users), Groups: len(w.Groups)})
}

// edited returns a faulty connector that states its world after edit.
func edited(edit func(*World)) func(*Fake, connectors.Env) connectors.Connector {
	return func(f *Fake, _ connectors.Env) connectors.Connector {
		return reader{f, func(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
			w, err := collected(ctx, f)
			if err != nil {
				return connectors.Complete{}, err
			}
			edit(&w)
			return restate(r, w)
		}}
	}
}

func cached(f *Fake, _ connectors.Env) connectors.Connector {
	read := sync.OnceValues(func() (World, error) { return collected(context.Background(), f) })
	return reader{f, func(_ context.Context, r *connectors.Reading) (connectors.Complete, error) {
		w, err := read()
		if err != nil {
			return connectors.Complete{}, err
		}
		return restate(r, w)
	}}
}

func moving(f *Fake, _ connectors.Env) connectors.Connector {
	n := 0
	return edited(func(w *World) {
		n++
		w.Users[0].Container = fmt.Sprint(n)
	})(f, connectors.Env{})
}

func fickle(f *Fake, _ connectors.Env) connectors.Connector {
	n := 0
	return reader{f, func(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
		w, err := collected(ctx, f)
		if err = errors.Join(err, state(r, w.Users, w.Groups)); err != nil {
			return connectors.Complete{}, err
		}
		n++
		return r.Complete(connectors.Evidence{Closed: "so it says", Users: len(w.Users), Groups: len(w.Groups), Identity: fmt.Sprint(n)})
	}}
}

func deaf(f *Fake, _ connectors.Env) connectors.Connector {
	return reader{f, func(_ context.Context, r *connectors.Reading) (connectors.Complete, error) {
		return f.Read(context.Background(), r)
	}}
}

func heedless(f *Fake, _ connectors.Env) connectors.Connector {
	return reader{f, func(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
		w, err := collected(ctx, f)
		if err != nil {
			return connectors.Complete{}, err
		}
		for _, u := range w.Users {
			_ = r.User(u)
		}
		for _, g := range w.Groups {
			_ = r.Group(g)
		}
		return r.Complete(connectors.Evidence{Closed: "so it says", Users: len(w.Users), Groups: len(w.Groups)})
	}}
}

// backward states the groups before the users.
func backward(f *Fake, _ connectors.Env) connectors.Connector {
	return reader{f, func(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
		w, err := collected(ctx, f)
		if err = errors.Join(err, state(r, nil, w.Groups), state(r, w.Users, nil)); err != nil {
			return connectors.Complete{}, err
		}
		return r.Complete(connectors.Evidence{Closed: "so it says", Users: len(w.Users), Groups: len(w.Groups)})
	}}
}

// resolving leaves out of changes and reads the members whom it does not know.
type resolving struct{ *Fake }

func (f resolving) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	w, err := collected(ctx, f.Fake)
	if err = errors.Join(err, state(r, w.Users, w.Resolved().Groups)); err != nil {
		return connectors.Complete{}, err
	}
	return r.Complete(connectors.Evidence{Closed: "so it says", Users: len(w.Users), Groups: len(w.Groups), Cursor: connectors.Cursor(strconv.Itoa(f.Reads() - 1))})
}

// failing returns a connector whose errors are all err.
func failing(err error) func(*Fake, connectors.Env) connectors.Connector {
	return func(f *Fake, _ connectors.Env) connectors.Connector {
		return reader{f, func(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
			complete, e := f.Read(ctx, r)
			if e != nil {
				return connectors.Complete{}, err
			}
			return complete, nil
		}}
	}
}

// gullible takes what it has got for everything.
func gullible(f *Fake, _ connectors.Env) connectors.Connector {
	return reader{f, func(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
		w, _ := collected(ctx, f)
		return restate(r, w)
	}}
}

// forgetful does not tell of deletions of a kind.
type forgetful struct {
	*Fake
	kind connectors.ObjectKind
}

func (f forgetful) Changes(ctx context.Context, since connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	kept := &Collect{}
	delta, err := f.Fake.Changes(ctx, since, connectors.NewChanges("inner", kept))
	if err != nil {
		return connectors.Delta{}, err
	}
	if err := state(r, kept.Users, kept.Groups); err != nil {
		return connectors.Delta{}, err
	}
	for _, what := range kept.Deleted {
		kind, id, _ := strings.Cut(what, " ")
		if kind == string(f.kind) {
			continue
		}
		if err := r.Gone(connectors.ObjectKind(kind), id); err != nil {
			return connectors.Delta{}, err
		}
	}
	return r.Delta(delta.Next())
}

// eager takes what it is not told of for gone.
type eager struct{ *Fake }

func (e eager) Changes(_ context.Context, _ connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	if err := r.Gone(connectors.UserObject, "0009"); err != nil {
		return connectors.Delta{}, err
	}
	return r.Delta("0")
}

// mute watches and says nothing.
type mute struct{ *Fake }

func (mute) Watch(ctx context.Context, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// tardy does not say that it has begun to watch.
type tardy struct{ *Fake }

func (f tardy) Watch(ctx context.Context, changed func()) error {
	begun := false
	return f.Fake.Watch(ctx, func() {
		if begun {
			changed()
		}
		begun = true
	})
}

// jealous cannot read while it watches.
type jealous struct {
	*Fake
	watching atomic.Bool
}

func (j *jealous) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	if j.watching.Load() {
		return connectors.Complete{}, &connectors.Error{Class: connectors.Transient, Op: "read", Err: errReset}
	}
	return j.Fake.Read(ctx, r)
}

func (j *jealous) Watch(ctx context.Context, changed func()) error {
	j.watching.Store(true)
	return j.Fake.Watch(ctx, changed)
}

// blind proves nothing while it watches.
type blind struct {
	*Fake
	watching atomic.Bool
}

func (b *blind) Prove(ctx context.Context, c connectors.Claim) (connectors.Presence, error) {
	if b.watching.Load() {
		return connectors.Undecided, nil
	}
	return b.Fake.Prove(ctx, c)
}

func (b *blind) Watch(ctx context.Context, changed func()) error {
	b.watching.Store(true)
	return b.Fake.Watch(ctx, changed)
}

// checking is a Checker, which finds fault with what it misses.
type checking struct {
	*Fake
	misses          func(watched, hidden bool) bool
	watched, hidden bool
}

func (c checking) Check(context.Context) ([]connectors.Finding, error) {
	return []connectors.Finding{{What: "credential", OK: true}, {What: "changes", OK: !c.misses(c.watched, c.hidden)}}, nil
}

func missing(misses func(watched, hidden bool) bool) func(*Fake, connectors.Env) connectors.Connector {
	return func(f *Fake, env connectors.Env) connectors.Connector {
		return checking{Fake: f, misses: misses, watched: env.Watched}
	}
}

// rash takes not found for absent.
type rash struct{ *Fake }

func (r rash) Prove(ctx context.Context, c connectors.Claim) (connectors.Presence, error) {
	p, err := r.Fake.Prove(ctx, c)
	if p == connectors.Undecided && err == nil {
		p = connectors.Absent
	}
	return p, err
}

// remembering shows the attributes that a user had before.
func remembering(f *Fake, _ connectors.Env) connectors.Connector {
	had := map[string]map[connectors.Attribute]string{}
	return edited(func(w *World) {
		for i, u := range w.Users {
			all := maps.Clone(had[u.ID])
			if all == nil {
				all = map[connectors.Attribute]string{}
			}
			maps.Copy(all, u.Attributes)
			had[u.ID], w.Users[i].Attributes = all, all
		}
	})(f, connectors.Env{})
}

// credulous finds whatever is looked for.
type credulous struct{ *Fake }

func (credulous) Prove(context.Context, connectors.Claim) (connectors.Presence, error) {
	return connectors.Present, nil
}

// hasty takes what it does not find for absent, whatever else is found.
type hasty struct{ *Fake }

func (hasty) Prove(context.Context, connectors.Claim) (connectors.Presence, error) {
	return connectors.Absent, nil
}
