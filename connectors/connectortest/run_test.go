package connectortest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
)

func harness(wrap func(*Fake, connectors.Env) connectors.Connector) Harness {
	const noWire = "there is no wire"
	return Harness{
		Directory: func(testing.TB) Directory { return &memory{wrap: wrap} },
		Proves:    true, Follows: FollowsDeletions, Watches: true, Patience: time.Second,
		Cannot: map[Lie]string{RepeatedCursor: noWire, ErrorInside: noWire, CutOff: noWire, ForeignLink: noWire},
	}
}

func TestFakeConforms(t *testing.T) { Run(t, harness(nil)) }

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
		{"drops unresolved members", "whole", edited(func(w *World) { w.Groups[6].Members = w.Groups[6].Members[:1] })},
		{"takes unknown for disabled", "whole", edited(user("0003", func(u *connectors.User) { u.Status = connectors.StatusDisabled }))},
		{"takes unknown for active", "status", edited(user("0004", func(u *connectors.User) { u.Status = connectors.StatusActive }))},
		{"confuses nothing said with empty", "whole", edited(user("0004", func(u *connectors.User) { u.Attributes[connectors.Title] = "" }))},
		{"resolves members itself", "renamed", edited(func(w *World) { *w = w.Resolved() })},
		{"leaves names out", "renamed", edited(func(w *World) {
			for i := range w.Users {
				w.Users[i].Names = nil
			}
		})},
		{"takes the first of two for the one", "twins", edited(func(w *World) {
			taken := map[string]bool{}
			for i := range w.Users {
				w.Users[i].Names = slices.DeleteFunc(w.Users[i].Names, func(n string) bool { was := taken[n]; taken[n] = true; return was })
			}
		})},
		{"drops members who are not listed", "arrival", func(f *Fake, _ connectors.Env) connectors.Connector { return resolving{f} }},
		{"states groups first", "order", backward},
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
				if u := &w.Users[i]; u.Unusable[connectors.Email] != "" {
					u.Email, u.Unusable = "folded"+u.ID+"@example.com", nil
				}
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
		{"has an empty value where none is shown", "disappears", edited(func(w *World) {
			for _, u := range w.Users[5:] {
				u.Attributes[connectors.Title] += ""
			}
		})},
		{"keeps what it read before", "disappears", remembering},
		{"takes nothing for a value", "hidden status", edited(func(w *World) {
			for i, u := range w.Users {
				if u.Status == connectors.StatusUnknown && u.ID != "0003" {
					w.Users[i].Status, w.Users[i].StatusBy = connectors.StatusActive, "status"
				}
			}
		})},
		{"loses who comes next", "out of sight", edited(func(w *World) {
			if w.Users[7].ID != person(7).ID {
				w.Users = append(w.Users[:7], w.Users[8:]...)
			}
		})},
		{"finds users that it does not read", "out of sight", func(f *Fake, _ connectors.Env) connectors.Connector { return credulous{f} }},
		{"needs no control", "out of sight", func(f *Fake, _ connectors.Env) connectors.Connector { return hasty{f} }},
		{"is not the Prover it says", "prover", func(f *Fake, _ connectors.Env) connectors.Connector { return struct{ connectors.Connector }{f} }},
		{"follows nothing, whatever it says", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return struct{ connectors.Connector }{f} }},
		{"loses deletions", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return forgetful{f, connectors.UserObject} }},
		{"loses deletions of groups", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return forgetful{f, connectors.GroupObject} }},
		{"follows from any cursor", "changer", func(f *Fake, _ connectors.Env) connectors.Connector { return eager{f} }},
		{"tells of deletions that were none", "changes, lie: " + string(FailsMidway), func(f *Fake, _ connectors.Env) connectors.Connector { return eager{f} }},
		{"never rings", "watcher", func(f *Fake, _ connectors.Env) connectors.Connector { return mute{f} }},
		{"does not say that it watches", "watcher", func(f *Fake, _ connectors.Env) connectors.Connector { return tardy{f} }},
		{"reads only while nobody watches", "beside", func(f *Fake, _ connectors.Env) connectors.Connector { return &jealous{Fake: f} }},
		{"finds nobody while it watches", "beside", func(f *Fake, _ connectors.Env) connectors.Connector { return &blind{Fake: f} }},
		{"misses what nobody uses", "unwatched", missing(func(_, hidden bool) bool { return hidden })},
		{"misses nothing, whoever watches", "unwatched", missing(func(bool, bool) bool { return false })},
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

// TestUnwatchedChecker shows that a Checker passes which misses what a watch needs where
// somebody watches.
func TestUnwatchedChecker(t *testing.T) {
	h := harness(missing(func(watched, hidden bool) bool { return watched && hidden }))
	if report := failures(t, func(tb testing.TB) { checkUnwatched(tb, h) }); report != "" {
		t.Error(report)
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
