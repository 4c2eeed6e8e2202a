package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeModule writes a module of its own with the given files, and returns its
// folder.
func writeModule(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module sample\n\ngo 1.26\n"
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// kinds is declared in every sample.
const kinds = `
type kind string

const (
	apple kind = "apple"
	berry kind = "berry"
)

type level int

const (
	low level = iota
	high
)

const word = "word"

func act(...any) error { return nil }
`

func TestMutantsOfEachOperator(t *testing.T) {
	broken := " # does not compile"
	cases := map[string]struct {
		imports, body string
		want          []string // without the name of the file
	}{
		"equality": {
			body: "func f(a, b int) bool { return a == b }\nfunc g(a, b int) bool { return a != b }",
			want: []string{"return a [-==-]{+!=+} b", "return a [-!=-]{+==+} b"},
		},
		"order": {
			body: "func f(a, b int) (bool, bool, bool, bool) { return a < b, a <= b, a > b, a >= b }",
			want: []string{
				"a [-<-]{+<=+} b", "a [-<-]{+>=+} b", "a [-<=-]{+<+} b", "a [-<=-]{+>+} b",
				"a [->-]{+<=+} b", "a [->-]{+>=+} b", "a [->=-]{+<+} b", "a [->=-]{+>+} b",
			},
		},
		"logic": {
			body: "func f(a, b bool) (bool, bool, bool) { return a && b, a || b, !a }",
			want: []string{"a [-&&-]{+||+} b", "a [-||-]{+&&+} b", ", [-!-]a }"},
		},
		"sums of numbers and none of strings": {
			body: "func f(a, b float64, s string) (float64, float64, string) { return a + b, a - b, s + s }",
			want: []string{"a [-+-]{+-+} b", "a [---]{+++} b"},
		},
		"counting, but not in the head of a loop": {
			body: "func f(s string) (n int, t string) {\nfor i := range s {\nn++\nn += i\nt += s\n}\nfor m := n; m > n; m++ {\n}\nreturn n, t\n}",
			want: []string{
				"[-n++-]", "n[-++-]{+--+}", "[-n += i-]", "n [-+=-]{+-=+} i", "[-t += s-]", "m [->-]{+<=+} n", "m [->-]{+>=+} n",
			},
		},
		"conditions, each in one way": {
			body: "func f(a, b bool, n, m int) int {\nif a {\nn = m\n}\nif a && b {\nn = m\n}\nif !a {\nn = m\n}\nif n == m {\nn = m\n}\nreturn n\n}",
			want: []string{
				"if [-a-]{+!(a)+} {", "[-n = m-]", "if [-a && b-]{+!(a && b)+} {", "if a [-&&-]{+||+} b {", "[-n = m-]",
				"if [-!-]a {", "[-n = m-]", "if n [-==-]{+!=+} m {", "[-n = m-]",
			},
		},
		"integers": {
			body: "func f(s []int) ([]int, int, int) { return make([]int, 2, 8), s[0], 0x10 }\nfunc g(u uint) uint { return u << 3 }",
			want: []string{
				"make([]int, [-2-]{+1+}, 8)", "make([]int, [-2-]{+3+}, 8)", "s[[-0-]{+(-1)+}]" + broken, "s[[-0-]{+1+}]", "[-0x10-]{+15+}", "[-0x10-]{+17+}",
				"u << [-3-]{+2+}", "u << [-3-]{+4+}",
			},
		},
		"integers that are sizes": {
			body: "var a [4]int\nfunc f() map[int]int { return make(map[int]int, 9) }",
		},
		"a boundary once, with what it is compared with": {
			body: "func f(n int) (bool, bool) { return n > 5, n <= 5 }",
			want: []string{
				"n [->-]{+<=+} 5", "n [->-]{+>=+} 5", "n > [-5-]{+6+}", "n [-<=-]{+<+} 5", "n [-<=-]{+>+} 5", "n <= [-5-]{+6+}",
			},
		},
		"a constant on the left": {
			body: "func f(n int) bool { return 5 < n }",
			want: []string{"return [-5-]{+4+} <", "return [-5-]{+6+} <", "5 [-<-]{+<=+} n", "5 [-<-]{+>=+} n"},
		},
		"booleans": {
			body: "func f() (bool, bool) { return true, false }",
			want: []string{"return [-true-]{+false+}, false", "return true, [-false-]{+true+}"},
		},
		"strings that are compared, and no others": {
			body: "func f(s string) (bool, bool, string) { return s == \"a\", s == \"\", \"other\" + word }\nfunc g(s string) bool { return s == word }",
			want: []string{
				"s [-==-]{+!=+} \"a\"", "s == [-\"a\"-]{+\"\"+}", "s [-==-]{+!=+} \"\"", "s == [-\"\"-]{+\"x\"+}", "s [-==-]{+!=+} word", "s == [-word-]{+\"\"+}",
			},
		},
		"values of an enum that are compared": {
			body: "func f(k kind, l level) (bool, kind) { act(l != low); return k == apple, berry }",
			want: []string{
				"[-act(l != low)-]", "l [-!=-]{+==+} low", "l != [-low-]{+high+}", "k [-==-]{+!=+} apple", "k == [-apple-]{+berry+}",
			},
		},
		"cases": {
			body: "func f(k kind) (n int) {\nswitch k {\ncase apple:\nn = len(k)\ncase berry:\nact(k)\nreturn len(k)\n}\nreturn n\n}",
			want: []string{
				"case [-apple-]{+berry+}:" + broken, "[-n = len(k)-]", "case [-berry-]{+apple+}:" + broken, "[-act(k)-]", "[-act(k) return len(k)-]",
			},
		},
		"a case of conditions": {
			body: "func f(a bool) int {\nswitch {\ncase a:\nreturn len(word)\n}\nreturn cap([]int{})\n}",
			want: []string{"[-return len(word)-]"},
		},
		"statements": {
			body: "func f(c chan int, m map[string]int) {\ndefer act()\ngo act()\nact(m)\ndelete(m, word)\nc <- len(m)\n_ = m\nx := len(m)\nact(x)\n}",
			want: []string{"[-defer act()-]", "[-go act()-]", "[-act(m)-]", "[-delete(m, word)-]", "[-c <- len(m)-]", "[-act(x)-]"},
		},
		"jumps": {
			body: "func f(s string, a bool) {\nfor range s {\nif a {\ncontinue\n}\nbreak\n}\n}",
			want: []string{"if [-a-]{+!(a)+} {", "[-continue-]", "[-break-]"},
		},
		"an early return, but not the last": {
			body: "func f() error {\nif err := act(); err != nil {\nreturn err\n}\nreturn act(word)\n}",
			want: []string{"err [-!=-]{+==+} nil", "[-return err-]"},
		},
		"a return that is needed": {
			body: "func f(a bool) int {\nif a {\nreturn len(word)\n} else {\nreturn cap([]int{})\n}\n}",
			want: []string{"if [-a-]{+!(a)+} {", "[-return len(word)-]" + broken, "[-return cap([]int{})-]" + broken},
		},
		"neither logs, nor words, nor texts": {
			imports: "import (\n\"errors\"\n\"fmt\"\n\"log/slog\"\n)",
			body: "var errFull = errors.New(word)\nfunc f(l *slog.Logger, n int) error {\nl.Info(word, \"n\", n+1)\nslog.Warn(word)\nreturn fmt.Errorf(\"%d of them\", n+1)\n}\n" +
				"func (l level) String() string { if l == low { return \"low\" }; return \"high\" }",
		},
	}
	files := map[string]string{}
	folder := func(name string) string { return strings.NewReplacer(" ", "_", ",", "").Replace(name) }
	for name, c := range cases {
		files[folder(name)+"/sample.go"] = "package sample\n" + c.imports + kinds + c.body + "\n"
	}
	dir := writeModule(t, files)
	sources, err := load(t.Context(), dir, []string{"./..."})
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) != len(cases) {
		t.Fatalf("loaded %d packages for %d cases", len(sources), len(cases))
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(sources, func(s *source) bool { return filepath.Base(s.PkgPath) == folder(name) })
			var got []string
			for _, m := range sources[i].mutants() {
				line := m.describe(dir)
				if _, ok := sources[i].settle(m); !ok {
					line += broken
				}
				got = append(got, line)
			}
			if len(got) != len(c.want) {
				t.Fatalf("mutants:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for i, want := range c.want {
				text, isBroken := strings.CutSuffix(want, broken)
				if !strings.Contains(got[i], text) || strings.HasSuffix(got[i], broken) != isBroken {
					t.Errorf("mutant %d is %s, want %s", i, got[i], want)
				}
			}
		})
	}
}

