package state

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/store"
)

// BenchmarkCompact compacts a state of 100,000 users and 500,000 memberships online. It
// reports for how long a writer waited at most, where one writes all the time and where
// none came between the copy and the exchange, and how large the file was, became and
// had to be, in MiB.
func BenchmarkCompact(b *testing.B) {
	const people = 100_000
	for name, busy := range map[string]bool{"quiet": false, "busy": true} {
		b.Run(name, func(b *testing.B) {
			db, err := Open(b.Context(), filepath.Join(b.TempDir(), "state.db"), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := db.Close(); err != nil {
					b.Error(err)
				}
			}()
			readSparse(b, db, people)
			linkCompany(b, db, people)
			var first, c Compaction
			var longest time.Duration
			for b.Loop() {
				stop := func() time.Duration { return 0 }
				if busy {
					stop = pauses(b, db)
				}
				exchanged := exchangeTime(db)
				if c, err = db.Compact(context.Background()); err != nil {
					b.Fatal(err)
				}
				longest = max(longest, stop(), exchanged())
				if first.Before.File == 0 {
					first = c
				}
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "pause-ms")
			b.ReportMetric(float64(first.Before.File)/(1<<20), "MiB-before")
			b.ReportMetric(float64(c.After.File)/(1<<20), "MiB-after")
			b.ReportMetric(float64(c.After.Live)/(1<<20), "MiB-live")
		})
	}
}

// readSparse reads a company with five memberships for each person.
func readSparse(b *testing.B, db *DB, people int) {
	b.Helper()
	in, err := db.Ingest(context.Background(), "corp")
	if err != nil {
		b.Fatal(err)
	}
	r := connectors.NewReading("corp", in)
	for i := range people {
		if err := r.User(personAt(i)); err != nil {
			b.Fatal(err)
		}
	}
	for g := range people / 40 {
		if err := r.Group(groupAt(g, people)); err != nil {
			b.Fatal(err)
		}
	}
	c, err := r.Complete(connectors.Evidence{Closed: "end", Users: people, Groups: people / 40})
	if err != nil {
		b.Fatal(err)
	}
	if err := in.Commit(context.Background(), c, db.now()); err != nil {
		b.Fatal(err)
	}
}

// pauses writes without end, and returns what ends that and says how long one write took
// at most.
func pauses(b *testing.B, db *DB) (stop func() time.Duration) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	longest := make(chan time.Duration)
	go func() {
		var most time.Duration
		for ctx.Err() == nil {
			begun := time.Now()
			if err := db.Update(ctx, func(tx syncer.Writer) error { return tx.SetControl(store.Control{PausedAt: begun}) }); err != nil && ctx.Err() == nil {
				b.Error(err)
				break
			}
			most = max(most, time.Since(begun))
		}
		longest <- most
	}()
	return func() time.Duration {
		cancel()
		return <-longest
	}
}

// exchangeTime returns what says how long the exchange took, from the rename until the
// directory was durable.
func exchangeTime(db *DB) func() time.Duration {
	var begun, ended time.Time
	d := realDisk()
	db.disk = disk{
		free: d.free,
		rename: func(from, to string) error {
			begun = time.Now()
			return d.rename(from, to)
		},
		syncDir: func(dir string) error {
			defer func() { ended = time.Now() }()
			return d.syncDir(dir)
		},
	}
	return func() time.Duration { return ended.Sub(begun) }
}
