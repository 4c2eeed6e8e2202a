//go:build e2e

package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"writersync/connectors/ldap/slapdtest"
	"writersync/state"
	"writersync/syncer/syncertest"
	"writersync/syncer/writer/sandbox"
)

// The killed company: 300 people in 30 groups of 10.
const (
	killPeople = 300
	killGroups = 30
	killSize   = 10
	killEach   = 15 // joiners, movers, leavers and renames of the churn
)

// Two hundred kills, shared by killers that work side by side.
const (
	killers     = 4
	pushByTime  = 15 // of each killer
	churnByTime = 10
	byKind      = 5 // in each kind of request
)

// A killer runs one pass over and over, from the same state and the same Writer,
// and kills it each time.
type killer struct {
	c      company // its own configuration; slapd is shared
	victim *victim
	binary string
	state  []byte // the state file before the pass
	before *sandbox.Sandbox
	left   map[string]bool    // e-mails of those who may be deactivated
	moved  map[[2]string]bool // team and e-mail of memberships that may end
	took   time.Duration      // of the undisturbed pass
	writes map[string]int     // of the undisturbed pass, by kind
	struck map[string]int     // kills inside a request, by its kind
	open   []int              // intents that each kill left open
}

// killOpen is how many intents a kill leaves open at most: of the requests that are under
// way, and of as many that were journaled ahead or answered since.
const killOpen = 2 * 8

// TestKill kills the program at two hundred moments of a first push and of a
// churn: at times drawn over the length of the pass, and inside each kind of
// request, before and after it was done. The next pass converges, and the far end
// never saw a duplicate or a wrong removal.
func TestKill(t *testing.T) {
	c := killedCompany(t)
	all := make([]*killer, killers)
	for i := range all {
		all[i] = newKiller(t, c)
	}
	together(t, "push", all, func(k *killer) {
		first, _ := k.c.sync()
		k.c.approve(first)
		k.keep()
		k.measure()
		k.kills(pushByTime, inCreate, inMember)
		k.reset()
		k.pass("the push that counts")
	})
	left, moved := c.churnOnce()
	together(t, "churn", all, func(k *killer) {
		k.left, k.moved = left, moved
		k.keep()
		k.measure()
		k.kills(churnByTime, inCreate, inMember, inDeactivate)
	})
	struck, open := map[string]int{}, []int{}
	for _, k := range all {
		open = append(open, k.open...)
		for kind, n := range k.struck {
			struck[kind] += n
		}
	}
	t.Logf("%d kills: %d at times drawn over the pass, inside requests %v; they left up to %d intents open",
		killers*(pushByTime+churnByTime+5*byKind), killers*(pushByTime+churnByTime), struck, slices.Max(open))
	if most := slices.Max(open); most > killOpen || most < 2 {
		t.Errorf("a kill left %d intents open, want at most %d, and more than one for some", most, killOpen)
	}
	for _, kind := range []string{inCreate, inMember, inDeactivate} {
		if struck[kind] < killers*byKind {
			t.Errorf("only %d kills inside %s", struck[kind], kind)
		}
	}
}

// together lets the killers work side by side, as subtests, and waits for all.
func together(t *testing.T, name string, all []*killer, do func(*killer)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for i, k := range all {
			t.Run(fmt.Sprint("killer ", i), func(t *testing.T) {
				t.Parallel()
				k.c.t = t
				do(k)
				t.Logf("undisturbed: %v requests that write, in %s", k.writes, k.took.Round(time.Millisecond))
			})
		}
	})
	if t.Failed() {
		t.FailNow()
	}
}

// killedCompany is the directory, with nobody in Writer.
func killedCompany(t *testing.T) *company {
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
	return newCompany(t, companyOptions{slapd: slapdtest.Options{People: killPeople, Groups: killGroups, GroupSize: killSize}, dir: dir, rules: rules})
}

func newKiller(t *testing.T, c *company) *killer {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{c: *c, victim: &victim{}, binary: binary, before: c.writer.Clone(), struck: map[string]int{}}
	k.victim.reset(k.before)
	front := httptest.NewServer(k.victim)
	t.Cleanup(front.Close)
	k.c.url = front.URL + sandbox.BasePath
	k.c.writeConfig("")
	return k
}

func (k *killer) stateFile() string { return filepath.Join(filepath.Dir(k.c.config), "state.db") }

// keep makes the present state and Writer what each pass starts from.
func (k *killer) keep() {
	k.c.t.Helper()
	var err error
	if k.state, err = os.ReadFile(k.stateFile()); err != nil {
		k.c.t.Fatal(err)
	}
	now, _ := k.victim.now()
	k.before = now.Clone()
}

// reset puts Writer and the state back to before the pass.
func (k *killer) reset() {
	k.c.t.Helper()
	if err := os.WriteFile(k.stateFile(), k.state, 0o600); err != nil {
		k.c.t.Fatal(err)
	}
	k.victim.reset(k.before)
}

