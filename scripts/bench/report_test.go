package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleReport is of two sizes; every figure of the larger one is ten times as high.
func sampleReport() Report {
	size := func(factor int) Result {
		n := int64(factor)
		return Result{Users: 1000 * factor, Groups: 50 * factor, Memberships: 5000 * factor, Decoding: 0.01 * float64(factor), Phases: []Figure{
			{
				Phase: phasePush, Requests: Requests{Reads: 50 * factor, Creates: 1000 * factor, Edits: 100 * factor}, Least: Requests{Reads: 2 * factor, Creates: 1000 * factor, Edits: 90 * factor},
				State: n << 20, Live: n << 19, Commits: 7 * factor, Cost: Cost{Runs: 1, Wall: 2 * float64(factor), CPU: float64(factor), Written: n << 22, Anonymous: n << 23, Resident: n << 24},
			},
			{Phase: phaseIdle, Commits: 1, State: n << 20, Live: n << 19, Cost: Cost{Runs: 1, Wall: 0.1 * float64(factor), CPU: 0.05 * float64(factor), Written: 12 << 10, Anonymous: n << 21, Resident: n << 22}},
			{Phase: phaseChurn, Requests: Requests{Updates: 8 * factor, Edits: 2 * factor}, Commits: -1, Refused: 3},
			{Phase: phaseHold, Cost: Cost{CPU: 0.1 * float64(factor), Anonymous: n << 22, Written: 20 << 10}},
		}}
	}
	return Report{
		Machine: Machine{CPU: "Example CPU", Cores: 4, Memory: 16 << 30, System: "Example Linux, kernel 1.2, amd64"},
		Program: Program{Commit: "0123456789ab", Go: "go1.99"}, Sizes: []Result{size(1), size(10)},
	}
}

