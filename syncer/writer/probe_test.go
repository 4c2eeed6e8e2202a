package writer_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
	"writersync/syncer/writer/sandbox"
)

func canary() writer.Canary { return writer.Canary{Email: "canary@example.com", Mark: "mark-1"} }

// sawOf returns what was seen, a line a step.
func sawOf(p writer.Probe) string {
	lines := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		lines[i] = s.Name + ": " + strings.ReplaceAll(s.Saw, string(p.Account), "ID")
	}
	return strings.Join(lines, "\n")
}

const (
	usual = "look for it: no account has the e-mail\ncreate it: account ID was made\n"
	there = "read it back: it is there, active\n"
	patch = "change its name: taken, with PATCH\n"
	off   = "send active: false: answered with success\nread it back: it is inactive\nlook for it by e-mail: it is listed\n"
	on    = "send active: true: answered with success\nread it back: it is active\n"
	gone  = "delete it: it is gone"
)

// TestProbe: what is seen of each kind of Writer and what is advised, and that nothing
// of it is left there.
func TestProbe(t *testing.T) {
	refusing := func(method string, status int) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == method {
					w.WriteHeader(status)
					return
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	for _, test := range []struct {
		name   string
		quirks sandbox.Quirks
		wrap   func(http.Handler) http.Handler
		saw    string
		advice plan.Deprovision
		left   bool
	}{
		{name: "none", saw: usual + there + patch + off + on + gone, advice: plan.DeprovisionDeactivate},
		{
			name: "deactivate-removes", quirks: sandbox.Quirks{DeactivateRemoves: true}, advice: plan.DeprovisionDelete,
			saw: usual + there + patch + "send active: false: answered with success\nread it back: it is gone (404)\ndelete it: not tried: it is gone already",
		},
		{
			name: "deactivate-removes, without a word", quirks: sandbox.Quirks{DeactivateRemoves: true, Write204: true}, advice: plan.DeprovisionDelete,
			saw: usual + there + patch + "send active: false: answered with success\nread it back: it is gone (404)\ndelete it: not tried: it is gone already",
		},
		{
			name: "deactivate-ignored", quirks: sandbox.Quirks{DeactivateIgnored: true}, advice: plan.DeprovisionDelete,
			saw: usual + there + patch + "send active: false: update account: Writer ignores active: false. This Writer does not deactivate accounts over SCIM: set `deprovision: delete`, or `none`.\n" +
				"read it back: it is still active\n" + gone,
		},
		{
			name: "deactivate-ignored, and no DELETE", quirks: sandbox.Quirks{DeactivateIgnored: true}, wrap: refusing(http.MethodDelete, http.StatusNotImplemented),
			advice: plan.DeprovisionNone, left: true,
			saw: usual + there + patch + "send active: false: update account: Writer ignores active: false. This Writer does not deactivate accounts over SCIM: set `deprovision: delete`, or `none`.\n" +
				"read it back: it is still active\ndelete it: delete account: Writer answered 501 Not Implemented",
		},
		{
			name: "no DELETE", wrap: refusing(http.MethodDelete, http.StatusMethodNotAllowed), advice: plan.DeprovisionDeactivate, left: true,
			saw: usual + there + patch + off + on + "delete it: delete account: Writer answered 405 Method Not Allowed\ndeactivate it again: it is inactive, and takes no seat",
		},
		{
			name: "deactivate-bare", quirks: sandbox.Quirks{DeactivateBare: true}, advice: plan.DeprovisionDeactivate,
			saw: usual + there + patch + strings.Replace(off, "success", "success, in a PATCH without a path", 1) + on + gone,
		},
		{
			name: "no-patch", quirks: sandbox.Quirks{NoPatch: true}, advice: plan.DeprovisionDeactivate,
			saw: usual + there + "change its name: taken, with PUT: PATCH is not supported, or writer.update says so\n" + off + on + gone,
		},
		{name: "delete-404", quirks: sandbox.Quirks{DeleteGone: true}, saw: usual + there + patch + off + on + gone, advice: plan.DeprovisionDeactivate},
		{
			name: "delayed-visibility", quirks: sandbox.Quirks{UnseenReads: 2}, advice: plan.DeprovisionDeactivate,
			saw: usual + "read it back: it was not there for the first 2 of 3 looks\n" + patch + off + on + gone,
		},
		{name: "email-fixed", quirks: sandbox.Quirks{EmailFixed: true}, saw: usual + there + patch + off + on + gone, advice: plan.DeprovisionDeactivate},
		{
			name: "optional-ignored", quirks: sandbox.Quirks{OptionalIgnored: true}, advice: plan.DeprovisionDeactivate,
			saw: usual + "read it back: it is there, active; its title was not kept\n" + patch + off + on + gone,
		},
		{
			name: "empty-created", quirks: sandbox.Quirks{EmptyCreated: true}, advice: plan.DeprovisionDeactivate,
			saw: usual + there + patch + off + on + gone,
		},
		{
			name: "empty-created and delayed-visibility", quirks: sandbox.Quirks{EmptyCreated: true, UnseenReads: 4}, advice: plan.DeprovisionDeactivate,
			saw: "look for it: no account has the e-mail\ncreate it: account ID was made, although the answer did not show it\n" + there + patch + off + on + gone,
		},
		{
			name: "neither PATCH nor PUT", quirks: sandbox.Quirks{NoPatch: true, NoPut: true}, advice: plan.DeprovisionDelete,
			saw: usual + there + "change its name: update account: Writer answered 501 Not Implemented\n" +
				"send active: false: update account: Writer answered 501 Not Implemented\nread it back: it is still active\n" + gone,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, w, s := sandboxed(test.quirks)
			if test.wrap != nil {
				w.handler = test.wrap(w.handler)
			}
			got, err := c.Probe(t.Context(), canary())
			if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(test.saw, sawOf(got)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if advice, _ := got.Advice(); advice != test.advice {
				t.Errorf("advises %q, want %q", advice, test.advice)
			}
			if accounts := s.State().Accounts; got.Left != test.left || test.left != (len(accounts) > 0) {
				t.Errorf("left is %t, and Writer has %v", got.Left, accounts)
			}
		})
	}
}

// TestProbePauses waits before each further look, and looks no more once waiting fails.
func TestProbePauses(t *testing.T) {
	pauses := 0
	patient := canary()
	patient.Pause = func(context.Context) error { pauses++; return nil }
	c, _, _ := sandboxed(sandbox.Quirks{UnseenReads: 2})
	got, err := c.Probe(t.Context(), patient)
	if err != nil || pauses != 2 || !strings.Contains(sawOf(got), "read it back: it was not there for the first 2 of 3 looks\n") {
		t.Errorf("%d pauses, %v:\n%s", pauses, err, sawOf(got))
	}
	over := errors.New("no time left")
	patient.Pause = func(context.Context) error { return over }
	c, _, s := sandboxed(sandbox.Quirks{UnseenReads: 2})
	if got, err = c.Probe(t.Context(), patient); !errors.Is(err, over) || got.Left || len(s.State().Accounts) > 0 {
		t.Errorf("%v, left %t, %v", err, got.Left, s.State().Accounts)
	}
}

// TestProbeLeavesOthersAlone: an address that has an account is refused, whoever made
// it, and so is an account that came in between and does not carry the mark.
func TestProbeLeavesOthersAlone(t *testing.T) {
	c, _, s := sandboxed(sandbox.Quirks{})
	s.Invite("canary@example.com")
	got, err := c.Probe(t.Context(), canary())
	if connectors.ClassOf(err) != connectors.Conflict || !strings.Contains(err.Error(), "Nothing was changed") || len(got.Steps) > 0 {
		t.Errorf("an address with an account: %v, %v", got, err)
	}
	if n := len(s.Ledger()); n > 0 {
		t.Errorf("%d changes were made", n)
	}

	c, w, s := sandboxed(sandbox.Quirks{})
	next, status := w.handler, 0
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			s.Invite("canary@example.com")
			rw.WriteHeader(status) // and does not show what it made
			return
		}
		next.ServeHTTP(rw, r)
	})
	for _, status = range []int{http.StatusCreated, http.StatusInternalServerError} {
		s.Delete("canary@example.com")
		got, err = c.Probe(t.Context(), canary())
		if err == nil || !got.Left || got.Account != "" {
			t.Errorf("after %d somebody else's account is taken for ours: %+v, %v", status, got, err)
		}
	}
	if n := len(s.Ledger()); n > 0 {
		t.Errorf("%d changes were made to it", n)
	}

	// One that is hidden is in the way, and nothing was made.
	c, _, s = sandboxed(sandbox.Quirks{})
	s.Invite("canary@example.com")
	s.Hide("canary@example.com")
	if got, err = c.Probe(t.Context(), canary()); connectors.ClassOf(err) != connectors.Conflict || got.Left {
		t.Errorf("a hidden account: %+v, %v", got, err)
	}
}

