//go:build e2e

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// The killed company: 300 people in 30 groups of 10.
const (
	killPeople = 300
	killGroups = 30
	killSize   = 10
	killEach   = 15 // joiners, movers, leavers and renames of the churn
	killTotal  = 200
	killMin    = 20 // kills inside each kind of request
)

// victim is a stand-in Writer that can be put back to where it was, and tells a
// kill when to strike.
type victim struct {
	current atomic.Pointer[sandbox.Sandbox]
	writes  atomic.Int64
	at      atomic.Int64 // the write at which strike is called; 0: never
	strike  atomic.Pointer[func()]
	last    atomic.Pointer[string] // what the last write that came in was about
}

func (v *victim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		kind := "create"
		switch {
		case strings.Contains(r.URL.Path, "/Groups/"):
			kind = "member change"
		case r.Method == http.MethodPatch:
			body, err := peek(r)
			if err != nil {
				http.Error(w, "unreadable", http.StatusBadRequest)
				return
			}
			kind = "update"
			if strings.Contains(body, `"path":"active","value":false`) {
				kind = "deactivate"
			}
		}
		v.last.Store(&kind)
		if n := v.writes.Add(1); n == v.at.Load() {
			// Before or after the change is applied, as chance has it.
			if strike := *v.strike.Load(); n%2 == 0 {
				defer strike()
			} else {
				strike()
			}
		}
	}
	v.current.Load().ServeHTTP(w, r)
}

// killing is one prepared pass that is killed over and over.
type killing struct {
	t      *testing.T
	c      *company
	victim *victim
	binary string
	state  string // the state file before the pass
	before *sandbox.Sandbox
	left   map[string]bool
	took   time.Duration
	writes int64
	kinds  map[string]int
}

// process starts the program on the prepared state.
func (k *killing) process(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, k.binary, "--config", k.c.config, "sync", "--output", "json")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// reset puts Writer and the state back to before the pass.
func (k *killing) reset() {
	k.t.Helper()
	data, err := os.ReadFile(k.state)
	if err != nil {
		k.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(k.c.config), "state.db"), data, 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.victim.current.Store(k.before.Clone())
	k.victim.writes.Store(0)
	k.victim.at.Store(0)
	none := ""
	k.victim.last.Store(&none)
}

// measure runs the pass undisturbed.
func (k *killing) measure() {
	k.t.Helper()
	k.reset()
	started := time.Now()
	if out, err := k.process(k.t.Context()).CombinedOutput(); err != nil {
		k.t.Fatalf("undisturbed: %v\n%s", err, out)
	}
	k.took, k.writes = time.Since(started), k.victim.writes.Load()
	k.verdict("undisturbed")
}

// kill runs the pass and kills it: after some time, or as write number at comes
// in. Then the next pass must bring everything in order.
func (k *killing) kill(after time.Duration, at int64) {
	k.t.Helper()
	k.reset()
	cmd := k.process(k.t.Context())
	strike := func() { _ = cmd.Process.Kill() }
	k.victim.strike.Store(&strike)
	k.victim.at.Store(at)
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	if after > 0 {
		timer := time.AfterFunc(after, strike)
		defer timer.Stop()
	}
	killed := cmd.Wait() != nil
	k.victim.at.Store(0)
	if killed {
		k.kinds[*k.victim.last.Load()]++
	}
	where := fmt.Sprintf("killed after %s, write %d (%s)", after, k.victim.writes.Load(), *k.victim.last.Load())
	var out []byte
	for range 2 { // a gate that was opening needs a pass to say that it is open
		var err error
		if out, err = k.process(k.t.Context()).CombinedOutput(); err != nil {
			k.t.Errorf("%s; the next pass: %v\n%.2000s", where, err, out)
			return
		}
	}
	k.verdict(where)
}

// verdict holds the far end against the directory, and its ledger against what
// must never happen.
func (k *killing) verdict(where string) {
	k.t.Helper()
	now := k.victim.current.Load()
	for i, d := range syncertest.Differences(k.c.dir, k.c.rules, now.State()) {
		if i > 5 {
			break
		}
		k.t.Errorf("%s: %s", where, d)
	}
	if duplicates, removals := syncertest.Wrongs(now.Ledger(), k.left); len(duplicates)+len(removals) > 0 {
		k.t.Errorf("%s: created twice %v, wrongly removed %v", where, duplicates, removals)
	}
}