func TestExpectations(t *testing.T) {
	all := expectations(sampleReport().Sizes)
	if len(all) != 5 {
		t.Fatalf("%d sizes are spoken of", len(all))
	}
	for i, want := range []struct {
		users     int
		measured  bool
		low, high int
		changes   int
		day       int
		wall      float64
		anonymous int64
		fastest   string
	}{
		{100, false, 1000, 10_000, 110, 1, 0.01, 2 << 20 / 10, "about a minute"},
		{1000, true, 0, 0, 1100, 10, 0.1, 2 << 20, "about a minute"},
		{10_000, true, 0, 0, 11_000, 100, 1, 20 << 20, "about 10 minutes"},
		{100_000, false, 1000, 10_000, 110_000, 1000, 10, 200 << 20, "about 1.6 hours"},
		{1_000_000, false, 1000, 10_000, 1_100_000, 10_000, 100, 2000 << 20, "about 16.0 hours"},
	} {
		got := all[i]
		near := func(a, b float64) bool { return a > 0.99*b && a < 1.01*b }
		if got.Users != want.users || got.Measured != want.measured || got.Low != want.low || got.High != want.high || got.Changes != want.changes || got.Day != want.day ||
			!near(got.Idle.Wall, want.wall) || !near(float64(got.Idle.Anonymous), float64(want.anonymous)) || got.Fastest != want.fastest {
			t.Errorf("of %d users: %+v, want %+v", want.users, got, want)
		}
	}
	if one := expectations(sampleReport().Sizes[:1]); len(one) != 1 {
		t.Errorf("one size was extrapolated to %d", len(one))
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		numberText(1): "1", numberText(999): "999", numberText(1000): "1,000", numberText(1234567): "1,234,567",
		bytesText(0): "0", bytesText(1): "1 KiB", bytesText(12288): "12 KiB", bytesText(3 << 19): "1.5 MiB", bytesText(11 << 20): "11 MiB", bytesText(23 << 30): "23 GiB",
		secondsText(0.123): "0.12 s", secondsText(12.34): "12.3 s", secondsText(456.7): "457 s",
		bounded(0, 0): "-", bounded(0, 2): "0 (2)", bounded(53, 2): "53 (2)", commitsText(-1): "?", commitsText(0): "0", countText(0): "-", countText(3): "3",
		fastest(600): "about a minute", fastest(12_000): "about 10 minutes", fastest(1_200_000): "about 16.7 hours",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestShowsAReport reads a report from a file, and shows it in each way.
func TestShowsAReport(t *testing.T) {
	dir := t.TempDir()
	file, page := filepath.Join(dir, "report.json"), filepath.Join(dir, "page.md")
	data, err := json.Marshal(sampleReport())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var table, again bytes.Buffer
	if err := run(t.Context(), []string{"-from", file, "-doc", page}, stdio{&table, io.Discard}); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-from", file, "-o", "json"}, stdio{&again, io.Discard}); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(again.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleReport(), back); diff != "" {
		t.Errorf("the report came back otherwise:\n%s", diff)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for shown, parts := range map[string][]string{
		table.String(): {"Example CPU, 4 cores, 16 GiB", "commit 0123456789ab, go1.99", "10000 users, 500 groups, 50000 memberships", "1000 (1000)", "100 (90)", "An idle run takes 5.0 times the CPU of reading", "2.0 times the CPU and 2.0 times the memory"},
		string(text): {
			"Measured on Example CPU, 4 cores", "at commit 0123456789ab", "**1,000 users** (measured)", "**1,000,000 users** (*not measured: extrapolated from 1,000 and 10,000 users",
			"| first push | 50 (2) | 1000 (1000) | - | - | 100 (90) | - | 4.0 MiB | 7 |", "### 10,000 users, 500 groups, 50,000 memberships",
		},
	} {
		for _, part := range parts {
			if !strings.Contains(shown, part) {
				t.Errorf("%q is not shown in\n%s", part, shown)
			}
		}
	}
}

// TestPageIsGenerated holds docs/benchmarks.md against the template: what is written there
// by hand would be lost with the next measurement.
func TestPageIsGenerated(t *testing.T) {
	made := filepath.Join(t.TempDir(), "page.md")
	if err := writePage(made, sampleReport()); err != nil {
		t.Fatal(err)
	}
	fixed := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, begins := strings.Cut(string(data), "## How it is measured")
		text, _, ends := strings.Cut(rest, "## Figures")
		if !begins || !ends {
			t.Fatalf("%s does not have its sections", path)
		}
		return text
	}
	if diff := cmp.Diff(fixed(made), fixed("../../docs/benchmarks.md")); diff != "" {
		t.Errorf("docs/benchmarks.md (+) is not of this template (-): run `make benchmarks-doc`\n%s", diff)
	}
}

func TestOptions(t *testing.T) {
	o, err := parse([]string{"-program", "x", "-sizes", "1k 10k", "-phases", "idle, first push", "-cores", "2"}, io.Discard)
	if err != nil || len(o.phases) != 2 || !o.selected(phaseIdle) || !o.selected(phasePush) || o.selected(phaseChurn) || o.cores != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{
		{}, {"-program", "x", "-phases", "none"}, {"-program", "x", "-o", "xml"}, {"-program", "x", "more"}, {"-nothing"},
	} {
		if o, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v is taken as %+v", args, o)
		}
	}
	if err := run(t.Context(), []string{"-from", filepath.Join(t.TempDir(), "none.json")}, stdio{io.Discard, io.Discard}); err == nil {
		t.Error("a report that is not there was shown")
	}
}

// TestHoldIsNamed finds what to approve in what a plan says.
func TestHoldIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"  way out: Read the plan, then approve it. (writersync approve 56e22dcf4e77)\n": "56e22dcf4e77",
		"next: writersync approve 17@3": "17@3",
		"Nothing to do.":                "",
	} {
		got := ""
		if found := holdNamed.FindStringSubmatch(text); found != nil {
			got = found[1]
		}
		if got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}
