package connectortest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"writersync/connectors"
)

// memory is a Directory made of a Fake, read by what wrap makes of it.
type memory struct {
	fake Fake
	wrap func(*Fake, connectors.Env) connectors.Connector
	lied Lie
}

func (m *memory) Load(_ testing.TB, w World) map[string]string {
	m.fake.Set(w.Users, w.Groups)
	return nil
}

func (m *memory) Config(testing.TB) connectors.Config { return m }

func (m *memory) Validate() error  { return nil }
func (m *memory) Identity() string { return "memory" }

func (m *memory) Open(env connectors.Env) (connectors.Connector, error) {
	if m.wrap != nil {
		return m.wrap(&m.fake, env), nil
	}
	return &m.fake, nil
}

func (m *memory) Lie(_ testing.TB, l Lie) {
	m.lied = l
	switch l {
	case ShortPage:
		m.fake.Short(3)
	case FailsMidway:
		m.fake.FailRead(&connectors.Error{Class: connectors.Transient, Op: "read page 2", Err: errors.New("connection reset")})
	case Refusal:
		m.fake.FailRead(&connectors.Error{Class: connectors.Denied, Op: "read page 2", Err: errors.New("token revoked")})
	case DuplicateID:
		w := company(nil)
		m.fake.Set(append(w.Users, w.Users[0]), w.Groups)
	case EmptyAnswer:
		var ids []string
		for _, u := range company(nil).Users {
			ids = append(ids, u.ID)
		}
		m.fake.Hide(ids...)
	}
}

func harness(wrap func(*Fake, connectors.Env) connectors.Connector) Harness {
	const noWire = "there is no wire"
	return Harness{
		Directory: func(testing.TB) Directory { return &memory{wrap: wrap} },
		Proves:    true, Follows: FollowsDeletions, Watches: true, Patience: time.Second,
		Cannot: map[Lie]string{RepeatedCursor: noWire, ErrorInside: noWire, CutOff: noWire, ForeignLink: noWire},
	}
}

func TestFakeConforms(t *testing.T) { Run(t, harness(nil)) }

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

// TestSuiteCatches runs single checks against connectors with one fault each.
func TestSuiteCatches(t *testing.T) {
	user := func(id string, change func(*connectors.User)) func(*World) {
		return func(w *World) {
			for i := range w.Users {
				if w.Users[i].ID == id {
					change(&w.Users[i])
				}
			}
		}
	}
	tests := []struct {
		name  string
		check string
		wrap  func(*Fake, connectors.Env) connectors.Connector
	}{
		{"loses the last person", "whole", edited(func(w *World) { w.Users = w.Users[:len(w.Users)-1] })},
		{"takes IDs for numbers", "whole", edited(func(w *World) {
			for i := range w.Users {
				w.Users[i].ID = strings.TrimLeft(w.Users[i].ID, "0")
			}
		})},
		{"drops nested groups", "whole", edited(func(w *World) { w.Groups[2].Groups = nil })},
		{"does not count unresolved members", "whole", edited(func(w *World) { w.Groups[6].Unresolved = 0 })},
		{"takes unknown for disabled", "whole", edited(user("0003", func(u *connectors.User) { u.Status = connectors.StatusDisabled }))},
		{"takes unknown for active", "status", edited(user("0004", func(u *connectors.User) { u.Status = connectors.StatusActive }))},
		{"confuses nothing said with empty", "whole", edited(user("0004", func(u *connectors.User) { u.Attributes[connectors.Title] = "" }))},
		{"reads once", "change", cached},
		{"keeps names for good", "identity", cached},
		{"moves people about", "again", moving},
		{"names its IDs otherwise each time", "again", fickle},
		{"never hears of the context", "cancelled", deaf},
		{"ignores the sink", "sink", heedless},
		{"unescapes values", "hostile", edited(func(w *World) {
			for i := range w.Users {
				d := w.Users[i].Attributes[connectors.DisplayName]
				w.Users[i].Attributes[connectors.DisplayName] = strings.ReplaceAll(d, `"`, "")
			}
		})},
		{"spills into the next column", "hostile", edited(func(w *World) {
			for i := range w.Users {
				if d, rest, ok := strings.Cut(w.Users[i].Attributes[connectors.DisplayName], ", "); ok {
					w.Users[i].Attributes[connectors.DisplayName], w.Users[i].Attributes[connectors.Title] = d, rest
				}
			}
		})},
		{"folds look-alikes", "hostile", edited(func(w *World) {
			for i := range w.Users {
				w.Users[i].Email, w.Users[i].Fault = strings.ReplaceAll(w.Users[i].Email, "\u212a", "k"), ""
			}
		})},
		{"logs the secret", "whole", func(f *Fake, env connectors.Env) connectors.Connector {
			env.Log.Debug("connecting", "password", Canary)
			return f
		}},
		{"reports an address", "lie: " + string(FailsMidway), failing(fmt.Errorf("read person00@example.com: %w", &connectors.Error{Class: connectors.Corrupt, Op: "x", Err: errReset}))},
		{"gives no class", "lie: " + string(FailsMidway), failing(errReset)},
		{"calls a refusal transient", "lie: " + string(Refusal), failing(&connectors.Error{Class: connectors.Transient, Op: "x", Err: errReset})},
		{"believes short pages", "lie: " + string(ShortPage), gullible},
		{"ends early without an error", "lie: " + string(FailsMidway), gullible},
		{"is not the Prover it says", "prover", func(f *Fake, _ connectors.Env) connectors.Connector { return struct{ connectors.Connector }{f} }},
		{"follows nothing, whatever it says", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return struct{ connectors.Connector }{f} }},
		{"loses deletions", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return forgetful{f, connectors.UserObject} }},
		{"loses deletions of groups", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return forgetful{f, connectors.GroupObject} }},
		{"follows from any cursor", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return eager{f} }},
		{"tells of deletions that were none", "changes, lie: " + string(FailsMidway), func(f *Fake, _ connectors.Env) connectors.Connector { return eager{f} }},
		{"never rings", "watcher", func(f *Fake, _ connectors.Env) connectors.Connector { return mute{f} }},
		{"does not say that it watches", "watcher", func(f *Fake, _ connectors.Env) connectors.Connector { return tardy{f} }},
		{"proves without controls", "prover", func(f *Fake, _ connectors.Env) connectors.Connector { return rash{f} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := harness(tt.wrap)
			i := slices.IndexFunc(checks(h), func(c check) bool { return c.name == tt.check })
			if i < 0 {
				t.Fatalf("there is no check %q", tt.check)
			}
			if report := failures(t, func(tb testing.TB) { checks(h)[i].run(tb, h) }); report == "" {
				t.Errorf("the check %q passes", tt.check)
			}
		})
	}
}

