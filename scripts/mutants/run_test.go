package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleCode = `package sample

// Held is held by its test.
func Held(a, b int) bool { return a < b }

// Loose is called by its test, which looks at nothing.
func Loose(a, b int) bool { return a > b }

// Count never ends if it does not count.
func Count(i, n int) int {
	for i < n {
		i++
	}
	return i
}

var table [3]bool

const size = 2

var sized [size + 1]bool
`

const sampleTest = `package sample

import "testing"

func TestHeld(t *testing.T) {
	if !Held(1, 2) || Held(2, 2) || Held(3, 2) {
		t.Error("held")
	}
}

func TestLoose(t *testing.T) { Loose(1, 2) }

func TestCount(t *testing.T) {
	if Count(0, 5) != 5 || Count(2, 2) != 2 || Count(3, 2) != 3 {
		t.Error("count")
	}
}

func TestSizes(t *testing.T) {
	if table != sized {
		t.Error("sizes")
	}
}
`

// TestSurvivorsAreWhatNoTestHolds runs all mutants of a package in which one function
// is tested badly.
func TestSurvivorsAreWhatNoTestHolds(t *testing.T) {
	t.Parallel()
	dir := writeModule(t, map[string]string{"sample.go": sampleCode, "sample_test.go": sampleTest})
	before := contents(t, dir)
	var out, log bytes.Buffer
	if err := run(t.Context(), dir, []string{"-n", "0", "-workers", "2", "-timeout", "2s", "."}, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	// two of Held and two of Loose; four of Count, two of which never end; five of the
	// size of sized, all of which change its type, so that the test does not compile
	want := "sample.go:7: func Loose(a, b int) bool { return a [->-]{+<=+} b }\n" +
		"sample.go:7: func Loose(a, b int) bool { return a [->-]{+>=+} b }\n" +
		"planted 13, caught 6, survived 2, did not compile 5\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, log.String())
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("the checkout has changed (-before +after)\n%s", diff)
	}
}

// contents returns the files below dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = string(content)
	}
	return all
}

// TestRunOfASeedRepeats compares which mutants are planted, in which order.
func TestRunOfASeedRepeats(t *testing.T) {
	t.Parallel()
	dir := writeModule(t, map[string]string{"sample.go": sampleCode, "sample_test.go": sampleTest})
	planted := func(seed string) (string, string) {
		var out, log bytes.Buffer
		if err := run(t.Context(), dir, []string{"-seed", seed, "-n", "2", "-workers", "1", "-timeout", "2s", "."}, &out, &log); err != nil {
			t.Fatal(err)
		}
		if strings.Count(log.String(), "\n") != 2 {
			t.Errorf("log:\n%s\nwant two mutants", log.String())
		}
		return out.String(), log.String()
	}
	out, log := planted("1")
	if !regexp.MustCompile(`planted 2, caught \d, survived \d, did not compile \d\n$`).MatchString(out) {
		t.Errorf("out: %s", out)
	}
	if again, logAgain := planted("1"); again != out || logAgain != log {
		t.Errorf("seed 1 planted\n%s\nand then\n%s", log, logAgain)
	}
	if _, other := planted("2"); other == log {
		t.Errorf("seed 2 planted the same as seed 1:\n%s", log)
	}
}

func TestRunNeedsTestsThatPass(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	dir := writeModule(t, map[string]string{
		"sample.go":      "package sample\n\nfunc f() bool { return true }\n",
		"sample_test.go": "package sample\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) {\n\tif f() {\n\t\tt.Error(\"this fails\")\n\t}\n}\n",
	})
	err := run(t.Context(), dir, []string{"."}, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "fail without a mutant") || !strings.Contains(err.Error(), "this fails") {
		t.Errorf("err = %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(scratch, "mutants*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestTestsElsewhereHoldAPackage has a package without tests of its own, which the
// table says another one holds.
func TestTestsElsewhereHoldAPackage(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"syncer/plan/plan.go": "package plan\n\nfunc Equal(a, b string) bool { return a == b }\n",
		"syncer/syncer.go":    "package syncer\n",
		"syncer/syncer_test.go": "package syncer\n\nimport (\n\t\"testing\"\n\n\t\"sample/syncer/plan\"\n)\n\n" +
			"func TestEqual(t *testing.T) {\n\tif plan.Equal(\"a\", \"b\") {\n\t\tt.Error(\"equal\")\n\t}\n}\n",
	}
	dir := writeModule(t, files)
	for own, want := range map[string]string{
		"-own=false": "planted 1, caught 1, survived 0, did not compile 0\n",
		"-own":       "syncer/plan/plan.go:3: func Equal(a, b string) bool { return a [-==-]{+!=+} b }\nplanted 1, caught 0, survived 1, did not compile 0\n",
	} {
		var out bytes.Buffer
		if err := run(t.Context(), dir, []string{own, "./syncer/plan"}, &out, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", own, diff)
		}
	}
}

// TestTryThatCannotRun: if the go command does not run, nothing was caught.
func TestTryThatCannotRun(t *testing.T) {
	dir := writeModule(t, map[string]string{"sample.go": "package sample\n\nfunc f() bool { return true }\n"})
	sources, err := load(t.Context(), dir, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{source: sources[0], root: filepath.Join(dir, "nowhere"), scratch: t.TempDir(), suites: []suite{{name: "sample"}}}
	if v, err := b.try(t.Context(), sources[0].mutants()[0]); err == nil {
		t.Errorf("verdict %s", v)
	}
}
