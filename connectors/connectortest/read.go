package connectortest

import (
	"io"
	"log/slog"
	"testing"

	"writersync/connectors"
)

// Env returns what a connector of the source "corp" is opened with: it is watched,
// nobody reads its log, and o counts its requests.
func Env(o connectors.Observer) connectors.Env {
	return connectors.Env{Name: sourceName, Log: slog.New(slog.DiscardHandler), Observe: o, Watched: true}
}

// Open opens a connector, which must be a C, and returns it with the count of its
// requests. It is closed with the test, if it can be.
func Open[C any](t testing.TB, c connectors.Config) (C, *Requests) {
	t.Helper()
	seen := &Requests{}
	opened, err := c.Open(Env(seen))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	connector, ok := opened.(C)
	if !ok {
		t.Fatalf("open returned a %T", opened)
	}
	if closer, ok := opened.(io.Closer); ok {
		t.Cleanup(func() {
			if err := closer.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	return connector, seen
}

// Read reads all there is. Whatever the outcome, there is a proof or an error.
func Read(t testing.TB, c connectors.Connector) (*Collect, connectors.Complete, error) {
	t.Helper()
	kept := &Collect{}
	complete, err := ReadInto(t, c, kept)
	return kept, complete, err
}

// ReadInto is Read with a Collect that does something meanwhile.
func ReadInto(t testing.TB, c connectors.Connector, kept *Collect) (connectors.Complete, error) {
	t.Helper()
	complete, err := c.Read(t.Context(), connectors.NewReading(sourceName, kept))
	if (err == nil) != complete.Valid() {
		t.Errorf("a reading that ended with error %v has a proof that is valid: %t", err, complete.Valid())
	}
	return complete, err
}

// MustRead reads all there is, and fails the test if that is not whole.
func MustRead(t testing.TB, c connectors.Connector) (*Collect, connectors.Complete) {
	t.Helper()
	kept, complete, err := Read(t, c)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return kept, complete
}

// Changes reads what changed since a cursor. Whatever the outcome, there is a proof or
// an error.
func Changes(t testing.TB, c connectors.Connector, since connectors.Cursor) (*Collect, connectors.Delta, error) {
	t.Helper()
	changer, ok := c.(connectors.Changer)
	if !ok {
		t.Fatalf("a %T is no Changer", c)
	}
	kept := &Collect{}
	delta, err := changer.Changes(t.Context(), since, connectors.NewChanges(sourceName, kept))
	if (err == nil) != delta.Valid() {
		t.Errorf("a reading of changes that ended with error %v has a proof that is valid: %t", err, delta.Valid())
	}
	return kept, delta, err
}

// MustChange reads what changed since a cursor, and fails the test if it cannot be told.
func MustChange(t testing.TB, c connectors.Connector, since connectors.Cursor) (*Collect, connectors.Delta) {
	t.Helper()
	kept, delta, err := Changes(t, c, since)
	if err != nil {
		t.Fatalf("read what changed: %v", err)
	}
	return kept, delta
}

// Follow reads what changed since a cursor and applies it to kept.
func Follow(t testing.TB, c connectors.Connector, kept *Collect, since connectors.Cursor) connectors.Delta {
	t.Helper()
	changes, delta := MustChange(t, c, since)
	kept.Apply(changes)
	return delta
}
