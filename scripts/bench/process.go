package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Cost is what one process took, or several of them one after the other.
type Cost struct {
	Runs int     `json:"runs"`
	Wall float64 `json:"wall_seconds"`
	CPU  float64 `json:"cpu_seconds"` // user and system
	// Written is what the process wrote to files, in bytes: all that it gave to the kernel
	// to write, without its output and without what it sent. The kernel's own count of what
	// goes to a disk (write_bytes) is of whole folios of the page cache, whose size is
	// chance: one page in one of 64 KiB counts as 64 KiB.
	Written   int64 `json:"written_bytes"`
	Anonymous int64 `json:"anonymous_bytes"` // peak of RssAnon, as seen every few milliseconds
	Resident  int64 `json:"resident_bytes"`  // peak, as the kernel keeps it (VmHWM)
}

// plus adds what came after.
func (c Cost) plus(o Cost) Cost {
	return Cost{
		c.Runs + o.Runs, c.Wall + o.Wall, c.CPU + o.CPU, c.Written + o.Written,
		max(c.Anonymous, o.Anonymous), max(c.Resident, o.Resident),
	}
}

// A process is one under way.
type process struct {
	cmd      *exec.Cmd
	began    time.Time
	out, err bytes.Buffer
	peak     chan Cost // one value, when the process has ended
	done     chan struct{}
}

// ended is what became of a process.
type ended struct {
	Cost
	code     int // -1: it was killed
	out, err string
}

// start starts a program. Its memory is watched until it ends.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, peak: make(chan Cost, 1), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go func() { p.peak <- watch(p.cmd.Process.Pid, p.done) }()
	return p, nil
}

// wait waits for the end. What the process sent is in Cost.Written: only the other side
// knows how much that was.
func (p *process) wait() (ended, error) {
	written, werr := p.written()
	wall := time.Since(p.began)
	err := p.cmd.Wait()
	close(p.done)
	cost := <-p.peak
	state := p.cmd.ProcessState
	if werr != nil || state == nil {
		return ended{}, fmt.Errorf("wait for %s: %w", p.cmd.Path, errors.Join(werr, err))
	}
	cost.Runs, cost.Wall, cost.Written = 1, wall.Seconds(), written-int64(p.out.Len()+p.err.Len())
	cost.CPU = (state.UserTime() + state.SystemTime()).Seconds()
	return ended{cost, state.ExitCode(), p.out.String(), p.err.String()}, nil
}

// written waits for the end, and returns all that the process gave to the kernel to
// write. The kernel forgets it when the process is waited for.
func (p *process) written() (int64, error) {
	pid := p.cmd.Process.Pid
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return 0, fmt.Errorf("wait for the end: %w", err)
		}
	}
	counts, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, fmt.Errorf("ask the kernel what was written: %w", err)
	}
	return figure(counts, "wchar:")
}

// every is how often memory is looked at.
const every = 5 * time.Millisecond

// watch returns the highest memory that was seen of a process, until done.
func watch(pid int, done <-chan struct{}) Cost {
	var peak Cost
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err == nil { // else it has ended
			peak.Anonymous = max(peak.Anonymous, kilobytes(status, "RssAnon:"))
			peak.Resident = max(peak.Resident, kilobytes(status, "VmHWM:"))
		}
		select {
		case <-done:
			return peak
		case <-look.C:
		}
	}
}

// kilobytes returns the figure behind a word of a file of the kernel, in bytes; 0 where
// there is none.
func kilobytes(text []byte, word string) int64 {
	n, err := figure(text, word)
	if err != nil {
		return 0
	}
	return n << 10
}

// figure returns the figure behind a word of a file of the kernel.
func figure(text []byte, word string) (int64, error) {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, word); ok {
			return strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		}
	}
	return 0, fmt.Errorf("the kernel does not show %s", word)
}