// TestProbeCleansUp: wherever the probe is cut off, the account is deleted, also if the
// answer to its creation showed nothing.
func TestProbeCleansUp(t *testing.T) {
	for _, quirks := range []sandbox.Quirks{{}, {EmptyCreated: true}, {EmptyCreated: true, UnseenReads: 4}} {
		at := 1
		for cutOff(t, quirks, at) {
			at++
		}
		if at < 10 {
			t.Errorf("a whole probe takes only %d requests", at)
		}
	}
}

// cutOff ends the probe's context with that request, and reports whether there was one.
func cutOff(t *testing.T, quirks sandbox.Quirks, at int) bool {
	t.Helper()
	_, w, s := sandboxed(quirks)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next, n := w.handler, 0
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(rw, r)
		if n++; n == at {
			cancel()
		}
	})
	c := writer.New(writer.Options{URL: "https://writer.example" + sandbox.BasePath, HTTP: cancelled{w}})
	got, err := c.Probe(ctx, canary())
	if accounts := s.State().Accounts; len(accounts) > 0 || got.Left {
		t.Errorf("cut off at request %d: %v is there, left is %t", at, accounts, got.Left)
	}
	if n < at && err != nil {
		t.Error(err)
	}
	if err != nil && !errors.Is(err, context.Canceled) && connectors.ClassOf(err) != connectors.Unknown {
		t.Errorf("cut off at request %d: %v", at, err)
	}
	return n >= at
}

