package state_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"writersync/connectors"
	"writersync/state"
	"writersync/state/statetest"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// crashEnv makes the test binary a process that works on the state it names until
// it is killed.
const crashEnv = "STATE_CRASH_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		fmt.Fprintln(os.Stderr, work(path))
		os.Exit(1)
	}
	if path := os.Getenv(compactCrashEnv); path != "" {
		fmt.Fprintln(os.Stderr, compactAndDie(path, os.Getenv(compactOnlineEnv) != "", os.Getenv(compactPointEnv)))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// work makes people, settles them and says so, and reads the source anew, small
// and large, until it is killed. It returns only if something failed.
func work(path string) error {
	ctx := context.Background()
	db, err := state.Open(context.Background(), path, state.Options{})
	if err != nil {
		return err
	}
	in, err := tryLoad(db)
	if err != nil {
		return err
	}
	for n := len(in.People); ; n++ {
		id := fmt.Sprintf("p%06d", n)
		for _, op := range []plan.Op{statetest.Create(statetest.User(id)), statetest.Member(plan.AddMember, id, "t1")} {
			intents, err := db.Advance(ctx, nil, [][]plan.Op{{op}})
			if err != nil {
				return err
			}
			settled := []apply.Settled{{Intent: intents[0], Outcomes: []apply.Outcome{statetest.DoneOf(op)}}}
			if _, err := db.Advance(ctx, settled, nil); err != nil {
				return err
			}
		}
		fmt.Println(id)
		if n%3 == 0 {
			if err := readMany(ctx, db, n); err != nil {
				return err
			}
		}
	}
}

// readMany makes a reading of n people and as many as it takes for the merge to
// need several transactions, every now and then.
func readMany(ctx context.Context, db *state.DB, n int) error {
	in, err := db.Ingest(ctx, "corp")
	if err != nil {
		return err
	}
	r := connectors.NewReading("corp", in)
	users := n + 1
	if n%2 == 0 {
		users += 17_000
	}
	group := connectors.Group{ID: "g1", Name: fmt.Sprint("group as of ", n)}
	for i := range users {
		u := statetest.User(fmt.Sprintf("p%06d", i))
		u.Attributes[connectors.Title] = fmt.Sprint("as of ", n)
		if err := r.User(u); err != nil {
			return err
		}
		group.Members = append(group.Members, u.ID)
	}
	if err := r.Group(group); err != nil {
		return err
	}
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: users, Groups: 1})
	if err != nil {
		return err
	}
	return in.Commit(ctx, c, time.Now())
}

// TestKilled kills a process that works on a state, many times, at any point:
// what it said was settled is there, the state is sound, and a reading is there
// whole or not at all.
func TestKilled(t *testing.T) {
	rounds := 60
	path := filepath.Join(t.TempDir(), "state.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	said := map[string]bool{}
	for round := range rounds {
		life := time.Duration(1+random.IntN(120)) * time.Millisecond
		for _, id := range killAfter(t, path, life, round%2 == 0) {
			said[id] = true
		}
		if _, err := os.Stat(path); err != nil {
			continue // killed before there was a state
		}
		verify(t, path, said, round)
		if t.Failed() {
			return
		}
	}
	if len(said) < rounds/2 {
		t.Errorf("only %d people were settled in %d rounds", len(said), rounds)
	}
}

// killAfter runs a process for a while, counted from its start or from the first
// thing it says, and returns what it said.
func killAfter(t *testing.T, path string, life time.Duration, fromStart bool) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill := func() { time.AfterFunc(life, cancel) } // SIGKILL
	if fromStart {
		kill()
	}
	var said []string
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			break // the pipe of a killed process
		}
		if said = append(said, strings.TrimSpace(line)); len(said) == 1 && !fromStart {
			kill()
		}
	}
	if err := cmd.Wait(); err == nil || ctx.Err() == nil {
		t.Fatalf("the process ended by itself: %v %s", err, stderr.String())
	}
	return said
}

func verify(t *testing.T, path string, said map[string]bool, round int) {
	t.Helper()
	db, err := state.Open(t.Context(), path, state.Options{})
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("round %d: %v", round, err)
	}
	in, err := tryLoad(db)
	must(t, err)
	live := map[string]bool{}
	var stated []uint32
	for i, p := range in.People {
		live[p.Ref.ID] = p.Standing == plan.Live
		stated = append(stated, uint32(i))
	}
	for id := range said {
		if !live[id] {
			t.Errorf("round %d: %s was settled, and is lost", round, id)
		}
	}
	open, err := db.Unsettled(t.Context())
	must(t, err)
	if len(open) > 1+round {
		t.Errorf("round %d: %d open intents", round, len(open))
	}
	must(t, db.View(t.Context(), func(tx syncer.Reader) error { return tx.Fill(&in, stated) }))
	wholeReading(t, in)
	must(t, db.Close())
}

// wholeReading says whether all that is stated is of one reading.
func wholeReading(t *testing.T, in plan.Input) {
	t.Helper()
	titles := map[string]int{}
	people := 0
	for _, p := range in.People {
		if p.User != nil {
			titles[p.User.Attributes[connectors.Title]]++
			people++
		}
	}
	for _, g := range in.Groups {
		if title := "as of " + strings.TrimPrefix(g.Name, "group as of "); titles[title] != people || len(titles) != 1 || len(g.Members) < people {
			t.Errorf("%q has %d members, and %d people are of %v", g.Name, len(g.Members), people, titles)
		}
	}
}
