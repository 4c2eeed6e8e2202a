package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"writersync/syncer"
)

// TestHeldSeriesAreDocumented holds the number in docs/operations.md against what is
// exported before anything was held: whoever pays for series plans by it.
func TestHeldSeriesAreDocumented(t *testing.T) {
	reg := prometheus.NewRegistry()
	syncer.NewMetrics(reg)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "writersync_held_ops" {
			continue
		}
		if want := fmt.Sprintf("make %d series", len(f.GetMetric())); !strings.Contains(page(t, "docs/operations.md"), want) {
			t.Errorf("docs/operations.md does not say %q", want)
		}
		return
	}
	t.Error("writersync_held_ops is not exported")
}
