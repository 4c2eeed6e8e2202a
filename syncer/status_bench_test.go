package syncer_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
	"writersync/syncer/syncertest"
)

// pushing is a state in the middle of a first push: every person has an account, and as
// many approved ops are still to come.
func pushing(tb testing.TB, people int) *state.DB {
	tb.Helper()
	db, err := state.Open(tb.Context(), filepath.Join(tb.TempDir(), "state.db"), state.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	in, err := db.Ingest(tb.Context(), "crowd")
	if err != nil {
		tb.Fatal(err)
	}
	complete, err := crowd(people).Read(tb.Context(), connectors.NewReading("crowd", in))
	if err == nil {
		err = in.Commit(tb.Context(), complete, time.Now())
	}
	if err != nil {
		tb.Fatal(err)
	}
	ops := make([]plan.Op, people)
	approved := make([]store.Op, people)
	for i := range ops {
		person := connectors.Ref{Source: "crowd", ID: crowdID(i)}
		ops[i] = plan.Op{Kind: plan.CreateUser, Person: person, Changes: []plan.Change{{Attribute: plan.UserName, New: fmt.Sprintf("person%07d@example.com", i)}}}
		approved[i] = plan.Op{Kind: plan.AddMember, Person: person, Team: "t-1"}.Stored()
	}
	settle(tb, db, ops)
	now := time.Now()
	err = db.Update(tb.Context(), func(tx syncer.Writer) error {
		if err := tx.Record(store.Run{ID: "run-1", Started: now, Ended: now}); err != nil {
			return err
		}
		return tx.Approve(store.Approval{Hold: "hold-1", At: now, Expires: now.Add(time.Hour), Ops: people}, approved)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

func readStatus(tb testing.TB, db *state.DB, people int) {
	tb.Helper()
	status, err := syncer.ReadStatus(context.Background(), db, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	if status.Accounts != people || len(status.Approvals) != 1 || status.Approvals[0].Left != people || len(status.Sources) != 1 {
		tb.Fatalf("%d accounts, approvals %+v", status.Accounts, status.Approvals)
	}
}

// BenchmarkStatus reads a status, and loads what it was once counted from.
func BenchmarkStatus(b *testing.B) {
	for _, people := range []int{20_000, 100_000} {
		db := pushing(b, people)
		b.Run(fmt.Sprintf("%d/status", people), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				readStatus(b, db, people)
			}
		})
		b.Run(fmt.Sprintf("%d/load", people), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := syncertest.Load(context.Background(), db); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestStatusIsSmall bounds what a status takes, however many users there are, and however
// many approved ops.
func TestStatusIsSmall(t *testing.T) {
	const people, most = 20_000, 64 << 10
	db := pushing(t, people)
	readStatus(t, db, people) // what is made once
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	readStatus(t, db, people)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("a status of %d users takes %d bytes, want at most %d", people, took, most)
	} else {
		t.Logf("a status of %d users takes %d bytes", people, took)
	}
}