// TestKill kills the program at two hundred moments of a first push and of a
// churn, by time and inside each kind of request. The next pass converges, and the
// far end never saw a duplicate or a wrong removal.
func TestKill(t *testing.T) {
	k := newKilling(t)
	push := k.prepare(func() {
		first, _ := k.c.sync()
		k.c.approve(first)
	})
	k.measure()
	t.Logf("push: %d writes in %s", k.writes, k.took)
	k.strikes(killTotal/2, 0)
	push()
	k.churn()
	k.prepare(func() {})
	k.measure()
	t.Logf("churn: %d writes in %s", k.writes, k.took)
	k.strikes(killTotal/4, killTotal/4)
	t.Logf("kills by the request under way: %v", k.kinds)
	for _, kind := range []string{"create", "member change", "deactivate"} {
		if k.kinds[kind] < killMin {
			t.Errorf("only %d kills inside %s", k.kinds[kind], kind)
		}
	}
}

// strikes kills at moments drawn over the length of the pass, and as writes drawn
// from its last part come in, where the deactivations are.
func (k *killing) strikes(byTime, byWrite int) {
	for range byTime {
		k.kill(time.Duration(rand.Int64N(int64(k.took))), 0)
	}
	for range byWrite {
		k.kill(0, k.writes-rand.Int64N(killEach))
	}
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	dir := syncertest.Directory{People: map[string]syncertest.Person{}, Groups: map[string]syncertest.Group{}}
	rules := map[string]string{}
	for i := range killPeople {
		uid := slapdtest.PersonUID(i)
		dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: fmt.Sprintf("Person %05d", i)}
	}
	for i := range killGroups {
		name := fmt.Sprintf("g%03d", i)
		var g syncertest.Group
		for j := range killSize {
			g.Members = append(g.Members, slapdtest.PersonUID((i*killSize+j)%killPeople))
		}
		dir.Groups[name], rules[name] = g, "Team "+name
	}
	c := newCompany(t, companyOptions{slapd: slapdtest.Options{People: killPeople, Groups: killGroups, GroupSize: killSize}, dir: dir, rules: rules})
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	k := &killing{t: t, c: c, victim: &victim{}, binary: binary, state: filepath.Join(t.TempDir(), "state.db"), left: map[string]bool{}, kinds: map[string]int{}}
	k.victim.current.Store(c.writer.Sandbox)
	front := httptest.NewServer(k.victim)
	t.Cleanup(front.Close)
	text, err := os.ReadFile(c.config)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.ReplaceAll(string(text), c.writer.ControlURL(), front.URL))
	if err := os.WriteFile(c.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// prepare keeps the state, after do, and Writer as what each pass starts from. It
// returns what finishes the pass for good.
func (k *killing) prepare(do func()) (finish func()) {
	k.t.Helper()
	do()
	data, err := os.ReadFile(filepath.Join(filepath.Dir(k.c.config), "state.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	if err := os.WriteFile(k.state, data, 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.before = k.victim.current.Load().Clone()
	return func() {
		k.reset()
		for range 2 {
			if _, code := k.c.sync(); code != exitDone {
				k.t.Fatalf("exit %d", code)
			}
		}
	}
}

// churn changes the directory: joiners, movers, leavers and renames.
func (k *killing) churn() {
	c := k.c
	for i := range killEach {
		c.slapd.Delete(slapdtest.PersonDN(i))
		delete(c.dir.People, slapdtest.PersonUID(i))
		k.left[slapdtest.PersonUID(i)+"@example.com"] = true

		name := fmt.Sprint("Renamed ", i)
		c.slapd.Modify(slapdtest.PersonDN(60+i), "displayName", name)
		p := c.dir.People[slapdtest.PersonUID(60+i)]
		p.DisplayName = name
		c.dir.People[slapdtest.PersonUID(60+i)] = p

		joiner := killPeople + i
		uid := slapdtest.PersonUID(joiner)
		c.slapd.AddPerson(joiner)
		c.dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: "Person " + uid}
		from, to := 10+i%8, 20+i%8
		members := c.dir.Groups[fmt.Sprintf("g%03d", from)].Members
		mover := members[len(members)-1]
		c.regroup(from, append([]string{}, members[:len(members)-1]...))
		c.regroup(to, append(append([]string{}, c.dir.Groups[fmt.Sprintf("g%03d", to)].Members...), mover, uid))
	}
}