// TestMutantIsAppliedWhereItSays compares a description with the file that is
// tested.
func TestMutantIsAppliedWhereItSays(t *testing.T) {
	content := "package sample\n\nfunc f(a, b bool) bool {\n\treturn a &&\n\t\tb\n}\n"
	m := mutant{file: "/root/sub/sample.go", source: []byte(content), with: "c"}
	m.start = strings.Index(content, "a &&")
	m.end = strings.Index(content, "\n}")
	if got, want := string(m.apply()), "package sample\n\nfunc f(a, b bool) bool {\n\treturn c\n}\n"; got != want {
		t.Errorf("applied: %q, want %q", got, want)
	}
	if got, want := m.describe("/root"), "sub/sample.go:4: return [-a && b-]{+c+}"; got != want {
		t.Errorf("described: %q, want %q", got, want)
	}
	if string(m.source) != content {
		t.Error("the source has changed")
	}
}

func TestDroppedStatementKeepsItsVariables(t *testing.T) {
	dir := writeModule(t, map[string]string{
		"sample.go": "package sample\n\nfunc f(m map[int]int) {\n\tk, v := 1, 2\n\tm[k] = v\n}\n",
	})
	sources, err := load(t.Context(), dir, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	all := sources[0].mutants()
	i := slices.IndexFunc(all, func(m mutant) bool { return m.dropped })
	m, ok := sources[0].settle(all[i])
	if !ok {
		t.Fatalf("%s does not compile", m.describe(dir))
	}
	if got, want := m.describe(dir), "sample.go:5: [-m[k] = v-]{+_, _ = k, v+}"; got != want {
		t.Errorf("settled as %q, want %q", got, want)
	}
}

func TestGeneratedFilesHaveNoMutants(t *testing.T) {
	dir := writeModule(t, map[string]string{
		"made.go":  "// Code generated by a tool. DO NOT EDIT.\n\npackage sample\n\nfunc f(a, b int) bool { return a == b }\n",
		"other.go": "package sample\n\nfunc g(a, b int) bool { return a == b }\n",
	})
	sources, err := load(t.Context(), dir, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range sources[0].mutants() {
		if filepath.Base(m.file) != "other.go" {
			t.Errorf("%s", m.describe(dir))
		}
	}
}

func TestSampleFollowsTheSeed(t *testing.T) {
	all := make([]mutant, 200)
	for i := range all {
		all[i] = mutant{file: fmt.Sprint(i)}
	}
	names := func(seed uint64, n int) (names []string) {
		for _, m := range sample(slices.Clone(all), seed, n) {
			names = append(names, m.file)
		}
		return names
	}
	first := names(1, 20)
	if diff := cmp.Diff(first, names(1, 20)); diff != "" {
		t.Errorf("one seed chose two samples:\n%s", diff)
	}
	if cmp.Equal(first, names(2, 20)) {
		t.Error("two seeds chose one sample")
	}
	if !cmp.Equal(first, names(1, 0)[:20]) || len(names(1, 0)) != len(all) || len(names(1, 1000)) != len(all) {
		t.Error("a sample is not the beginning of all")
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(first)))
	if len(first) != 20 || len(distinct) != 20 {
		t.Errorf("%d mutants, %d of them distinct, want 20", len(first), len(distinct))
	}
}

func TestLoadRefusesWhatDoesNotCompile(t *testing.T) {
	dir := writeModule(t, map[string]string{"sample.go": "package sample\n\nfunc f() int { return nothing }\n"})
	if _, err := load(t.Context(), dir, []string{"."}); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("err = %v", err)
	}
}

func TestLoadStops(t *testing.T) {
	dir := writeModule(t, map[string]string{"sample.go": "package sample\n"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sources, err := load(ctx, dir, []string{"."}); err == nil {
		t.Errorf("loaded %d packages after the end", len(sources))
	}
}
