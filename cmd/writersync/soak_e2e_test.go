//go:build e2e

package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"writersync/connectors/all"
	bench "writersync/scripts/bench/company"
	"writersync/scripts/bench/far"
	"writersync/state"
	"writersync/state/statetest"
)

// How long TestSoak lives, and with how many users. `make soak` lives a year with 10,000.
var (
	soakDays  = flag.Int("soak.days", 90, "days that TestSoak lives, in months of 30")
	soakUsers = flag.Int("soak.users", 200, "users of its company")
)

// soakMonth is how often, in days, the soak measures, and deletes the users who left.
const soakMonth = 30

// TestSoak lets a daemon live with a company that changes every day, on a clock that goes
// from one run to the next: four runs a day, and Writer read in full each night. What it
// holds must stay the same from month to month: memory, goroutines, handles, and the file
// but for the audit, which has a limit of its own, and for users who left.
func TestSoak(t *testing.T) {
	s := newSoak(t)
	s.push()
	var months []soakMeasure
	for day := 1; day <= *soakDays; day++ {
		s.day()
		if day%soakMonth != 0 {
			continue
		}
		s.differs()
		m := s.measure(day)
		t.Log(m)
		months = append(months, m)
		s.company.DeleteDisabled()
	}
	if len(months) < 3 {
		t.Fatalf("%d days are too few to compare months", *soakDays)
	}
	// The first month has no user who was deleted.
	first, last := months[1], months[len(months)-1]
	for _, f := range last.faults(first) {
		t.Error(f)
	}
}

// soak is a daemon with its company, target and clock.
type soak struct {
	t       *testing.T
	company *bench.Company
	far     *far.Target
	dir     string
	config  string
	clock   *clockwork.FakeClock
	daemon  *daemon
	runs    int // of the daemon, so far
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	size, err := bench.SizeOf(*soakUsers)
	if err != nil {
		t.Fatal(err)
	}
	s := &soak{t: t, company: bench.New(size, 1), dir: t.TempDir(), clock: clockwork.NewFakeClockAt(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))}
	s.startTarget()
	settings := bench.Config{URL: s.far.URL(), Token: s.far.Token, Pace: 60_000, Concurrency: 8}
	s.config, err = settings.Configure(s.dir)
	s.must(err)
	s.must(s.company.Export(s.dir))
	more, err := os.OpenFile(s.config, os.O_APPEND|os.O_WRONLY, 0)
	s.must(err)
	_, err = more.WriteString("schedule: {every: 6h, verify: \"30 3 * * *\"}\n")
	s.must(err)
	s.must(more.Close())
	s.startDaemon()
	return s
}

func (s *soak) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *soak) startTarget() {
	s.t.Helper()
	program := filepath.Join(s.t.TempDir(), "bench")
	if out, err := exec.CommandContext(s.t.Context(), "go", "build", "-o", program, "writersync/scripts/bench").CombinedOutput(); err != nil {
		s.t.Fatalf("build the target: %v\n%s", err, out)
	}
	var teams []string
	for _, g := range s.company.Groups {
		teams = append(teams, g.Name)
	}
	var err error
	s.far, err = far.Start(context.WithoutCancel(s.t.Context()), program, teams) // it ends after the daemon
	s.must(err)
	s.t.Cleanup(func() {
		if err := s.far.Close(); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *soak) startDaemon() {
	s.t.Helper()
	a := &app{stdio: stdio{strings.NewReader(""), io.Discard, s.t.Output()}, config: s.config, registry: all.Types(), clock: s.clock}
	d, err := a.newDaemon(s.t.Context())
	s.must(err)
	d.schedule.atStart = false // the first push is approved before the first run
	s.daemon = d
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.serve(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
		if err := d.engine.close(); err != nil {
			s.t.Error(err)
		}
	})
	s.until("the daemon answers", func() bool {
		code, _ := s.verb("health")
		return code == exitDone
	})
}

// until waits until something is so.
func (s *soak) until(what string, is func() bool) {
	s.t.Helper()
	limit := time.After(2 * time.Minute)
	look := time.NewTicker(10 * time.Millisecond) // a look at the metrics is not cheap
	defer look.Stop()
	for !is() {
		select {
		case <-limit:
			s.t.Fatalf("waited too long until %s", what)
		case <-look.C:
		}
	}
}

// verb runs a verb that asks the daemon.
func (s *soak) verb(args ...string) (code int, out string) {
	s.t.Helper()
	var text bytes.Buffer
	code = run(s.t.Context(), append([]string{"--config", s.config}, args...), stdio{strings.NewReader(""), &text, &text})
	return code, text.String()
}

// push plans and approves the first push, and waits for it.
func (s *soak) push() {
	s.t.Helper()
	_, plan := s.verb("plan")
	hold := regexp.MustCompile(`writersync approve ([0-9A-Za-z@-]+)`).FindStringSubmatch(plan)
	if hold == nil {
		s.t.Fatalf("the first plan names nothing to approve:\n%s", plan)
	}
	if code, out := s.verb("approve", hold[1]); code != exitDone {
		s.t.Fatalf("approve: %d\n%s", code, out)
	}
	if code, out := s.verb("sync"); code != exitDone {
		s.t.Fatalf("first push: %d\n%s", code, out)
	}
	s.differs()
	s.runs = s.passes()
}

// day changes the company, and lives until midnight.
func (s *soak) day() {
	s.t.Helper()
	s.company.Churn()
	s.must(s.company.Export(s.dir))
	for midnight := s.clock.Now().Truncate(24 * time.Hour).Add(24 * time.Hour); s.clock.Now().Before(midnight); {
		s.next()
	}
	if code, out := s.verb("status"); code != exitDone {
		s.t.Fatalf("status: %d\n%s", code, out)
	}
}

// next moves the clock to the next run, and waits for its end.
func (s *soak) next() {
	s.t.Helper()
	due := s.daemon.engine.next()
	s.clock.Advance(due.Sub(s.clock.Now()))
	s.until("a run has ended", func() bool {
		return s.passes() > s.runs && s.daemon.engine.queue.Running() == nil && s.daemon.engine.next().After(s.clock.Now())
	})
	s.runs = s.passes()
}

// passes is how many passes have ended, as the metrics say.
func (s *soak) passes() int {
	s.t.Helper()
	families, err := s.daemon.registry.Gather()
	s.must(err)
	n := 0
	for _, f := range families {
		if f.GetName() != "writersync_passes_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			n += int(m.GetCounter().GetValue())
		}
	}
	return n
}

