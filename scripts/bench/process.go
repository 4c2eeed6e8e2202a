package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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
	User float64 `json:"user_seconds"`
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
		c.Runs + o.Runs, c.Wall + o.Wall, c.CPU + o.CPU, c.User + o.User, c.Written + o.Written,
		max(c.Anonymous, o.Anonymous), max(c.Resident, o.Resident),
	}
}

// A process is one under way.
type process struct {
	cmd      *exec.Cmd
	began    time.Time
	out, err bytes.Buffer
	watch    *watch
}

// ended is what became of a process.
type ended struct {
	Cost
	code     int // -1: it was killed
	out, err string
}

// start starts a program. Its memory is watched until it ends.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	p.watch = watchOf(p.cmd.Process.Pid)
	return p, nil
}

// wait waits for the end. What the process sent is in Cost.Written: only the other side
// knows how much that was.
func (p *process) wait() (ended, error) {
	written, werr := p.written()
	wall := time.Since(p.began)
	err := p.cmd.Wait()
	cost := p.watch.end()
	state := p.cmd.ProcessState
	if werr != nil || state == nil {
		return ended{}, fmt.Errorf("wait for %s: %w", p.cmd.Path, errors.Join(werr, err))
	}
	cost.Runs, cost.Wall, cost.Written = 1, wall.Seconds(), written-int64(p.out.Len()+p.err.Len())
	cost.CPU, cost.User = processor(p.cmd)
	return ended{cost, state.ExitCode(), p.out.String(), p.err.String()}, nil
}

// quiet is for how long a process does nothing until it counts as still.
const quiet = 200 * time.Millisecond

// still waits until the process does nothing any more: it writes nothing, and each of its
// threads sleeps. A thread that waits for a disk or a processor does not.
func (p *process) still(ctx context.Context) error {
	look := time.NewTicker(every)
	defer look.Stop()
	for last, since := int64(-1), time.Now(); ; {
		now, asleep, err := p.look()
		switch {
		case err != nil:
			return err
		case now != last || !asleep:
			last, since = now, time.Now()
		case time.Since(since) > quiet:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// look returns what the process gave to the kernel to write, in bytes, and whether all its
// threads sleep.
func (p *process) look() (written int64, asleep bool, err error) {
	dir := fmt.Sprintf("/proc/%d", p.cmd.Process.Pid)
	counts, err := os.ReadFile(filepath.Join(dir, "io"))
	if err != nil {
		return 0, false, fmt.Errorf("ask the kernel what was written: %w", err)
	}
	if written, err = figure(counts, "wchar:"); err != nil {
		return 0, false, err
	}
	threads, err := os.ReadDir(filepath.Join(dir, "task"))
	if err != nil {
		return 0, false, fmt.Errorf("ask the kernel for threads: %w", err)
	}
	for _, t := range threads {
		status, err := os.ReadFile(filepath.Join(dir, "task", t.Name(), "status"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the thread has ended
		}
		if err != nil || !bytes.Contains(status, []byte("\nState:\tS")) {
			return written, false, err
		}
	}
	return written, true, nil
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

// A watch looks at the memory of a process until its end.
type watch struct {
	done chan struct{}
	peak chan Cost // one value, when it is over
}

func watchOf(pid int) *watch {
	w := &watch{done: make(chan struct{}), peak: make(chan Cost, 1)}
	go func() { w.peak <- w.look(pid) }()
	return w
}

// end returns the highest memory that was seen.
func (w *watch) end() Cost {
	close(w.done)
	return <-w.peak
}

func (w *watch) look(pid int) Cost {
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
		case <-w.done:
			return peak
		case <-look.C:
		}
	}
}

// processor is the time on processors, in seconds, of a process that has ended: all of it,
// and what of it was not in the kernel.
func processor(cmd *exec.Cmd) (all, user float64) {
	if cmd.ProcessState == nil {
		return 0, 0
	}
	user = cmd.ProcessState.UserTime().Seconds()
	return user + cmd.ProcessState.SystemTime().Seconds(), user
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