// cancelled sends nothing once the context has ended, as the real transport does.
type cancelled struct{ *wire }

func (c cancelled) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, &connectors.Error{Class: connectors.Transient, Op: "send", Err: err}
	}
	return c.wire.Do(r)
}

// TestProbeFails: an answer that ends the probe is told of, and what was made is gone
// or said to be left.
func TestProbeFails(t *testing.T) {
	for _, test := range []struct {
		name  string
		fails string // the method, from the second request of it on
		from  int
		code  int
		left  bool
		last  string
	}{
		{"no seats", http.MethodPost, 1, http.StatusForbidden, false, "create it"},
		{"no rights to change", http.MethodPatch, 1, http.StatusForbidden, false, "delete it"},
		{"no rights to read any more", http.MethodGet, 6, http.StatusForbidden, true, "delete it"},
		{"a lost creation, and a server that is down", "", 4, http.StatusBadGateway, true, "delete it"},
	} {
		c, w, s := sandboxed(sandbox.Quirks{})
		next, n := w.handler, 0
		w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if test.fails == "" || test.fails == r.Method {
				n++
			}
			if n >= test.from && (test.fails == "" || test.fails == r.Method) {
				if r.Method == http.MethodPost && test.code >= 500 {
					next.ServeHTTP(&nowhere{}, r)
				}
				rw.WriteHeader(test.code)
				return
			}
			next.ServeHTTP(rw, r)
		})
		got, err := c.Probe(t.Context(), canary())
		if err == nil {
			t.Errorf("%s: no error", test.name)
		}
		if last := got.Steps[len(got.Steps)-1]; last.Name != test.last || got.Left != test.left {
			t.Errorf("%s: ends with %v, left is %t, the account is there: %v", test.name, last, got.Left, s.State().Accounts)
		}
		if there := slices.ContainsFunc(s.State().Accounts, func(a sandbox.Account) bool { return a.Email == "canary@example.com" }); there && !got.Left {
			t.Errorf("%s: an account is left, and nobody is told", test.name)
		}
	}
}

// nowhere takes an answer that is lost.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (*nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (*nowhere) WriteHeader(int)             {}