// process is the program about to make a pass.
func (k *killer) process() *exec.Cmd {
	cmd := exec.CommandContext(k.c.t.Context(), k.binary, "--config", k.c.config, "sync", "--output", "json")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// pass makes a whole pass, which must bring everything in order.
func (k *killer) pass(where string) {
	k.c.t.Helper()
	if out, err := k.process().CombinedOutput(); err != nil {
		k.c.t.Errorf("%s; the pass after: %v\n%.2000s", where, err, out)
		return
	}
	k.verdict(where)
}

// measure makes the pass undisturbed.
func (k *killer) measure() {
	k.c.t.Helper()
	k.reset()
	started := time.Now()
	k.pass("undisturbed")
	k.took, k.writes = time.Since(started), maps.Clone(k.victim.counts())
}

// kills draws the moments: over the length of the pass, and inside requests.
func (k *killer) kills(byTime int, kinds ...string) {
	k.c.t.Helper()
	for range byTime {
		k.killAfter(rand.N(k.took))
	}
	for _, kind := range kinds {
		for range byKind {
			k.killInside(kind, 1+rand.IntN(k.writes[kind]))
		}
	}
}

// killAfter kills the pass after some time.
func (k *killer) killAfter(after time.Duration) {
	k.c.t.Helper()
	k.reset()
	cmd := k.process()
	if err := cmd.Start(); err != nil {
		k.c.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait() // killed, or done in time
	timer.Stop()
	k.countOpen()
	k.pass(fmt.Sprintf("killed after %s", after))
}

// killInside kills the pass while the nth request of a kind is under way.
func (k *killer) killInside(kind string, nth int) {
	k.c.t.Helper()
	k.reset()
	cmd := k.process()
	k.victim.aim(kind, nth, func() { _ = cmd.Process.Kill() })
	if err := cmd.Start(); err != nil {
		k.c.t.Fatal(err)
	}
	killed := cmd.Wait() != nil
	where := fmt.Sprintf("killed inside %s number %d", kind, nth)
	if _, struck := k.victim.now(); struck && killed {
		k.struck[kind]++
	} else {
		k.c.t.Errorf("not %s: there was no such request", where)
	}
	k.victim.aim("", 0, nil)
	k.countOpen()
	k.pass(where)
}

// countOpen counts the intents that the killed process left open.
func (k *killer) countOpen() {
	k.c.t.Helper()
	store, err := state.Open(k.c.t.Context(), k.stateFile(), state.Options{})
	if err != nil {
		k.c.t.Fatal(err)
	}
	left, err := store.Unsettled(k.c.t.Context())
	if err = errors.Join(err, store.Close()); err != nil {
		k.c.t.Fatal(err)
	}
	k.open = append(k.open, len(left))
}

// verdict holds the far end against the directory, and its ledger against what
// must never happen.
func (k *killer) verdict(where string) {
	k.c.t.Helper()
	now, _ := k.victim.now()
	diffs := syncertest.Differences(k.c.dir, k.c.rules, now.State())
	for _, d := range diffs[:min(len(diffs), 6)] {
		k.c.t.Errorf("%s: %s", where, d)
	}
	duplicates, removals := syncertest.Wrongs(now.Ledger(), k.left)
	for _, e := range now.Ledger() {
		if e.Change == sandbox.MemberRemoved && !k.moved[[2]string{e.Team, e.Email}] {
			removals = append(removals, e.Email+" from "+e.Team)
		}
	}
	if len(duplicates)+len(removals) > 0 {
		k.c.t.Errorf("%s: created twice %v, wrongly removed %v", where, duplicates, removals)
	}
}

// churnOnce changes the directory: joiners, movers, leavers and renames. It
// returns who left, and which memberships ended.
func (c *company) churnOnce() (left map[string]bool, moved map[[2]string]bool) {
	c.t.Helper()
	left, moved = map[string]bool{}, map[[2]string]bool{}
	for i := range killEach {
		c.slapd.Delete(slapdtest.PersonDN(i))
		delete(c.dir.People, slapdtest.PersonUID(i))
		left[slapdtest.PersonUID(i)+"@example.com"] = true

		name, renamed := fmt.Sprint("Renamed ", i), slapdtest.PersonUID(60+i)
		c.slapd.Modify(slapdtest.PersonDN(60+i), "displayName", name)
		p := c.dir.People[renamed]
		p.DisplayName = name
		c.dir.People[renamed] = p

		uid := slapdtest.PersonUID(killPeople + i)
		c.slapd.AddPerson(killPeople + i)
		c.dir.People[uid] = syncertest.Person{Email: uid + "@example.com", DisplayName: "Person " + uid}
		from, to := 10+i%8, 20+i%8
		members := slices.Clone(c.dir.Groups[fmt.Sprintf("g%03d", from)].Members)
		mover := members[len(members)-1]
		moved[[2]string{fmt.Sprintf("Team g%03d", from), mover + "@example.com"}] = true
		c.regroup(from, members[:len(members)-1])
		c.regroup(to, append(slices.Clone(c.dir.Groups[fmt.Sprintf("g%03d", to)].Members), mover, uid))
	}
	return left, moved
}
