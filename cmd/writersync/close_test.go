package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"go.uber.org/goleak"

	"writersync/connectors"
	"writersync/connectors/file"
	"writersync/syncer/writer/sandbox"
)

// countingFiles are a source of files that counts how often it is opened and closed.
type countingFiles struct {
	file.Config `yaml:",inline"`
	opened      *atomic.Int64
	closed      *atomic.Int64
}

// Open opens the files.
func (c *countingFiles) Open(env connectors.Env) (connectors.Connector, error) {
	source, err := c.Config.Open(env)
	if err != nil {
		return nil, err
	}
	c.opened.Add(1)
	return &countingSource{source, c.closed}, nil
}

type countingSource struct {
	connectors.Connector
	closed *atomic.Int64
}

// Close counts.
func (c *countingSource) Close() error {
	c.closed.Add(1)
	return nil
}

// house is what a verb needs around it.
type house struct {
	t              *testing.T
	dir            string
	opened, closed atomic.Int64
	registry       connectors.Registry
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	h.registry.Register(connectors.Type{Name: "counted", New: func() connectors.Config {
		return &countingFiles{Config: *file.NewConfig(), opened: &h.opened, closed: &h.closed}
	}})
	writer, err := sandbox.Listen(t.Context(), 0, sandbox.New(sandbox.Options{Token: "test", Teams: []string{"Engineering"}, DefaultTeam: "Everyone"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = writer.Close() })
	if err := os.Chmod(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	free, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	config := strings.NewReplacer("type: file", "type: counted", "$WRITER", writer.URL(), "$METRICS", free, "$WORK", h.dir).Replace(scriptConfig)
	for name, text := range map[string]string{
		"ws.yml": config, "refused.yml": strings.Replace(config, "/token}", "/wrong-token}", 1), "token": "test\n", "wrong-token": "another\n",
		"people.csv": "id,email\n1,ada@example.com\n", "groups.csv": "group_id,group,member\ng1,engineering,1\n", "writersync.test.yml": "expectations:\n  - {everyone: {at_most: 3}}\n",
	} {
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// run runs a verb to its end, and returns what it said.
func (h *house) run(ctx context.Context, configuration string, args ...string) (string, error) {
	var out bytes.Buffer
	a := &app{clock: clockwork.NewRealClock(), stdio: stdio{in: strings.NewReader(""), out: &out, err: &out}, registry: &h.registry}
	root := a.root()
	root.SetArgs(append([]string{"-c", filepath.Join(h.dir, configuration)}, args...))
	err := root.ExecuteContext(ctx)
	return out.String(), err
}

// TestVerbsCloseWhatTheyOpen: every verb closes each source that it opened, and leaves no
// connection behind, however it ends.
func TestVerbsCloseWhatTheyOpen(t *testing.T) {
	verbs := map[string][]string{
		"check": {"check"}, "check that is refused a canary": {"check", "--canary", "ada@example.com", "--yes"}, "check with a canary": {"check", "--canary", "canary@example.com", "--yes"},
		"plan": {"plan"}, "sync": {"sync"}, "explain": {"explain", "ada@example.com"}, "apply": {"apply", "--yes"}, "import": {"import"},
		"import that adopts": {"import", "--adopt", "--yes"}, "status": {"status"}, "test": {"test"}, "a hash that is none": {"approve", "0"},
	}
	opens := map[string]bool{}
	for what, args := range verbs {
		for _, configuration := range []string{"ws.yml", "refused.yml"} {
			h := newHouse(t)
			if _, err := h.run(t.Context(), "ws.yml", "plan"); err != nil { // a state for all of them
				t.Fatal(err)
			}
			h.opened.Store(0)
			h.closed.Store(0)
			before := goleak.IgnoreCurrent()
			said, err := h.run(t.Context(), configuration, args...)
			if opened, closed := h.opened.Load(), h.closed.Load(); opened != closed {
				t.Errorf("%s with %s: opened %d sources and closed %d; %v\n%s", what, configuration, opened, closed, err, said)
			}
			opens[what] = opens[what] || h.opened.Load() > 0
			if err := goleak.Find(before); err != nil {
				t.Errorf("%s with %s: %v", what, configuration, err)
			}
		}
	}
	for _, what := range []string{"check", "plan", "sync", "explain", "apply", "import"} {
		if !opens[what] {
			t.Errorf("%s opened no source", what)
		}
	}
}

// TestDaemonClosesWhatItOpens: so does a daemon when it ends.
func TestDaemonClosesWhatItOpens(t *testing.T) {
	h := newHouse(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := h.run(ctx, "ws.yml", "serve")
		done <- err
	}()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for limit := time.After(20 * time.Second); !daemonAt(ctx, filepath.Join(h.dir, "s.sock")); {
		select {
		case <-again.C:
		case err := <-done:
			t.Fatalf("the daemon ended: %v", err)
		case <-limit:
			t.Fatal("the daemon does not listen")
		}
	}
	if said, err := h.run(ctx, "ws.yml", "sync"); err != nil || h.opened.Load() == 0 {
		t.Errorf("opened %d sources, %v\n%s", h.opened.Load(), err, said)
	}
	cancel()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if opened, closed := h.opened.Load(), h.closed.Load(); opened != closed {
		t.Errorf("opened %d sources and closed %d", opened, closed)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// TestDemoClosesWhatItOpens: the demo leaves no connection to its stand-in Writer.
func TestDemoClosesWhatItOpens(t *testing.T) {
	var out bytes.Buffer
	a := &app{clock: clockwork.NewRealClock(), stdio: stdio{out: &out, err: &out}, output: "text"}
	d, err := a.newDemo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	before := goleak.IgnoreCurrent() // the stand-in Writer is one of them
	if err := d.run(t.Context()); err != nil {
		t.Error(err)
	}
	d.engine.done()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}
