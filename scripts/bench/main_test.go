package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/scripts/bench/far"
)

// spendVerb makes the test binary a process whose cost is known.
const spendVerb = "spend"

// What that process takes.
const (
	spentWritten = 3 << 20
	spentMemory  = 96 << 20
	spentCPU     = 80 * time.Millisecond
	spentOutput  = 200_000 // bytes
	spentCode    = 3
)

// TestMain makes the test binary the processes that the bench starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{far.Verb, decodeVerb}, os.Args[1]) {
		main()
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == spendVerb {
		spend(os.Args[2])
	}
	os.Exit(m.Run())
}

// spend writes a file, takes memory and time, prints something, and ends.
func spend(file string) {
	memory := bytes.Repeat([]byte{1}, spentMemory)
	if err := os.WriteFile(file, memory[:spentWritten], 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	before, err := processorTime() // the memory is looked at while the time passes
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for n := byte(0); ; n++ {
		if took, err := processorTime(); err != nil || took-before > spentCPU {
			break
		}
		for i := range memory[:1<<20] {
			memory[i] += n
		}
	}
	fmt.Print(strings.Repeat("x", spentOutput))
	os.Exit(spentCode)
}

// TestCost measures a process whose cost is known.
func TestCost(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := start(exec.CommandContext(t.Context(), self, spendVerb, t.TempDir()+"/file"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := p.wait()
	if err != nil {
		t.Fatal(err)
	}
	if e.code != spentCode || len(e.out) != spentOutput {
		t.Errorf("code %d and %d bytes of output: %s", e.code, len(e.out), e.err)
	}
	if e.Written < spentWritten || e.Written > spentWritten+4096 {
		t.Errorf("%d bytes were written, want %d", e.Written, spentWritten)
	}
	// The kernel counts pages in batches of each core: what /proc says may lack some. The race
	// detector takes a multiple of it.
	if e.Anonymous < spentMemory-1<<20 || e.Anonymous > 8*spentMemory || e.Resident < e.Anonymous {
		t.Errorf("%d bytes of memory, %d resident; want %d", e.Anonymous, e.Resident, spentMemory)
	}
	// The runtime of Go may spend more, where others compute; not more than there is.
	if most := (e.Wall + 0.1) * float64(runtime.NumCPU()); e.CPU < spentCPU.Seconds() || e.CPU > most {
		t.Errorf("%.3f s of CPU in %.3f s", e.CPU, e.Wall)
	}
	if e.Runs != 1 {
		t.Errorf("%d runs", e.Runs)
	}
	sum := e.plus(Cost{Runs: 2, Wall: 1, CPU: 2, Written: 3, Anonymous: 1, Resident: 1 << 40})
	if sum.Runs != 3 || sum.Wall != e.Wall+1 || sum.CPU != e.CPU+2 || sum.Written != e.Written+3 || sum.Anonymous != e.Anonymous || sum.Resident != 1<<40 {
		t.Errorf("the sum is %+v", sum)
	}
}
