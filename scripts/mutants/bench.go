package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A verdict is what became of a mutant.
type verdict int

const (
	survived verdict = iota
	caught           // a test failed, or took far too long
	broken           // it does not compile
)

func (v verdict) String() string {
	return [...]string{"survived", "caught", "did not compile"}[v]
}

// heldElsewhere names the packages whose tests hold the behaviour of another, by
// the path of that package in the module.
func heldElsewhere(name string) []string {
	switch name {
	case "syncer/plan", "syncer/guard", "syncer/apply":
		return []string{"./syncer"}
	case "syncer/writer/sandbox":
		return []string{"./syncer/writer"}
	case "state/statetest":
		return []string{"./state"}
	}
	return nil
}

// A bench tests the mutants of one package.
type bench struct {
	source  *source
	root    string        // where the go command runs
	scratch string        // where changed files are written
	timeout time.Duration // of each suite, at least: the machine may be busy
	suites  []suite
}

// A suite is the tests of one package.
type suite struct {
	name    string
	args    []string // of its tests
	timeout time.Duration
}

// timeoutFactor is how many times as long the tests of a mutant may take as those
// without one.
const timeoutFactor = 3

// prepare runs the tests of the package without a mutant, which must pass, and
// measures them. Those of the package itself come first, since they are quick; with
// own they are all.
func (b *bench) prepare(ctx context.Context, own bool) error {
	names := []string{b.source.PkgPath}
	if m := b.source.Module; m != nil && !own {
		names = append(names, heldElsewhere(strings.TrimPrefix(b.source.PkgPath, m.Path+"/"))...)
	}
	for _, name := range names {
		args, err := b.testArgs(ctx, name)
		if err != nil {
			return err
		}
		out, err := b.test(ctx, suite{name: name, args: args, timeout: time.Hour})
		if err != nil {
			return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", name, err, out.text)
		}
		b.suites = append(b.suites, suite{name: name, args: args, timeout: max(timeoutFactor*out.elapsed, b.timeout)})
	}
	return nil
}

// testArgs returns what the tests of a package are given. Those that use rapid
// write no files, and do not make the example smaller that showed a fault.
func (b *bench) testArgs(ctx context.Context, name string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-test", name)
	cmd.Dir = b.root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", name, err)
	}
	if slices.Contains(strings.Fields(string(out)), "pgregory.net/rapid") {
		return []string{"-rapid.nofailfile", "-rapid.shrinktime=1ns"}, nil
	}
	return nil, nil
}

// try returns the verdict on one mutant.
func (b *bench) try(ctx context.Context, m mutant) (verdict, error) {
	m, ok := b.source.settle(m)
	if !ok {
		return broken, nil
	}
	overlay, err := b.write(m)
	if err != nil {
		return broken, err
	}
	for _, s := range b.suites {
		out, err := b.test(ctx, s, "-overlay="+overlay)
		if failed := (*exec.ExitError)(nil); err != nil && (ctx.Err() != nil || !errors.As(err, &failed)) {
			return broken, errors.Join(ctx.Err(), err)
		}
		switch {
		case err != nil && out.broken:
			return broken, nil
		case err != nil:
			return caught, nil
		}
	}
	return survived, nil
}

// write writes the changed file and an overlay that has it in place of the file,
// in a folder of their own, and returns the path of the overlay.
func (b *bench) write(m mutant) (string, error) {
	dir, err := os.MkdirTemp(b.scratch, "mutant")
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
	content, err := json.Marshal(map[string]map[string]string{"Replace": {m.file: changed}})
	if err != nil {
		return "", err
	}
	return overlay, errors.Join(os.WriteFile(changed, m.apply(), 0o600), os.WriteFile(overlay, content, 0o600))
}

// An outcome is what the go command said of the tests of one package.
type outcome struct {
	elapsed time.Duration // of the tests alone, without compiling
	broken  bool          // they do not compile
	text    string        // what they printed
}

// test runs a suite until its first failure. The error is the exit code's.
func (b *bench) test(ctx context.Context, s suite, flags ...string) (outcome, error) {
	args := slices.Concat([]string{"test", "-json", "-count=1", "-failfast", "-vet=off", "-timeout=" + s.timeout.String()}, flags, []string{s.name}, s.args)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.root
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	out := outcome{text: stderr.String()}
	for dec := json.NewDecoder(&stdout); ; {
		var event struct {
			Action, Test, Output string
			Elapsed              float64
		}
		if err := dec.Decode(&event); errors.Is(err, io.EOF) {
			return out, runErr
		} else if err != nil {
			return out, errors.Join(runErr, fmt.Errorf("go test -json: %w", err))
		}
		out.text += event.Output
		switch {
		case event.Action == "build-fail":
			out.broken = true
		case event.Action == "pass" && event.Test == "":
			out.elapsed = time.Duration(event.Elapsed * float64(time.Second))
		}
	}
}
