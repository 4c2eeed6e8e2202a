package connectortest

import (
	"context"
	"strings"
	"testing"

	"writersync/connectors"
)

// checked is a connector with findings.
type checked struct {
	*Fake
	found []connectors.Finding
}

func (c checked) Check(context.Context) ([]connectors.Finding, error) { return c.found, nil }

func TestWantFindings(t *testing.T) {
	good, bad := connectors.Finding{What: "people", OK: true, Text: "3 are seen"}, connectors.Finding{What: "groups", Text: "none is seen"}
	shown := connectors.Finding{What: "people", OK: true, Text: "ann@example.com is seen"}
	for _, tt := range []struct {
		name   string
		found  []connectors.Finding
		faults []string
		says   string
		fails  string
	}{
		{"as wanted", []connectors.Finding{good, bad}, []string{"groups"}, "none is seen", ""},
		{"a fault that is not wanted", []connectors.Finding{good, bad}, nil, "", "faults [groups]"},
		{"no fault", []connectors.Finding{good}, []string{"groups"}, "", "faults []"},
		{"other words", []connectors.Finding{good}, nil, "4 are", `nothing says "4 are"`},
		{"an address", []connectors.Finding{shown}, nil, "", "an address is shown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := failures(t, func(tb testing.TB) { WantFindings(tb, checked{&Fake{}, tt.found}, tt.faults, tt.says) })
			if (got == "") != (tt.fails == "") || !strings.Contains(got, tt.fails) {
				t.Errorf("failed with %q, want %q", got, tt.fails)
			}
		})
	}
}
