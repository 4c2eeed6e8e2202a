package connectortest

import (
	"errors"
	"io"
	"slices"
	"testing"

	"writersync/connectors"
)

// A Fault is a row of the table of a configuration's faults: what somebody changed in a
// valid one, and the paths of the faults that it has then, in order; nil for none.
type Fault[C connectors.Config] = struct {
	Name   string
	Change func(C)
	Paths  []string
}

// RunFaults holds that a configuration says every fault that it has, each a FieldError
// with its path, and can be opened if and only if it has none.
func RunFaults[C connectors.Config](t *testing.T, valid func() C, table []Fault[C]) {
	t.Helper()
	for _, row := range table {
		t.Run(row.Name, func(t *testing.T) {
			c := valid()
			row.Change(c)
			wantFaults(t, c, row.Paths)
		})
	}
}

func wantFaults(t testing.TB, c connectors.Config, paths []string) {
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
