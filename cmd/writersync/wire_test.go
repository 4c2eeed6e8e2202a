package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"writersync/config"
	"writersync/connectors"
	"writersync/connectors/transport"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// builderFor returns a builder whose Writer is at the URL.
func builderFor(t *testing.T, url string) *builder {
	t.Helper()
	cfg := config.Default()
	cfg.Writer.URL = url
	cfg.Writer.Token = connectors.NewSecret("test", func(context.Context) (string, error) { return "one", nil })
	b := newBuilder(cfg, nil, nil, slog.New(slog.DiscardHandler))
	t.Cleanup(b.close)
	return b
}

// TestPauseOutlivesPass: a pause that Writer asks for holds for the next pass too, a dry
// one or not, and for no other configuration.
func TestPauseOutlivesPass(t *testing.T) {
	var asked atomic.Int64
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer there.Close()
	b := builderFor(t, there.URL)
	for _, dry := range []bool{false, true, false} {
		client, err := b.writer(syncer.Request{DryRun: dry})
		if err != nil {
			t.Fatal(err)
		}
		wantPause(t, b.config, client)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("Writer was asked %d times, want once in the pause", n)
	}
	client, err := builderFor(t, there.URL).writer(syncer.Request{})
	if err != nil {
		t.Fatal(err)
	}
	wantPause(t, b.config, client)
	if n := asked.Load(); n != 2 {
		t.Errorf("Writer was asked %d times, want once more", n)
	}
}

// wantPause asks Writer something that it wants to be asked later.
func wantPause(t *testing.T, cfg *config.Config, client *transport.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err := writerOf(cfg, client).ReadUser(ctx, plan.RemoteID("1"))
	var fault *connectors.Error
	if !errors.As(err, &fault) || fault.Class != connectors.Throttled {
		t.Errorf("Writer said %v", err)
	}
}

// TestDryRunsSendNothing: what writes is refused in a dry run and in the steps of import.
func TestDryRunsSendNothing(t *testing.T) {
	var asked atomic.Int64
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer there.Close()
	b := builderFor(t, there.URL)
	for _, r := range []syncer.Request{{DryRun: true}, {Import: syncer.ImportAdopt}} {
		client, err := b.writer(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := writerOf(b.config, client).DeleteUser(t.Context(), "1"); err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
	client, err := b.writer(syncer.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if err := writerOf(b.config, client).DeleteUser(t.Context(), "1"); err != nil || asked.Load() == 0 {
		t.Errorf("an ordinary pass: %v, %d requests", err, asked.Load())
	}
}
