package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "writersync/"

// layers says which package of the project may import which. A pattern that ends
// in /* stands for every connector. Tests, packages whose names end in "test",
// and the sandbox are not bound by it.
var layers = map[string][]string{
	"connectors":           {},
	"connectors/transport": {"connectors"},
	"connectors/*":         {"connectors", "connectors/transport"},
	"connectors/ad":        {"connectors", "connectors/transport", "connectors/ldap"},
	"connectors/ldap":      {"connectors", "connectors/transport"}, // by name, because ad may import it
	"connectors/all":       {"connectors", "connectors/*", "connectors/ad", "connectors/ldap"},
	"config":               {"connectors", "config/expr"},
	"config/expr":          {"connectors"},
	"config/expect":        {"config", "connectors", "syncer/plan"},
	"syncer/store":         {"connectors"},
	"syncer/plan":          {"connectors", "syncer/store"},
	"syncer/guard":         {"connectors", "syncer/plan"},
	"syncer/match":         {"connectors", "syncer/plan"},
	"syncer/apply":         {"connectors", "syncer/plan"},
	"syncer/writer":        {"connectors", "connectors/transport", "syncer/plan", "syncer/apply"},
	"syncer":               {"connectors", "syncer/store", "syncer/plan", "syncer/guard", "syncer/match", "syncer/apply"},
	"syncer/trigger":       {"connectors", "syncer", "syncer/apply"},
	"state":                {"connectors", "syncer/store", "syncer/plan", "syncer/apply", "syncer"},
	"dashboards":           {},
	"dashboards/console":   {"connectors", "syncer", "syncer/plan", "syncer/store"},
	"scripts/mutants":      {},
	// What measures the program knows it from outside, but for how a source is read and
	// how large a state is.
	"scripts/bench":         {"connectors", "connectors/*", "state", "scripts/bench/company", "scripts/bench/target"},
	"scripts/bench/company": {},
	"scripts/bench/target":  {},
}

// pureLayers are values alone: they may not import any of impure, nor anything below
// it.
var pureLayers = []string{"syncer/store", "syncer/plan", "syncer/guard", "syncer/match"}

var impure = []string{"context", "log", "net", "os", "math/rand", "crypto/rand", "io/fs", "github.com/prometheus"}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLayers holds every import of the project against the dependency rule.
func TestLayers(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < len(layers) {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	for _, fault := range layerFaults(packages) {
		t.Error(fault)
	}
}

// TestLayersCanFail shows the rule broken in each way that it forbids.
func TestLayersCanFail(t *testing.T) {
	broken := []listed{
		{module + "syncer/plan", []string{module + "state"}},
		{module + "syncer/plan", []string{"context"}},
		{module + "syncer/store", []string{module + "syncer/plan"}},
		{module + "syncer", []string{module + "syncer/writer"}},
		{module + "connectors/ldap", []string{module + "connectors/file"}},
		{module + "connectors/ldap", []string{module + "connectors/ad"}},
		{module + "connectors/okta", []string{module + "connectors/ldap"}},
		{module + "state", []string{module + "config"}},
		{module + "nowhere", nil},
	}
	for _, p := range broken {
		if len(layerFaults([]listed{p})) == 0 {
			t.Errorf("%s importing %v passes", p.ImportPath, p.Imports)
		}
	}
}

func layerFaults(packages []listed) []string {
	var faults []string
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "scripts/") || strings.HasSuffix(name, "test") || name == "syncer/writer/sandbox" {
			continue
		}
		layer := layerOf(name)
		allowed, ok := layers[layer]
		if !ok {
			faults = append(faults, fmt.Sprintf("%s has no place in the dependency rule", name))
			continue
		}
		for _, imported := range p.Imports {
			own, isOwn := strings.CutPrefix(imported, module)
			switch {
			case isOwn && !slices.Contains(allowed, layerOf(own)):
				faults = append(faults, fmt.Sprintf("%s imports %s", name, own))
			case !isOwn && slices.Contains(pureLayers, layer) && isImpure(imported):
				faults = append(faults, fmt.Sprintf("%s is pure and imports %s", name, imported))
			}
		}
	}
	return faults
}

// layerOf returns the key of layers for a package.
func layerOf(name string) string {
	if _, exact := layers[name]; exact {
		return name
	}
	if strings.HasPrefix(name, "connectors/") {
		return "connectors/*"
	}
	return name
}

func isImpure(imported string) bool {
	return slices.ContainsFunc(impure, func(bad string) bool { return imported == bad || strings.HasPrefix(imported, bad+"/") })
}

// The budgets of the house, in lines.
const (
	maxFile     = 500
	maxFunction = 60
	maxMain     = 25
	maxVerbs    = 5
)

// TestBudgets holds the length of files and functions, and the width of
// interfaces, in code that is not a test.
func TestBudgets(t *testing.T) {
	files := 0
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files++
			checkFile(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 40 {
		t.Errorf("only %d files were measured", files)
	}
}

func checkFile(t *testing.T, path string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	limit := maxFile
	if filepath.Base(path) == "main.go" {
		limit = maxMain
	}
	if lines := bytes.Count(source, []byte("\n")); lines > limit {
		t.Errorf("%s has %d lines, more than %d", path, lines, limit)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1; lines > maxFunction {
				t.Errorf("%s: %s has %d lines, more than %d", path, n.Name.Name, lines, maxFunction)
			}
		case *ast.InterfaceType:
			if verbs := countMethods(n); verbs > maxVerbs {
				t.Errorf("%s: an interface at line %d has %d verbs, more than %d", path, set.Position(n.Pos()).Line, verbs, maxVerbs)
			}
		}
		return true
	})
}

func countMethods(i *ast.InterfaceType) int {
	n := 0
	for _, m := range i.Methods.List {
		n += len(m.Names)
	}
	return n
}
