package dashboards_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"writersync/syncer"
)

// waived are the metrics that neither a panel nor a rule needs to name.
var waived = []string{}

var metricName = regexp.MustCompile(`writersync_[a-z_]+`)

// exported returns the names of the metrics a fresh daemon has, as described.
func exported(t *testing.T) []string {
	t.Helper()
	reg := prometheus.NewRegistry()
	descs := make(chan *prometheus.Desc, 100)
	syncer.NewMetrics(describer{reg, descs})
	close(descs)
	var names []string
	for d := range descs {
		names = append(names, regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// describer is a Registerer that writes down what is registered.
type describer struct {
	prometheus.Registerer
	descs chan<- *prometheus.Desc
}

func (d describer) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		c.Describe(d.descs)
	}
	d.Registerer.MustRegister(all...)
}

// TestNamesAreExported holds every metric named in a panel or rule against those
// that exist, and the other way round.
func TestNamesAreExported(t *testing.T) {
	have := exported(t)
	var named []string
	for _, file := range []string{"grafana/overview.json", "prometheus/alerts.yml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range metricName.FindAllString(string(data), -1) {
			name = strings.TrimSuffix(name, "_bucket")
			if !slices.Contains(have, name) {
				t.Errorf("%s names %s, which is not exported", file, name)
			}
			named = append(named, name)
		}
	}
	for _, name := range have {
		if !slices.Contains(named, name) && !slices.Contains(waived, name) {
			t.Errorf("%s is exported, and no panel or rule uses it", name)
		}
	}
	if len(have) < 10 {
		t.Errorf("only %d metrics are exported", len(have))
	}
}

// TestDashboardIsPortable checks what an import needs: a data source to choose, a
// stable uid, panels with queries, and no two of one id.
func TestDashboardIsPortable(t *testing.T) {
	data, err := os.ReadFile("grafana/overview.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		UID    string                  `json:"uid"`
		Inputs []struct{ Name string } `json:"__inputs"`
		Panels []struct {
			ID          int
			Title       string
			Description string
			Datasource  struct{ UID string }
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || len(d.Inputs) != 1 || d.Inputs[0].Name != "DS_PROMETHEUS" || len(d.Panels) == 0 {
		t.Errorf("uid %q, inputs %v, %d panels", d.UID, d.Inputs, len(d.Panels))
	}
	seen := map[int]bool{}
	for _, p := range d.Panels {
		if seen[p.ID] || p.Title == "" || p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "${DS_PROMETHEUS}" {
			t.Errorf("panel %d %q is not fit for import", p.ID, p.Title)
		}
		seen[p.ID] = true
	}
}
