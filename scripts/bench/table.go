package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// writeTables prints a report for a terminal.
func writeTables(out io.Writer, r Report) error {
	fmt.Fprintf(out, "%s, %d cores, %s of memory; %s\n", r.Machine.CPU, r.Machine.Cores, bytesText(r.Machine.Memory), r.Machine.System)
	fmt.Fprintf(out, "commit %s, %s\n", r.Program.Commit, r.Program.Go)
	for _, s := range r.Sizes {
		fmt.Fprintf(out, "\n%s; reading the export alone takes %s of CPU\n", s.title(), secondsText(s.Decoding))
		if err := s.write(out); err != nil {
			return err
		}
		for _, line := range s.ratios() {
			fmt.Fprintln(out, line)
		}
	}
	return nil
}

func (r Result) title() string {
	return fmt.Sprintf("%d users, %d groups, %d memberships", r.Users, r.Groups, r.Memberships)
}

// columns are the heads of a table; requests have their lower bounds in brackets.
func columns() []string {
	return []string{"phase", "reads", "creates", "updates", "deactivations", "team edits", "429", "written", "commits", "wall", "CPU", "anonymous", "resident", "state", "live"}
}

// cells are the figures of a phase, by column.
func (f Figure) cells() []string {
	return []string{
		f.Phase, bounded(f.Requests.Reads, f.Least.Reads), bounded(f.Requests.Creates, f.Least.Creates), bounded(f.Requests.Updates, f.Least.Updates),
		bounded(f.Requests.Deactivations, f.Least.Deactivations), bounded(f.Requests.Edits, f.Least.Edits), countText(f.Refused),
		bytesText(f.Written), commitsText(f.Commits), secondsText(f.Wall), secondsText(f.CPU), bytesText(f.Anonymous), bytesText(f.Resident),
		bytesText(f.State), bytesText(f.Live),
	}
}

func (r Result) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row(w, columns())
	for _, f := range r.Phases {
		row(w, f.cells())
	}
	return w.Flush()
}

func row(w io.Writer, cells []string) {
	for _, c := range cells {
		fmt.Fprintf(w, "%s\t", c)
	}
	fmt.Fprintln(w)
}

// ratios are what figures of one measurement say together.
func (r Result) ratios() []string {
	var out []string
	idle, has := r.phase(phaseIdle)
	if has && r.Decoding > leastDecoding {
		out = append(out, fmt.Sprintf("An idle run takes %.1f times the CPU of reading the export alone.", idle.CPU/r.Decoding))
	}
	if hold, ok := r.phase(phaseHold); ok && has {
		out = append(out, fmt.Sprintf("While a hold waits, an idle run takes %.1f times the CPU and %.1f times the memory, and writes %s in place of %s.",
			hold.CPU/idle.CPU, float64(hold.Anonymous)/float64(idle.Anonymous), bytesText(hold.Written), bytesText(idle.Written)))
	}
	return out
}

// bounded is a number of requests with its lower bound.
func bounded(n, bound int) string {
	if n == 0 && bound == 0 {
		return "-"
	}
	return fmt.Sprintf("%d (%d)", n, bound)
}

func countText(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

func commitsText(n int) string {
	if n < 0 {
		return "?"
	}
	return fmt.Sprint(n)
}

func bytesText(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n > 0:
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	}
	return "0"
}

func secondsText(s float64) string {
	switch {
	case s >= 100:
		return fmt.Sprintf("%.0f s", s)
	case s >= 10:
		return fmt.Sprintf("%.1f s", s)
	}
	return fmt.Sprintf("%.2f s", s)
}
