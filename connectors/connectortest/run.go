package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

// Run holds a connector against the contract of package connectors. Each check
// is a subtest with a directory of its own.
func Run(t *testing.T, h Harness) {
	t.Helper()
	t.Logf("%d checks", 1+len(checks(h)))
	t.Run("declared", func(t *testing.T) { h.declared(t) })
	for _, c := range checks(h) {
		t.Run(c.name, func(t *testing.T) { c.run(t, h) })
	}
}

// A check is one rule of the contract. It takes a TB so that the suite's own tests
// can see it fail.
type check struct {
	name string
	run  func(testing.TB, Harness)
}

func checks(h Harness) []check {
	out := []check{
		{"whole", checkWhole},
		{"again", checkAgain},
		{"order", checkOrder},
		{"arrival", checkArrival},
		{"renamed", checkRenamed},
		{"twins", checkTwins},
		{"change", checkChange},
		{"disappears", checkDisappears},
		{"hidden status", checkHiddenStatus},
		{"out of sight", checkOutOfSight},
		{"identity", checkIdentity},
		{"status", checkStatus},
		{"cancelled", checkCancelled},
		{"sink", checkSink},
		{"hostile", checkHostile},
		{"empty", checkEmpty},
		{"config", checkConfig},
		{"prover", checkProver},
		{"changer", checkChanger},
		{"watcher", checkWatcher},
		{"unwatched", checkUnwatched},
		{"beside", checkBeside},
	}
	for _, l := range h.told() {
		out = append(out, check{"lie: " + string(l), func(t testing.TB, h Harness) { checkLie(t, h, l) }})
	}
	for _, l := range h.told() {
		if h.Follows != FollowsNothing {
			out = append(out, check{"changes, lie: " + string(l), func(t testing.TB, h Harness) { checkFollowLie(t, h, l) }})
		}
	}
	return out
}

// sourceName is the name of the source in every check.
const sourceName = "corp"

// soon bounds what must end by itself. It is long because nothing waits for it
// unless the connector is at fault.
const soon = 20 * time.Second

// A subject is a connector with the directory it reads.
type subject struct {
	directory Directory
	connector connectors.Connector
	ids       map[string]string
	logged    *record
}

// begin fills a new directory and opens a connector to it.
func begin(t testing.TB, h Harness, w World) *subject {
	t.Helper()
	s := &subject{directory: h.Directory(t), logged: &record{}, ids: map[string]string{}}
	s.load(t, w)
	s.open(t, true)
	return s
}

// open opens a connector to the directory, in place of the one before.
func (s *subject) open(t testing.TB, watched bool) {
	t.Helper()
	config := s.directory.Config(t)
	if err := config.Validate(); err != nil {
		t.Fatalf("validate the configuration: %v", err)
	}
	env := connectors.Env{
		Name: sourceName, Observe: s.logged, Watched: watched,
		Log: slog.New(slog.NewTextHandler(s.logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	var err error
	if s.connector, err = config.Open(env); err != nil {
		t.Fatalf("open the connector: %v", err)
	}
}

func (s *subject) load(t testing.TB, w World) {
	t.Helper()
	for from, to := range s.directory.Load(t, w) {
		if before, known := s.ids[from]; known && before != to {
			t.Fatalf("the directory gave %s another ID when it was loaded again: it cannot be tested", from)
		}
		s.ids[from] = to
	}
}

// read reads all there is. Whatever the outcome, there is a proof or an error, and
// no secret.
func (s *subject) read(t testing.TB) (World, connectors.Complete, error) {
	t.Helper()
	kept := &Collect{}
	complete, err := s.readInto(t, t.Context(), kept)
	return kept.World, complete, err
}

func (s *subject) readInto(t testing.TB, ctx context.Context, sink connectors.Sink) (connectors.Complete, error) {
	t.Helper()
	type outcome struct {
		complete connectors.Complete
		err      error
	}
	done := make(chan outcome, 1)
	go func() {
		complete, err := s.connector.Read(ctx, connectors.NewReading(sourceName, sink))
		done <- outcome{complete, err}
	}()
	select {
	case o := <-done:
		s.discreet(t, o.err)
		if (o.err == nil) != o.complete.Valid() {
			t.Errorf("the reading ended with error %v and a proof that is valid: %t", o.err, o.complete.Valid())
		}
		return o.complete, o.err
	case <-time.After(soon):
		t.Fatalf("the reading did not end within %s", soon)
		return connectors.Complete{}, nil
	}
}

// mustRead reads all there is and fails the test if that is not whole.
func (s *subject) mustRead(t testing.TB) (World, connectors.Complete) {
	t.Helper()
	w, complete, err := s.read(t)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return w, complete
}

// mustState reads all there is and compares it with w, as loaded.
func (s *subject) mustState(t testing.TB, w World) (World, connectors.Complete) {
	t.Helper()
	got, complete := s.mustRead(t)
	want := w.renamed(s.ids).Resolved()
	if diff := cmp.Diff(want.comparable(), got.Resolved().comparable()); diff != "" {
		t.Errorf("the reading differs from what was loaded (-want +got):\n%s", diff)
	}
	for _, u := range got.Users {
		if by := u.StatusBy != ""; by != (u.Status == connectors.StatusDisabled) && u.Status != connectors.StatusActive {
			t.Errorf("user %s has the status %q by %q", u.ID, u.Status, u.StatusBy)
		}
	}
	return got, complete
}

// discreet fails the test if an error or a log line shows a secret or an address.
func (s *subject) discreet(t testing.TB, err error) {
	t.Helper()
	for where, text := range map[string]string{"the error": fmt.Sprintf("%v %+v", err, err), "the log": s.logged.String()} {
		if strings.Contains(text, Canary) {
			t.Errorf("%s shows the secret: %s", where, text)
		}
		if strings.Contains(text, "@example.com") {
			t.Errorf("%s shows an e-mail address: %s", where, text)
		}
	}
}

// classed fails the test unless a person can act on err: it has a class, or it is
// one of a Reading's own refusals.
func classed(t testing.TB, err error) {
	t.Helper()
	var e *connectors.Error
	if errors.As(err, &e) && e.Class != "" && e.Op != "" && e.Err != nil {
		return
	}
	for _, own := range []error{connectors.ErrDuplicate, connectors.ErrNoID, connectors.ErrLongID, connectors.ErrEmpty, connectors.ErrUnproven, connectors.ErrCount} {
		if errors.Is(err, own) {
			return
		}
	}
	t.Errorf("the error has no class: %v", err)
}

// checkConfig: a configuration names what it reads, and shows no secret however it
// is printed.
func checkConfig(t testing.TB, h Harness) {
	c := h.Directory(t).Config(t)
	if c.Identity() == "" || c.Identity() != c.Identity() { //nolint:staticcheck // two calls that must agree
		t.Errorf("the identity is %q, then %q", c.Identity(), c.Identity())
	}
	printed := fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Identity())
	if b, err := json.Marshal(c); err == nil {
		printed += string(b)
	}
	if strings.Contains(printed, Canary) {
		t.Errorf("the configuration shows its secret: %s", printed)
	}
}

// A record keeps what a connector logs and whom it asks.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ connectors.Observer = (*record)(nil)

// Write keeps p.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// Request keeps the target and code of a request.
func (r *record) Request(target, code string, _ time.Duration) {
	_, _ = fmt.Fprintf(r, "%s %s\n", target, code) // a buffer takes everything
}

// String returns all that was kept.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
