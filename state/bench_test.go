package state

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// sizes are the companies that are measured: people, with ten memberships each.
// Nine in ten of them have an account and two teams.
func sizes() []int { return []int{10_000, 100_000, 1_000_000} }

// openCompany opens a state that holds a company.
func openCompany(b *testing.B, people int) *DB {
	b.Helper()
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "state.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	readCompany(b, db, people)
	return db
}

func readCompany(b *testing.B, db *DB, people int) {
	b.Helper()
	in, err := db.Ingest(context.Background(), "corp")
	if err != nil {
		b.Fatal(err)
	}
	r := connectors.NewReading("corp", in)
	stateCompany(b, r, people)
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: people, Groups: people / 20})
	if err != nil {
		b.Fatal(err)
	}
	if err := in.Commit(context.Background(), c, db.now()); err != nil {
		b.Fatal(err)
	}
}

// stateCompany states a company in parts, so that it is never in memory whole.
func stateCompany(b *testing.B, r *connectors.Reading, people int) {
	b.Helper()
	for i := range people {
		if err := r.User(personAt(i)); err != nil {
			b.Fatal(err)
		}
	}
	for g := range people / 20 {
		if err := r.Group(groupAt(g, people)); err != nil {
			b.Fatal(err)
		}
	}
}

func linkCompany(b *testing.B, db *DB, people int) {
	b.Helper()
	var ops []plan.Op
	var out []apply.Outcome
	for i := range people {
		u := personAt(i)
		ref := connectors.Ref{Source: "corp", ID: u.ID}
		account := plan.RemoteID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", i))
		if i%10 != 0 {
			ops = append(ops,
				plan.Op{Kind: plan.CreateUser, Person: ref, Makes: plan.FingerprintOf(u), Changes: []plan.Change{{Attribute: plan.UserName, New: u.Email}}},
				plan.Op{Kind: plan.AddMember, Person: ref, Team: "t-all"},
				plan.Op{Kind: plan.AddMember, Person: ref, Team: plan.RemoteID(fmt.Sprint("t-", i%500))})
			for range 3 {
				out = append(out, apply.Outcome{Result: apply.Done, Account: plan.Account{ID: account}})
			}
		}
		if len(ops) < 3000 && i < people-1 {
			continue
		}
		closeAll(b, db, ops, out)
		ops, out = ops[:0], out[:0]
	}
}

// closeAll opens an intent for ops and closes it.
func closeAll(t testing.TB, db *DB, ops []plan.Op, out []apply.Outcome) {
	t.Helper()
	in, err := db.Advance(context.Background(), nil, [][]plan.Op{ops})
	if err == nil {
		_, err = db.Advance(context.Background(), []apply.Settled{{Intent: in[0], Outcomes: out}}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// heapMiB returns what is reachable now, in MiB.
func heapMiB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// BenchmarkLoad loads a company, and reports what the input weighs.
func BenchmarkLoad(b *testing.B) {
	for _, people := range sizes() {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			db := openCompany(b, people)
			linkCompany(b, db, people)
			before := heapMiB()
			var in plan.Input
			for b.Loop() {
				var err error
				if in, err = loadAll(db); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(heapMiB()-before, "MiB")
			if len(in.People) != people {
				b.Fatalf("%d people", len(in.People))
			}
		})
	}
}

// BenchmarkRead reads a company that is known already.
func BenchmarkRead(b *testing.B) {
	for _, people := range sizes() {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			db := openCompany(b, people)
			for b.Loop() {
				readCompany(b, db, people)
			}
		})
	}
}

// BenchmarkFirstRead reads a company for the first time.
func BenchmarkFirstRead(b *testing.B) {
	for _, people := range sizes() {
		b.Run(fmt.Sprint(people), func(b *testing.B) {
			for b.Loop() {
				openCompany(b, people)
			}
		})
	}
}
