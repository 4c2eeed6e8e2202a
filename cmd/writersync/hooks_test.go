package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

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
	d := &daemon{watched: func() ([]syncer.Source, error) { return sources, nil }}
	for path, want := range map[string]int{
		"/hooks/corp": http.StatusAccepted, "/hooks/off": http.StatusNotFound, "/hooks/hr": http.StatusNotFound, "/hooks/nobody": http.StatusNotFound,
		"/hooks/": http.StatusNotFound, "/hooks/corp/more": http.StatusNotFound, "/metrics": http.StatusNotFound,
	} {
		if got := post(t, d, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	d.watched = func() ([]syncer.Source, error) { return nil, errors.New("a file is missing") }
	if got := post(t, d, "/hooks/corp"); got != http.StatusNotFound {
		t.Errorf("while sources cannot be opened: %d", got)
	}
}

func post(t *testing.T, d *daemon, path string) int {
	t.Helper()
	w := httptest.NewRecorder()
	d.hooksHandler().ServeHTTP(w, httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, path, http.NoBody))
	return w.Code
}
