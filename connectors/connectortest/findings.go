package connectortest

import (
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
)

// WantFindings checks a connector, and fails the test unless exactly what faults names is
// not as it should be, in that order, and all of it together says each of says. No
// finding shows an address.
func WantFindings(t testing.TB, c connectors.Connector, faults []string, says ...string) {
	t.Helper()
	found, err := c.(connectors.Checker).Check(t.Context())
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	var bad []string
	all := ""
	for _, f := range found {
		if !f.OK {
			bad = append(bad, f.What)
		}
		all += f.What + ": " + f.Text + "\n"
	}
	if !slices.Equal(bad, faults) {
		t.Errorf("faults %v, want %v:\n%s", bad, faults, all)
	}
	for _, words := range says {
		if !strings.Contains(all, words) {
			t.Errorf("nothing says %q:\n%s", words, all)
		}
	}
	if strings.Contains(all, "@example.com") {
		t.Errorf("an address is shown:\n%s", all)
	}
}
