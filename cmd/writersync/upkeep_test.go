package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rogpeppe/go-internal/testscript"

	"writersync/connectors"
	"writersync/state"
	"writersync/syncer"
)

// bloat leaves a state file of more than 8 MiB in which next to nothing is in use: it
// reads many people of a source, and then one.
func bloat(ctx context.Context, db *state.DB) error {
	for _, people := range []int{20_000, 1} {
		in, err := db.Ingest(ctx, "bloat")
		if err != nil {
			return err
		}
		r := connectors.NewReading("bloat", in)
		for i := range people {
			id := fmt.Sprintf("b%05d", i)
			err := r.User(connectors.User{
				ID: id, Email: id + "@example.com", Status: connectors.StatusActive,
				Attributes: map[connectors.Attribute]string{connectors.DisplayName: strings.Repeat("name ", 60)},
			})
			if err != nil {
				return err
			}
		}
		c, err := r.Complete(connectors.Evidence{Closed: "end", Users: people})
		if err != nil {
			return err
		}
		if err := in.Commit(ctx, c, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

func bloats(ts *testscript.TestScript, _ bool, args []string) {
	db, err := state.Open(context.Background(), ts.MkAbs(args[0]), state.Options{})
	ts.Check(err)
	ts.Check(errors.Join(bloat(context.Background(), db), db.Close()))
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Size() <= 8<<20 {
		ts.Fatalf("%s has %d bytes", args[0], info.Size())
	}
}

func sized(ts *testscript.TestScript, _ bool, args []string) {
	most, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if kib := info.Size() >> 10; kib > most {
		ts.Fatalf("%s has %d KiB", args[0], kib)
	}
}

// upkeepOf returns an upkeep of what is there, its metrics and what it logs.
func upkeepOf(what compactable) (*upkeep, *prometheus.Registry, *bytes.Buffer) {
	reg, log := prometheus.NewRegistry(), &bytes.Buffer{}
	return &upkeep{state: what, metrics: syncer.NewMetrics(reg), log: slog.New(slog.NewTextHandler(log, nil))}, reg, log
}

func exported(t *testing.T, reg *prometheus.Registry, size state.Size) {
	t.Helper()
	want := fmt.Sprintf(`# HELP writersync_state_live_bytes How much of the state file is in use.
# TYPE writersync_state_live_bytes gauge
writersync_state_live_bytes %d
# HELP writersync_state_size_bytes Size of the state file.
# TYPE writersync_state_size_bytes gauge
writersync_state_size_bytes %d
`, size.Live, size.File)
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "writersync_state_size_bytes", "writersync_state_live_bytes"); err != nil {
		t.Error(err)
	}
}

// TestTidy lets a state live through what leaves most of its file free, without a restart.
func TestTidy(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	u, reg, log := upkeepOf(db)
	e := &engine{store: db, upkeep: u, build: func(syncer.Request) (*syncer.Syncer, error) { return nil, errors.New("no source") }}
	for round := range 3 {
		if err := bloat(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		before, err := db.Size()
		if err != nil || !before.Wasteful() {
			t.Fatalf("%+v is not wasteful, %v", before, err)
		}
		if _, err := e.run(t.Context(), syncer.Request{}); err == nil {
			t.Fatal("a pass without sources was made")
		}
		after, err := db.Size()
		if err != nil || after.Wasteful() || after.File > 2*after.Live+(1<<20) {
			t.Errorf("%+v became %+v, %v", before, after, err)
		}
		exported(t, reg, after)
		if n := strings.Count(log.String(), "state compacted"); n != round+1 {
			t.Errorf("after %d rounds the log says: %s", round+1, log)
		}
	}
	size, err := db.Size()
	if err != nil {
		t.Fatal(err)
	}
	u.tidy(t.Context()) // nothing to do
	exported(t, reg, size)
	if n := strings.Count(log.String(), "\n"); n != 3 {
		t.Errorf("the log says: %s", log)
	}
}

// A fullVolume is a wasteful state on a volume that is full.
type fullVolume struct {
	err   error
	tried int
	file  int64 // size of the file, if it has grown
}

func (f *fullVolume) Size() (state.Size, error) {
	return state.Size{File: max(f.file, 90<<20), Live: 10 << 20}, nil
}

func (f *fullVolume) Compact(context.Context) (state.Compaction, error) {
	f.tried++
	return state.Compaction{Before: state.Size{File: 90 << 20}, After: state.Size{File: 10 << 20, Live: 10 << 20}}, f.err
}

// TestTidyWarnsOnce tries again after each pass, and says so once until it succeeded.
func TestTidyWarnsOnce(t *testing.T) {
	full := &state.SpaceError{Path: "/srv/state.db", Need: 30 << 20, Free: 3 << 20}
	volume := &fullVolume{err: full}
	u, reg, log := upkeepOf(volume)
	for range 3 {
		u.tidy(t.Context())
	}
	if strings.Count(log.String(), "level=WARN") != 1 || !strings.Contains(log.String(), "make room there") || volume.tried != 3 {
		t.Errorf("after %d attempts the log says: %s", volume.tried, log)
	}
	exported(t, reg, state.Size{File: 90 << 20, Live: 10 << 20})
	volume.err = nil
	u.tidy(t.Context())
	exported(t, reg, state.Size{File: 10 << 20, Live: 10 << 20})
	volume.err = full
	u.tidy(t.Context())
	if strings.Count(log.String(), "level=WARN") != 2 {
		t.Errorf("after it had succeeded the log says: %s", log)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	u.warned = false
	if u.tidy(ended); volume.tried != 5 || strings.Count(log.String(), "level=WARN") != 2 {
		t.Errorf("a daemon that stops tried %d times, and the log says: %s", volume.tried, log)
	}
}

// TestTidyCopiesNotForEver tries again after a copy that failed only once the file has
// doubled.
func TestTidyCopiesNotForEver(t *testing.T) {
	volume := &fullVolume{err: errors.New("the copy is not sound")}
	u, _, log := upkeepOf(volume)
	for range 3 {
		u.tidy(t.Context())
	}
	if volume.tried != 1 || strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("tried %d times, and the log says: %s", volume.tried, log)
	}
	volume.file = 180 << 20
	u.tidy(t.Context())
	if volume.tried != 2 {
		t.Errorf("tried %d times once it had doubled", volume.tried)
	}
}

// TestCompactWaits asks for a compaction while a pass is under way.
func TestCompactWaits(t *testing.T) {
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	begun, goOn := make(chan struct{}), make(chan struct{})
	e := &engine{store: db, build: func(syncer.Request) (*syncer.Syncer, error) {
		close(begun)
		<-goOn
		return nil, errors.New("no source")
	}}
	ended, compacted := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(ended)
		_, _ = e.run(t.Context(), syncer.Request{}) // it has no source
	}()
	<-begun
	go func() {
		_, err := e.Compact(t.Context())
		compacted <- err
	}()
	select {
	case err := <-compacted:
		t.Errorf("compacted in the middle of a pass, %v", err)
		close(goOn)
	case <-time.After(50 * time.Millisecond):
		close(goOn)
		if err := <-compacted; err != nil {
			t.Error(err)
		}
	}
	<-ended
}
