//go:build e2e

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// update is how often to measure anew what is stored: the highest of what varies is kept.
var update = flag.Int("update", 0, "store the figures of so many measurements")

// TestFigures builds the program, takes it through its phases, and holds each of them
// against what is stored. After a change that is meant to cost another amount, and on
// a machine that does nothing else, `make bench-update` stores them.
func TestFigures(t *testing.T) {
	program := buildProgram(t)
	sizes := map[int][]string{
		1000:    nil, // all phases
		10_000:  {phasePlan, phasePush, phaseIdle, phaseChurn},
		100_000: {phaseLarge},
	}
	if *update > 0 {
		store(t, program, sizes)
		return
	}
	t.Run("command", func(t *testing.T) { command(t, program) })
	want := readStored(t)
	hold := func(t *testing.T, users int) {
		t.Helper()
		got := measured(t, program, users, sizes[users])
		for _, fault := range want[fmt.Sprint(users)].faults(got) {
			t.Error(fault)
		}
		var table strings.Builder
		if err := got.write(&table); err != nil {
			t.Error(err)
		}
		t.Logf("idle by decoding: %.1f\n%s\n%s%s", ratio(got), got.title(), table.String(), strings.Join(got.ratios(), "\n"))
	}
	const long = 100_000 // not beside the others, whose processor time is compared
	t.Run("sizes", func(t *testing.T) {
		for users := range sizes {
			if users == long {
				continue
			}
			t.Run(fmt.Sprint(users), func(t *testing.T) {
				t.Parallel()
				hold(t, users)
			})
		}
	})
	t.Run(fmt.Sprint(long), func(t *testing.T) { hold(t, long) })
}

// command runs the bench as `make bench` does, with one phase of a small company.
func command(t *testing.T, program string) {
	t.Helper()
	var out, progress bytes.Buffer
	args := []string{"-program", program, "-sizes", "100 50", "-phases", phasePlan, "-o", "json"}
	if err := run(t.Context(), args, stdio{&out, &progress}); err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Sizes) != 2 || r.Sizes[0].Users != 100 || r.Sizes[1].Users != 50 || len(r.Sizes[0].Phases) != 2 || r.Sizes[0].Memberships < 300 {
		t.Errorf("measured %+v", r.Sizes)
	}
	if m := r.Machine; m.CPU == "" || m.Cores < 1 || m.Memory < 1<<28 || !strings.Contains(m.System, "kernel") {
		t.Errorf("the machine is %+v", m)
	}
	if len(r.Program.Commit) < 7 || !strings.HasPrefix(r.Program.Go, "go1.") {
		t.Errorf("the program is %+v", r.Program)
	}
	if !strings.Contains(progress.String(), "100 users: first plan took") {
		t.Errorf("progress: %s", progress.String())
	}
}

// buildProgram builds the program as `make build` does.
func buildProgram(t *testing.T) string {
	t.Helper()
	openSources(t)
	path := filepath.Join(t.TempDir(), "writersync")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/writersync")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return path
}

// root is the folder of the module.
const root = "../.."

// openSources opens what the program is made of: go test takes the result of an earlier
// call unless a file has changed that the test itself opened, and it does not see what
// the compiler opens.
func openSources(t *testing.T) {
	t.Helper()
	opened := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != filepath.Base(root) {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".mod" && ext != ".sum" {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		opened++
		return f.Close()
	})
	if err != nil || opened < 100 {
		t.Fatalf("%d files of sources were found: %v", opened, err)
	}
}

func measured(t *testing.T, program string, users int, phases []string) Result {
	t.Helper()
	// The program uses two cores everywhere: how much garbage stays depends on it.
	b := &bench{program: program, seed: 1, phases: phases, cores: 2, log: log{t, &sync.Mutex{}}}
	r, err := b.measureSize(t.Context(), users)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// store measures a few times, one size after the other, and writes what is stored.
func store(t *testing.T, program string, sizes map[int][]string) {
	t.Helper()
	out := map[string]storedSize{}
	for range *update {
		for users, phases := range sizes {
			size := fmt.Sprint(users)
			out[size] = storedOf(measured(t, program, users, phases)).highest(out[size])
		}
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(storedPath(), append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// log writes progress into the log of a test.
type log struct {
	t  *testing.T
	mu *sync.Mutex
}

func (l log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}