// TestDeclarations shows that nothing can be left undeclared.
func TestDeclarations(t *testing.T) {
	for name, spoil := range map[string]func(*Harness){
		"a lie has no reason":        func(h *Harness) { h.Cannot[CutOff] = "" },
		"a lie that there is not":    func(h *Harness) { h.Cannot["white"] = "too honest" },
		"a trait lacks its reason":   func(h *Harness) { h.Lacks = map[Trait]string{NestedGroups: ""} },
		"a trait that there is not":  func(h *Harness) { h.Lacks = map[Trait]string{"charm": "too honest"} },
		"nothing is declared at all": func(h *Harness) { *h = Harness{} },
	} {
		h := harness(nil)
		spoil(&h)
		if failures(t, func(tb testing.TB) { h.declared(tb) }) == "" {
			t.Errorf("%s, and the suite passes", name)
		}
	}
}

// TestForgottenLie shows that a lie which is neither told nor declared impossible fails
// its check.
func TestForgottenLie(t *testing.T) {
	h := harness(nil)
	delete(h.Cannot, CutOff)
	i := slices.IndexFunc(checks(h), func(c check) bool { return c.name == "lie: "+string(CutOff) })
	if i < 0 {
		t.Fatal("it is not checked")
	}
	if failures(t, func(tb testing.TB) { checks(h)[i].run(tb, h) }) == "" {
		t.Error("nobody told it, and its check passes")
	}
}

var errReset = errors.New("connection reset")

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
	kept := &patched{}
	delta, err := f.Fake.Changes(ctx, since, connectors.NewChanges("inner", kept))
	if err != nil {
		return connectors.Delta{}, err
	}
	if err := state(r, kept.Users, kept.Groups); err != nil {
		return connectors.Delta{}, err
	}
	for _, id := range kept.gone {
		isGroup := strings.HasPrefix(id, "01")
		if isGroup == (f.kind == connectors.GroupObject) {
			continue
		}
		kind := connectors.UserObject
		if isGroup {
			kind = connectors.GroupObject
		}
		if err := r.Gone(kind, id); err != nil {
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

// rash takes not found for absent.
type rash struct{ *Fake }

func (r rash) Prove(ctx context.Context, c connectors.Claim) (connectors.Presence, error) {
	p, err := r.Fake.Prove(ctx, c)
	if p == connectors.Undecided && err == nil {
		p = connectors.Absent
	}
	return p, err
}

// failures runs do with a TB whose failures are kept, and returns them.
func failures(t *testing.T, do func(testing.TB)) string {
	t.Helper()
	tb := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(tb)
	}()
	<-done
	return strings.Join(tb.failed, "\n")
}

// A recorder is a TB that keeps failures for itself.
type recorder struct {
	testing.TB

	failed []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Log(...any)                {}
func (r *recorder) Logf(string, ...any)       {}
func (r *recorder) Error(args ...any)         { r.failed = append(r.failed, fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, a ...any) { r.failed = append(r.failed, fmt.Sprintf(f, a...)) }

func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	runtime.Goexit()
}
