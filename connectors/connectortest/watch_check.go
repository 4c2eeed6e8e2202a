package connectortest

import (
	"cmp"
	"context"
	"testing"
	"time"

	"writersync/connectors"
)

// checkWatcher: the connector watches if and only if it is declared to; it rings when it
// has begun, then whenever something changed, and ends with its context.
func checkWatcher(t testing.TB, h Harness) {
	w := company(h.Lacks)
	s := begin(t, h, w)
	watcher, ok := s.connector.(connectors.Watcher)
	if ok != h.Watches {
		t.Fatalf("is a Watcher: %t, declared: %t", ok, h.Watches)
	}
	if !ok {
		return
	}
	s.mustRead(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rang, ended := make(chan struct{}, 1), make(chan error, 1)
	ring := func() {
		select {
		case rang <- struct{}{}:
		default:
		}
	}
	go func() { ended <- watcher.Watch(ctx, ring) }()
	h.hear(t, "that it watches", rang, ended)
	for _, next := range []World{w.renamedPeople(), w, w.renamedPeople()} {
		s.load(t, next)
		h.hear(t, "a change", rang, ended)
	}
	cancel()
	select {
	case err := <-ended:
		s.discreet(t, err)
		if err == nil {
			t.Error("a watch whose context had ended ended without an error")
		}
	case <-time.After(soon):
		t.Errorf("a watch did not end within %s of its context", soon)
	}
}

// hear waits for one ring, and for what it is.
func (h Harness) hear(t testing.TB, what string, rang <-chan struct{}, ended <-chan error) {
	t.Helper()
	patience := cmp.Or(h.Patience, soon)
	select {
	case <-rang:
	case err := <-ended:
		t.Fatalf("the watch ended: %v", err)
	case <-time.After(patience):
		t.Fatalf("%s was not heard within %s", what, patience)
	}
}