// differs fails if Writer is not what the company makes of it.
func (s *soak) differs() {
	s.t.Helper()
	s.must(far.Differences(s.t.Context(), s.far, s.company.Wanted()))
}

// soakMeasure is what a daemon holds at the end of a month.
type soakMeasure struct {
	day        int
	state      state.Size
	buckets    map[string]int // bytes of the state in use, by bucket
	users      int            // in the export
	left       int            // users who were deleted
	heap       uint64
	goroutines int
	handles    int
}

func (m soakMeasure) String() string {
	const kib = 1 << 10
	return fmt.Sprintf("day %3d: %5d users, %5d left; state file %6d KiB, in use %6d: audit %5d, runs %4d, rest %6d; heap %6d KiB, %d goroutines, %d handles",
		m.day, m.users, m.left, m.state.File/kib, m.state.Live/kib, m.buckets["audit"]/kib, m.buckets["runs"]/kib, m.rest()/kib, m.heap/kib, m.goroutines, m.handles)
}

func (s *soak) measure(day int) soakMeasure {
	s.t.Helper()
	m := soakMeasure{day: day}
	for _, u := range s.company.Users {
		if u.Deleted {
			m.left++
		} else {
			m.users++
		}
	}
	var err error
	m.state, err = s.daemon.engine.store.Size()
	s.must(err)
	copied := filepath.Join(s.dir, "copy.db") // the daemon has the state open
	s.must(s.daemon.engine.store.Backup(s.t.Context(), copied, true))
	m.buckets = statetest.Buckets(s.t, copied)
	// Connections of verbs that were made just now are no leak.
	http.DefaultClient.CloseIdleConnections()
	runtime.GC()
	runtime.GC() // what the first one finalized
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	m.heap, m.goroutines = mem.HeapAlloc, runtime.NumGoroutine()
	handles, err := os.ReadDir("/proc/self/fd")
	s.must(err)
	m.handles = len(handles)
	return m
}

// What a user who left may cost for good, in bytes: the link, so that a person who comes
// back gets the account again, and the record that says so.
const soakLeft = 1 << 10

// rest is what the state holds beside what has a limit of its own, the audit and the runs.
func (m soakMeasure) rest() int {
	n := 0
	for name, size := range m.buckets {
		if name != "audit" && name != "runs" {
			n += size
		}
	}
	return n
}

// faults are what grew since an earlier month and has no reason to.
func (m soakMeasure) faults(since soakMeasure) (out []string) {
	within := func(what string, is, limit int) {
		if is > limit {
			out = append(out, fmt.Sprintf("%s: %d on day %d, at most %d expected after day %d", what, is, m.day, limit, since.day))
		}
	}
	within("bytes of the state but for audit and runs", m.rest(), since.rest()*11/10+(m.left-since.left)*soakLeft)
	within("bytes of the state file", int(m.state.File), 2*int(m.state.Live)+1<<20)
	within("bytes of the heap", int(m.heap), int(since.heap)*11/10+1<<20) //nolint:gosec // far from the limit
	within("goroutines", m.goroutines, since.goroutines+soakConnections)
	within("handles", m.handles, since.handles+soakConnections)
	return out
}

// soakConnections is by how many goroutines and handles two months may differ: some
// connections are kept open for a while.
const soakConnections = 12
