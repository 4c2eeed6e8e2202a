//go:build e2e

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// company is a real slapd, a stand-in Writer, a configuration between them, and
// what a test knows of the directory.
type company struct {
	t      testing.TB
	slapd  *slapdtest.Server
	wire   *wire // to slapd
	writer *sandbox.Server
	dir    syncertest.Directory
	rules  map[string]string
	config string
	url    string                      // of Writer, in the configuration
	ldap   string                      // more of the configuration of a source that reads slapd
	source func(address string) string // the source's configuration, but for its name
	admin  string                      // address of the metrics; empty: there are none
	hooks  string                      // where directories say that something changed; empty: nowhere
}

const testToken = "canary-token-7f3a"

// companyOptions says how large a company is.
type companyOptions struct {
	slapd slapdtest.Options
	dir   syncertest.Directory
	rules map[string]string // group to team
	more  string            // of the configuration
	ldap  string            // of the source, in lines that are indented by four
}

func newCompany(t testing.TB, o companyOptions) *company {
	t.Helper()
	slapd := slapdtest.Start(t, o.slapd)
	c := newCompanyAt(t, strings.TrimPrefix(slapd.SecureURL, "ldaps://"), o.dir, o.rules)
	c.slapd, c.ldap = slapd, o.ldap
	c.writeConfig(o.more)
	return c
}

// newCompanyAt returns a company whose directory is reached at an address; its source and
// its configuration are still to be written.
func newCompanyAt(t testing.TB, address string, dir syncertest.Directory, rules map[string]string) *company {
	t.Helper()
	c := &company{t: t, dir: dir, rules: rules}
	c.source = c.slapdSource
	teams := slices.Compact(slices.Sorted(maps.Values(rules)))
	server, err := sandbox.Listen(t.Context(), 0, sandbox.New(sandbox.Options{Token: testToken, Teams: teams, DefaultTeam: "Everyone"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	c.writer, c.url, c.wire = server, server.URL(), newWire(t, address)
	return c
}

// slapdSource is the configuration of a source that reads the company's slapd.
func (c *company) slapdSource(address string) string {
	return fmt.Sprintf("    type: ldap\n    url: ldaps://%s\n    tls: {ca_file: %s}\n    bind: {dn: %q, password: {file: %s}}\n    users: {base: %q}\n    groups: {base: %q}\n%s",
		address, c.slapd.CAFile, slapdtest.ReaderDN, c.secret("password", slapdtest.Password), slapdtest.UsersBase, slapdtest.GroupsBase, c.ldap)
}

// secret writes a secret to a file and returns its path.
func (c *company) secret(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

func (c *company) writeConfig(more string) {
	c.t.Helper()
	dir := c.t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			c.t.Fatal(err)
		}
		return path
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		c.t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "writer:\n  url: %s\n  token: {file: %s}\n  default_team: Everyone\n  pace: {start: 60000, max: 60000}\n", c.url, write("token", testToken))
	b.WriteString("sources:\n  - name: corp\n" + c.source(c.wire.address))
	metrics := ""
	if c.admin != "" {
		metrics = ", metrics: " + strconv.Quote(c.admin)
	}
	if c.hooks != "" {
		metrics += ", hooks: " + strconv.Quote(c.hooks)
	}
	b.WriteString("teams:\n")
	for group, team := range c.rules {
		fmt.Fprintf(&b, "  - {group: %q, team: %q}\n", group, team)
	}
	fmt.Fprintf(&b, "state: {path: %s}\nlisten: {socket: %s%s}\nlog: {level: warn}\n", filepath.Join(dir, "state.db"), filepath.Join(dir, "s.sock"), metrics)
	if !strings.Contains(more, "protected:") {
		b.WriteString("protected: []\n")
	}
	b.WriteString(more)
	c.config = write("writersync.yml", b.String())
}

// run runs a verb as a user would, and returns its exit code and what it printed.
func (c *company) run(args ...string) (code int, out, errs string) {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(c.t.Context(), append([]string{"--config", c.config}, args...), stdio{strings.NewReader(""), &stdout, &stderr})
	for _, secret := range []string{testToken, slapdtest.Password} {
		if strings.Contains(stdout.String()+stderr.String(), secret) {
			c.t.Errorf("%v printed a secret", args)
		}
	}
	return code, stdout.String(), stderr.String()
}

// sync runs a pass and returns what it did, and its exit code.
func (c *company) sync(args ...string) (syncer.Outcome, int) {
	c.t.Helper()
	code, out, errs := c.run(append([]string{"sync", "--output", "json"}, args...)...)
	var outcome syncer.Outcome
	if err := json.Unmarshal([]byte(out), &outcome); err != nil {
		c.t.Fatalf("sync (exit %d) printed no outcome: %v\n%s%s", code, err, out, errs)
	}
	return outcome, code
}

// approve approves every hold of an outcome that can be.
func (c *company) approve(o syncer.Outcome) int {
	c.t.Helper()
	n := 0
	for _, h := range o.Plan.Held {
		if h.Exit != plan.Approve {
			continue
		}
		n++
		if code, _, errs := c.run("approve", h.Hash().Short()); code != exitDone {
			c.t.Fatalf("approve: exit %d: %s", code, errs)
		}
	}
	return n
}

// push brings the company into Writer: the first plan, its approval, the push.
func (c *company) push() syncer.Outcome {
	c.t.Helper()
	first, code := c.sync()
	if code != exitHeld || c.writer.Counts().Writes != 0 {
		c.t.Fatalf("first pass: exit %d, %d writes; want %d and none\n%s", code, c.writer.Counts().Writes, exitHeld, first.Plan)
	}
	c.approve(first)
	second, code := c.sync()
	if code != exitDone {
		c.t.Fatalf("push: exit %d\n%v\n%s", code, second.Run.Error, plan.Plan{Held: second.Plan.Held})
	}
	c.same()
	return second
}

// same fails the test if Writer is not what the directory makes of it.
func (c *company) same() {
	c.t.Helper()
	diffs := syncertest.Differences(c.dir, c.rules, c.writer.State())
	for i, d := range diffs {
		if i == 20 {
			c.t.Errorf("... and %d more", len(diffs)-i)
			break
		}
		c.t.Error(d)
	}
}

// wire is a TCP connection's way to slapd, which can break.
type wire struct {
	address string
	limit   atomic.Int64 // bytes of answers after which a connection breaks; 0: never

	mu   sync.Mutex
	open map[net.Conn]bool
}

// cut breaks every connection there is.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.open {
		_ = conn.Close()
	}
}

func (w *wire) hold(conn net.Conn, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if on {
		w.open[conn] = true
	} else {
		delete(w.open, conn)
	}
}

func newWire(t testing.TB, far string) *wire {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w := &wire{address: l.Addr().String(), open: map[net.Conn]bool{}}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(near, far)
		}
	}()
	return w
}

func (w *wire) carry(near net.Conn, far string) {
	w.hold(near, true)
	defer func() {
		w.hold(near, false)
		_ = near.Close()
	}()
	up, err := net.Dial("tcp", far)
	if err != nil {
		return
	}
	defer func() { _ = up.Close() }()
	go func() {
		_, _ = io.Copy(up, near)
		_ = up.Close()
	}()
	if n := w.limit.Load(); n > 0 {
		_, _ = io.CopyN(near, up, n)
		return
	}
	_, _ = io.Copy(near, up)
}

// peek reads a request's body and puts it back.
func peek(r *http.Request) (string, error) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body), err
}
