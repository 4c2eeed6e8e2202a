package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
)

// told is a source that is told of changes, and says so with 202.
type told struct {
	connectortest.Fake
	off bool
}

func (s *told) Hook() http.Handler {
	if s.off {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
}

var _ connectors.Receiver = (*told)(nil)

func TestHooksReachTheirSource(t *testing.T) {
	sources := []syncer.Source{{Name: "corp", Connector: &told{}}, {Name: "off", Connector: &told{off: true}}, {Name: "hr", Connector: &connectortest.Fake{}}}
	d := &daemon{log: slog.New(slog.DiscardHandler)}
	if got := post(t, d, "/hooks/corp"); got != http.StatusNotFound {
		t.Errorf("before sources could be opened: %d", got)
	}
	d.hear(sources)
	for path, want := range map[string]int{
		"/hooks/corp": http.StatusAccepted, "/hooks/off": http.StatusNotFound, "/hooks/hr": http.StatusNotFound, "/hooks/nobody": http.StatusNotFound,
		"/hooks/": http.StatusNotFound, "/hooks/corp/more": http.StatusNotFound, "/metrics": http.StatusNotFound,
	} {
		if got := post(t, d, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

// dated is an answer that keeps the deadline it was given.
type dated struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (d *dated) SetReadDeadline(at time.Time) error { d.deadline = at; return nil }

// TestHooksAreTimed: a stranger cannot keep a connection by saying nothing, whether the
// source is there or not.
func TestHooksAreTimed(t *testing.T) {
	d := &daemon{log: slog.New(slog.DiscardHandler)}
	d.hear([]syncer.Source{{Name: "corp", Connector: &told{}}})
	for _, path := range []string{"/hooks/corp", "/hooks/nobody"} {
		w := &dated{ResponseRecorder: httptest.NewRecorder()}
		d.hooksHandler().ServeHTTP(w, httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, path, http.NoBody))
		if left := time.Until(w.deadline); left <= 0 || left > hookTime {
			t.Errorf("%s: %s are left to say it", path, left)
		}
	}
}

func post(t *testing.T, d *daemon, path string) int {
	t.Helper()
	w := httptest.NewRecorder()
	d.hooksHandler().ServeHTTP(w, httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, path, http.NoBody))
	return w.Code
}
