package syncer_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"writersync/state"
	"writersync/syncer"
)

// TestFirstRunAfterAnUpgrade makes the first run over a state that an earlier version
// left where nothing was to do: nothing is planned, and nothing is asked of Writer.
func TestFirstRunAfterAnUpgrade(t *testing.T) {
	for _, name := range []string{"schema-2.db.gz", "schema-3.db.gz", "schema-4.db.gz", "schema-5.db.gz"} {
		t.Run(name, func(t *testing.T) { firstRun(t, older(t, name)) })
	}
}

// older unpacks a state that an earlier version left.
func older(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func firstRun(t *testing.T, path string) {
	t.Helper()
	h := newHouse(t)
	h.clock.Set(time.Date(2026, 3, 2, 9, 25, 0, 0, time.UTC))
	db, err := state.Open(t.Context(), path, state.Options{Now: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.store, h.options.Store = db, db
	for range 2 {
		out := h.pass()
		if len(out.Plan.Ops)+len(out.Plan.Held) > 0 || out.Run.Result != syncer.ResultDone || len(h.writer.Log()) > 0 {
			t.Errorf("%s, %v:\n%s", out.Run.Result, h.writer.Log(), out.Plan)
		}
	}
	status, err := syncer.ReadStatus(t.Context(), db, h.clock.Now())
	if err != nil || status.Accounts == 0 || status.Sources[0].Generation < 4 {
		t.Errorf("%d accounts, %+v, %v", status.Accounts, status.Sources, err)
	}
}
