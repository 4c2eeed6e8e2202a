package syncer_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"writersync/syncer"
)

// TestMetricsOfSources: a source that is not configured any more has no series, and its
// age wakes nobody.
func TestMetricsOfSources(t *testing.T) {
	f := newFollowing(t)
	reg := prometheus.NewRegistry()
	f.options.Metrics = syncer.NewMetrics(reg)
	perSource := []string{
		"writersync_source_people", "writersync_source_groups", "writersync_source_unresolved_members", "writersync_source_complete",
		"writersync_source_last_complete_timestamp_seconds", "writersync_source_last_followed_timestamp_seconds",
	}
	f.pass()
	for _, name := range perSource {
		if n, err := testutil.GatherAndCount(reg, name); err != nil || n != 1 {
			t.Errorf("%s: %d series, %v; want that of corp", name, n, err)
		}
	}
	f.options.Sources[0].Name = "hr"
	f.pass()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "source" && l.GetValue() == "corp" {
					t.Errorf("%s still tells of corp", family.GetName())
				}
			}
		}
	}
}
