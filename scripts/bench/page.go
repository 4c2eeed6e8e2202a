package main

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var pageText string

// writePage writes docs/benchmarks.md.
func writePage(path string, r Report) error {
	page, err := template.New("page").Funcs(template.FuncMap{"table": markdown, "bytes": bytesText, "number": numberText, "ratios": Result.ratios}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	var out strings.Builder
	err = page.Execute(&out, struct {
		Report
		Expected []expected

		Limit, Users int // of storms
	}{r, expectations(r.Sizes), stormLimit, stormUsers})
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a page for everybody
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// markdown is the table of one size.
func markdown(r Result) string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(columns())
	fmt.Fprintf(&b, "|---|%s\n", strings.Repeat("---:|", len(columns())-1))
	for _, f := range r.Phases {
		line(f.cells())
	}
	return b.String()
}

// expected is what a reader can expect of one size.
type expected struct {
	Users     int
	Low, High int // extrapolated from these sizes
	Idle      Cost
	Changes   int // of a first push
	Reads     int
	Fastest   string // at the highest pace there is by default
	Push      Cost
	Day       int // changes of one
	State     int64
	Measured  bool
}

// The sizes that the page speaks of.
func spokenOf() []int { return []int{100, 1000, 10_000, 100_000, 1_000_000} }

// expectations says what to expect at each size: what was measured, or what follows
// from the two nearest sizes that were, in a straight line.
func expectations(measured []Result) []expected {
	var points []expected
	for _, r := range measured {
		idle, ok1 := r.phase(phaseIdle)
		push, ok2 := r.phase(phasePush)
		churn, ok3 := r.phase(phaseChurn)
		if !ok1 || !ok2 || !ok3 {
			continue
		}
		points = append(points, expected{
			Users: r.Users, Idle: idle.Cost, Push: push.Cost, Changes: push.Requests.all() - push.Requests.Reads, Reads: push.Requests.Reads,
			Day: churn.Requests.all() - churn.Requests.Reads, State: push.State, Measured: true,
		})
	}
	slices.SortFunc(points, func(a, b expected) int { return a.Users - b.Users })
	var out []expected
	for _, users := range spokenOf() {
		i := slices.IndexFunc(points, func(p expected) bool { return p.Users == users })
		switch {
		case i >= 0:
			out = append(out, points[i])
		case len(points) >= 2:
			out = append(out, extrapolate(points, users))
		}
	}
	for i := range out {
		out[i].Fastest = fastest(out[i].Changes + out[i].Reads)
	}
	return out
}

// extrapolate draws a straight line through the two sizes that are next to another one.
func extrapolate(points []expected, users int) expected {
	at := slices.IndexFunc(points, func(p expected) bool { return p.Users > users })
	switch {
	case at < 0:
		at = len(points) - 1
	case at == 0:
		at = 1
	}
	a, b := points[at-1], points[at]
	line := func(y0, y1 float64) float64 {
		return max(0, y0+(y1-y0)*float64(users-a.Users)/float64(b.Users-a.Users))
	}
	whole := func(y0, y1 int) int { return int(line(float64(y0), float64(y1))) }
	wide := func(y0, y1 int64) int64 { return int64(line(float64(y0), float64(y1))) }
	cost := func(c0, c1 Cost) Cost {
		return Cost{
			Wall: line(c0.Wall, c1.Wall), CPU: line(c0.CPU, c1.CPU), Written: wide(c0.Written, c1.Written),
			Anonymous: wide(c0.Anonymous, c1.Anonymous), Resident: wide(c0.Resident, c1.Resident),
		}
	}
	return expected{
		Users: users, Low: a.Users, High: b.Users, Idle: cost(a.Idle, b.Idle), Push: cost(a.Push, b.Push), Changes: whole(a.Changes, b.Changes), Reads: whole(a.Reads, b.Reads),
		Day: whole(a.Day, b.Day), State: wide(a.State, b.State),
	}
}

// defaultPace is the highest pace that the program takes by default, in requests a minute.
const defaultPace = 1200

// fastest is how long so many requests take at the default pace.
func fastest(requests int) string {
	switch minutes := float64(requests) / defaultPace; {
	case minutes < 1.5:
		return "about a minute"
	case minutes < 90:
		return fmt.Sprintf("about %.0f minutes", minutes)
	default:
		return fmt.Sprintf("about %.1f hours", minutes/60)
	}
}

// numberText groups the digits of a number.
func numberText(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// CPUText is the processor time.
func (c Cost) CPUText() string { return secondsText(c.CPU) }

// WallText is the time on the wall.
func (c Cost) WallText() string { return secondsText(c.Wall) }
