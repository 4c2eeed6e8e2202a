package connectortest

import (
	"errors"
	"io"
	"slices"
	"testing"

	"writersync/connectors"
)

// WantFaults fails the test unless a configuration says every fault that it has, each a
// FieldError with its path, in that order; and unless it can be opened if and only if it
// has none.
func WantFaults(t testing.TB, c connectors.Config, paths []string) {
	t.Helper()
	err := c.Validate()
	if got := faults(t, err); !slices.Equal(got, paths) {
		t.Errorf("faults at %v, want %v: %v", got, paths, err)
	}
	opened, openErr := c.Open(Env(&Requests{}))
	if (openErr == nil) != (err == nil) {
		t.Errorf("open says %v, validate says %v", openErr, err)
	}
	if closer, ok := opened.(io.Closer); ok && openErr == nil {
		_ = closer.Close() // nothing was begun
	}
}

// faults returns the path of each fault that err joins.
func faults(t testing.TB, err error) (paths []string) {
	t.Helper()
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("faults that are not joined: %v", err)
	}
	for _, one := range joined.Unwrap() {
		var f *connectors.FieldError
		if !errors.As(one, &f) || f.Msg == "" {
			t.Fatalf("not a fault of a field: %v", one)
		}
		paths = append(paths, f.Path)
	}
	return paths
}
