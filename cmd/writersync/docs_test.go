package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"writersync/config"
	"writersync/connectors/all"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// matches returns the first group of every match, sorted, each once.
func matches(pattern, text string) []string {
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func same(t *testing.T, what string, documented, real []string) {
	t.Helper()
	for _, name := range real {
		if !slices.Contains(documented, name) {
			t.Errorf("%s %s is not documented", what, name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(real, name) {
			t.Errorf("%s %s is documented and does not exist", what, name)
		}
	}
}

// TestReasonsAreDocumented holds the anchors of docs/rails.md against the reasons
// for which something can be held.
func TestReasonsAreDocumented(t *testing.T) {
	var real []string
	for _, why := range append(plan.Whys(), guard.Whys()...) {
		real = append(real, string(why))
	}
	same(t, "reason", matches(`(?m)^### (\S+)$`, page(t, "docs/rails.md")), real)
}

// TestMetricsAreDocumented holds the table of docs/operations.md against what is
// exported.
func TestMetricsAreDocumented(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := syncer.NewMetrics(reg)
	m.Request("writer", "200", 0)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	documented := matches("`(writersync_[a-z_]+)`", page(t, "docs/operations.md"))
	for _, f := range families {
		if !slices.Contains(documented, f.GetName()) {
			t.Errorf("metric %s is not documented", f.GetName())
		}
	}
}

// TestAlertsAreDocumented holds the table of docs/operations.md against the rules.
func TestAlertsAreDocumented(t *testing.T) {
	same(t, "alert", matches(`\| (Writersync[A-Za-z]+) \|`, page(t, "docs/operations.md")), matches(`alert: (\S+)`, page(t, "dashboards/prometheus/alerts.yml")))
}

// TestKeysAreDocumented holds the table of docs/configuration.md against the
// schema.
func TestKeysAreDocumented(t *testing.T) {
	data, err := config.Schema(all.Types())
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	var real, ofTypes []string
	for _, k := range s.keys("", s.Defs) {
		if name, ofSource := strings.CutPrefix(k, "sources."); ofSource && name != "name" && name != "type" {
			top, _, _ := strings.Cut(name, ".")
			ofTypes = append(ofTypes, top)
			continue
		}
		real = append(real, k)
	}
	same(t, "key", matches("(?m)^\\| `([a-z_.]+)` \\|", page(t, "docs/configuration.md")), real)
	sources := page(t, "docs/sources.md")
	for _, top := range ofTypes {
		if !strings.Contains(sources, "`"+top) {
			t.Errorf("key %s of a source is not documented", top)
		}
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Properties map[string]schema
	Items      *schema
	Defs       map[string]schema `json:"$defs"`
	OneOf      []schema          `json:"oneOf"`
}

// keys returns the paths of the leaves.
func (s schema) keys(path string, defs map[string]schema) []string {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok && name != "Secret" {
		s = defs[name]
	}
	if s.Items != nil && len(s.Items.OneOf) > 0 {
		var out []string
		for _, one := range s.Items.OneOf {
			out = append(out, one.keys(path, defs)...)
		}
		return out
	}
	if s.Items != nil && (s.Items.Ref != "" || len(s.Items.Properties) > 0) {
		return s.Items.keys(path, defs)
	}
	if len(s.Properties) == 0 {
		return []string{path}
	}
	var out []string
	for name, sub := range s.Properties {
		out = append(out, sub.keys(strings.TrimPrefix(path+"."+name, "."), defs)...)
	}
	return out
}

// TestExamplesAreValid validates every whole configuration that a page shows.
func TestExamplesAreValid(t *testing.T) {
	found := 0
	for _, name := range []string{"README.md", "docs/configuration.md", "docs/sources.md", "docs/active-directory.md", "docs/okta.md", "docs/import.md"} {
		for _, m := range regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$").FindAllStringSubmatch(page(t, name), -1) {
			text := regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[2], "")
			path := filepath.Join(t.TempDir(), "writersync.yml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			found++
			if _, err := config.Load(path, all.Types()); err != nil {
				t.Errorf("%s shows a configuration that is not valid: %v\n%s", name, err, text)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d examples were found", found)
	}
}

// TestLinksLeadSomewhere follows the links between pages.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root(t), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(pages, filepath.Join(root(t), "README.md"), filepath.Join(root(t), "CONTRIBUTING.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range matches(`\]\(([^)#:]+)(?:#[^)]*)?\)`, string(text)) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), link)); err != nil {
				t.Errorf("%s leads to %s, which is not there", filepath.Base(path), link)
			}
		}
	}
}

// TestDependenciesHaveReasons holds docs/dependencies.md against go.mod.
func TestDependenciesHaveReasons(t *testing.T) {
	direct, _, _ := strings.Cut(page(t, "go.mod"), ")")
	documented := matches(`(?:\| |: |,\s)([a-z.]+/[^ |()]+) [|(]`, page(t, "docs/dependencies.md"))
	same(t, "module", documented, matches(`(?m)^\t(\S+) v`, direct))
}

// TestBasesAreDocumented holds the table of docs/rails.md against that of the code.
func TestBasesAreDocumented(t *testing.T) {
	ofKind := map[plan.Direction]plan.Kind{plan.Gives: plan.CreateUser, plan.Takes: plan.Deactivate, plan.Changes: plan.UpdateUser, plan.Forgets: plan.UnlinkTeam}
	text := page(t, "docs/rails.md")
	for _, basis := range plan.Bases() {
		effects := make([]string, 0, len(ofKind))
		for _, d := range []plan.Direction{plan.Gives, plan.Takes, plan.Changes, plan.Forgets} {
			effects = append(effects, string(basis.Effect(d)))
			if got := (plan.Op{Kind: ofKind[d]}).Direction(); got != d {
				t.Errorf("%s %s access, want %s", ofKind[d], got, d)
			}
		}
		row := regexp.MustCompile("(?m)^\\| `" + string(basis) + "` \\| [^|]+ \\| (.*) \\|$").FindStringSubmatch(text)
		if want := strings.Join(effects, " | "); row == nil || row[1] != want {
			t.Errorf("the row of %s: %q, want %s", basis, row, want)
		}
	}
}

// states are what outlives a run.
var states = []string{
	"a fact is not visible", "a list is empty that had members", "members of a list do not resolve", "a group that keeps users out is not visible",
	"a record that kept a user out is not listed", "a source does not state nested groups any more", "a group has the name of one that is gone",
	"a team was deleted in Writer", "a nested group does not resolve in the list of another group",
	"an account is inactive", "an inactive account has memberships", "a user is out of scope", "a source is not read", "a file is not read, because it is older",
	"an account was deleted in Writer", "a user is gone, and a newcomer has the e-mail", "an account was made that the state does not know",
	"drift is reported and left", "a request is not settled", "a review waits", "an approval", "a retry waits",
	"users of several sources are one person", "paused, by an admin or a restored state",
}

// TestStatesEnd holds the table of what ends a state against the states, and against the tests
// and rows that show it.
func TestStatesEnd(t *testing.T) {
	_, table, _ := strings.Cut(page(t, "docs/rails.md"), "## States and what ends them")
	exist := tests(t)
	var documented []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || cells[0] == "| state" {
			continue
		}
		documented = append(documented, strings.TrimPrefix(cells[0], "| "))
		named := matches("`([\\w-]+)`", cells[2])
		if len(named) == 0 {
			t.Errorf("nothing shows this: %s", line)
		}
		for _, name := range named {
			if !exist[name] {
				t.Errorf("%s does not exist", name)
			}
		}
	}
	same(t, "state", documented, states)
}

// tests returns the names of all tests and rows.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	exist := map[string]bool{}
	err := filepath.WalkDir(root(t), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, name := range matches(`(?m)^func (Test\w+)\(`, string(text)) {
			exist[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := filepath.Glob("testdata/rows/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		exist[strings.TrimSuffix(filepath.Base(row), ".txtar")] = true
	}
	return exist
}

// TestPromisesAreTested holds the page about Writer's article against the tests that
// exist.
func TestPromisesAreTested(t *testing.T) {
	exist := tests(t)
	statements := 0
	for line := range strings.Lines(page(t, "docs/writer.md")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Writer says") {
			continue
		}
		statements++
		tests := matches("`(Test\\w+)`", line)
		if len(tests) == 0 {
			t.Errorf("nothing shows this: %s", line)
		}
		for _, name := range tests {
			if !exist[name] {
				t.Errorf("%s does not exist", name)
			}
		}
	}
	if statements < 18 {
		t.Errorf("only %d statements", statements)
	}
}
