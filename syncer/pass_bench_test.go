package syncer_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/store"
	"writersync/syncer/syncertest"
)

// crowd is a directory of so many people, each in ten groups of two hundred.
type crowd int

func (c crowd) Read(_ context.Context, r *connectors.Reading) (connectors.Complete, error) {
	people, groups := int(c), int(c)/20
	for i := range people {
		err := r.User(connectors.User{
			ID: crowdID(i), Email: fmt.Sprintf("person%07d@example.com", i), Status: connectors.StatusActive, Container: "ou=people",
			Attributes: map[connectors.Attribute]string{connectors.DisplayName: fmt.Sprint("Person ", i), connectors.Title: "Clerk"},
		})
		if err != nil {
			return connectors.Complete{}, err
		}
	}
	for g := range groups {
		members := make([]string, min(200, people))
		for m := range members {
			members[m] = crowdID((g*20 + m*groups*20/200 + m) % people)
		}
		if err := r.Group(connectors.Group{ID: fmt.Sprintf("g%05d", g), Name: fmt.Sprintf("group %05d", g), Members: members}); err != nil {
			return connectors.Complete{}, err
		}
	}
	return r.Complete(connectors.Evidence{Closed: "generated to the end", Users: people, Groups: groups})
}

// crowdID spreads IDs as a directory's random ones are.
func crowdID(i int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i) //nolint:gosec // a spread, not a secret
}

// crowdTeams is how many of the groups feed a team.
const crowdTeams = 500

// settledCrowd is a syncer whose state holds everybody as applied already.
func settledCrowd(b *testing.B, people int) (*syncer.Syncer, *applytest.Writer) {
	b.Helper()
	var names []string
	for i := range min(crowdTeams, people/20) {
		names = append(names, fmt.Sprintf("group %05d", i))
	}
	db, err := state.Open(b.Context(), filepath.Join(b.TempDir(), "state.db"), state.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	writer := applytest.New(names...)
	s := syncer.New(syncer.Options{
		Sources: []syncer.Source{{Name: "crowd", Connector: crowd(people)}}, Store: db, Target: writer,
		Policy:    plan.Policy{Everyone: true, Rules: []plan.Rule{{Group: "group 00[0-4]??", Team: "{name}"}}, Deprovision: plan.DeprovisionDeactivate},
		Protected: guard.Protected{Listed: true}, Base: "crowd", Concurrency: 4, Now: time.Now,
	})
	first, err := s.Plan(b.Context(), syncer.Request{Trigger: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	for _, held := range first.Plan.Held {
		settle(b, db, held.Ops)
	}
	err = syncertest.SetControl(b.Context(), db, func(c *store.Control) {
		c.Base.Settled, c.Base.Approved, c.Verified = true, time.Now(), time.Now()
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, writer
}

// settle records ops as done, without a Writer.
func settle(b testing.TB, store *state.DB, ops []plan.Op) {
	b.Helper()
	for len(ops) > 0 {
		batch := ops[:min(len(ops), 5000)]
		ops = ops[len(batch):]
		out := make([]apply.Outcome, len(batch))
		for i, op := range batch {
			out[i] = apply.Outcome{Result: apply.Done, Account: plan.Account{ID: plan.RemoteID("a-" + op.Person.ID)}}
		}
		in, err := store.Advance(b.Context(), nil, [][]plan.Op{batch})
		if err == nil {
			_, err = store.Advance(b.Context(), []apply.Settled{{Intent: in[0], Outcomes: out}}, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIdlePass makes a pass over an unchanged directory. It reports the
// processor time, the bytes written, and the memory that is resident afterwards:
// what the program holds, and what the kernel keeps mapped of the state file and
// may drop. It fails if Writer was asked anything.
func BenchmarkIdlePass(b *testing.B) {
	for _, people := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			s, writer := settledCrowd(b, people)
			if _, err := s.Run(b.Context(), syncer.Request{Trigger: "bench"}); err != nil { // the first sees that nothing changed
				b.Fatal(err)
			}
			reads, writes := writer.Reads(), len(writer.Log())
			debug.FreeOSMemory()
			cpu, written := cpuSeconds(b), bytesWritten(b)
			for b.Loop() {
				out, err := s.Run(b.Context(), syncer.Request{Trigger: "bench"})
				if err != nil || out.Run.Result != syncer.ResultDone || len(out.Plan.Ops) > 0 {
					b.Fatalf("result %s, %v\n%.500s", out.Run.Result, err, out.Plan)
				}
			}
			n := float64(b.N)
			b.ReportMetric((cpuSeconds(b)-cpu)/n, "cpu-s/pass")
			b.ReportMetric((bytesWritten(b)-written)/1024/n, "KiB-written/pass")
			b.ReportMetric(proc(b, "/proc/self/status", "RssAnon:")/1024, "MiB-anonymous")
			b.ReportMetric(proc(b, "/proc/self/status", "RssFile:")/1024, "MiB-mapped")
			if writer.Reads() != reads || len(writer.Log()) != writes {
				b.Errorf("%d reads, %d writes to Writer", writer.Reads()-reads, len(writer.Log())-writes)
			}
		})
	}
}

func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func bytesWritten(b *testing.B) float64 { return proc(b, "/proc/self/io", "wchar:") }

// proc returns the number behind a word of one of the kernel's files, or NaN where
// there is none.
func proc(b *testing.B, file, word string) float64 {
	b.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		return math.NaN()
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, word); ok {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	return math.NaN()
}
