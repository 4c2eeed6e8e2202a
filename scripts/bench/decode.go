package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"writersync/connectors"
	"writersync/connectors/file"
	"writersync/scripts/bench/company"
)

// decodeVerb is the first argument that makes this program decode an export; the second
// is the folder.
const decodeVerb = "decode"

// decodings is how often decoding is measured; the least counts.
const decodings = 3

// leastDecoding is how many seconds decoding takes at least where a run is compared with it:
// of a short run, most is the start of the program.
const leastDecoding = 0.02

// decode reads an export as the program's source does, in a process that does nothing
// else, and returns the seconds of processor time that took. It is what no run over it
// can do without.
func decode(ctx context.Context, dir string) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	out, err := exec.CommandContext(ctx, self, decodeVerb, dir).Output()
	if err != nil {
		return 0, fmt.Errorf("decode the export: %w", err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return 0, fmt.Errorf("decode the export: %w", err)
	}
	return seconds, nil
}

// decodeHere is the program that decode starts: it drops what it reads, and prints what
// that took.
func decodeHere(ctx context.Context, dir string, out io.Writer) error {
	least := time.Duration(math.MaxInt64)
	for range decodings {
		runtime.GC() // what the last one left behind is not measured
		before, err := processorTime()
		if err == nil {
			err = readExport(ctx, dir)
		}
		if err != nil {
			return err
		}
		after, err := processorTime()
		if err != nil {
			return err
		}
		least = min(least, after-before)
	}
	fmt.Fprintln(out, least.Seconds())
	return nil
}

func readExport(ctx context.Context, dir string) error {
	cfg := file.NewConfig()
	cfg.People, cfg.Groups = filepath.Join(dir, company.UsersFile), filepath.Join(dir, company.GroupsFile)
	source, err := cfg.Open(connectors.Env{Name: "corp", Observe: unobserved{}})
	if err != nil {
		return err
	}
	_, err = source.Read(ctx, connectors.NewReading("corp", discard{}))
	return err
}

// processorTime is what this process took so far.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("measure processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// discard is a sink that keeps nothing.
type discard struct{}

func (discard) User(connectors.User) error   { return nil }
func (discard) Group(connectors.Group) error { return nil }

// unobserved is an observer of requests that are of no interest.
type unobserved struct{}

func (unobserved) Request(string, string, time.Duration) {}
