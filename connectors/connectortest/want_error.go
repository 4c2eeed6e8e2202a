package connectortest

import (
	"errors"
	"strings"
	"testing"

	"writersync/connectors"
)

// WantError fails the test unless err is of that class, tells the reader what to do
// (where it may pass by itself, there can be nothing to do), and says each of says. Of
// the class "" is what is no error.
func WantError(t testing.TB, err error, class connectors.Class, says ...string) {
	t.Helper()
	if got := connectors.ClassOf(err); got != class {
		t.Errorf("class %q, want %q: %v", got, class, err)
	}
	if err == nil {
		return
	}
	var e *connectors.Error
	if !errors.As(err, &e) {
		t.Fatalf("not a *connectors.Error: %v", err)
	}
	if passes := class == connectors.Transient || class == connectors.Throttled; e.Hint == "" && !passes {
		t.Errorf("no hint what to do: %v", err)
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %q", err, text)
		}
	}
}
