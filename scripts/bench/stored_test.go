package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// storedPath is where the figures are that measurements are held against.
func storedPath() string { return filepath.Join("testdata", "figures.json") }

// stored is what is kept of one phase.
type stored struct {
	Requests  Requests `json:"requests"`
	Refused   int      `json:"refused"`
	Commits   int      `json:"commits"`
	Written   int64    `json:"written_bytes"`
	Anonymous int64    `json:"anonymous_bytes"`
}

// storedSize is what is kept of one size.
type storedSize struct {
	IdleRatio float64           `json:"idle_cpu_by_decoding_cpu"`
	Phases    map[string]stored `json:"phases"`
}

func storedOf(r Result) storedSize {
	out := storedSize{Phases: map[string]stored{}}
	if r.Decoding > leastDecoding {
		out.IdleRatio = ratio(r)
	}
	for _, f := range r.Phases {
		out.Phases[f.Phase] = stored{f.Requests, f.Refused, f.Commits, f.Written, f.Anonymous}
	}
	return out
}

// ratio is how much more an idle run takes than reading the export. Time in the kernel is
// left out of the run: what a page of memory costs a new process is the machine's, and differs
// by a factor of ten.
func ratio(r Result) float64 {
	idle, _ := r.phase(phaseIdle)
	return idle.User / r.Decoding
}

// highest keeps the higher of two figures of what varies.
func (s storedSize) highest(o storedSize) storedSize {
	if o.Phases == nil {
		return s
	}
	out := storedSize{IdleRatio: max(s.IdleRatio, o.IdleRatio), Phases: map[string]stored{}}
	for name, a := range s.Phases {
		b := o.Phases[name]
		a.Written, a.Anonymous, a.Refused = max(a.Written, b.Written), max(a.Anonymous, b.Anonymous), max(a.Refused, b.Refused)
		out.Phases[name] = a
	}
	return out
}

// The bounds, as factors of what is stored.
const (
	slack      = 1.2 // of bytes and memory
	slackRatio = 3.0 // of the ratio of processor times, where others compute on the same machine
	slackStorm = 1.5 // of requests in a storm, where the clock decides what is refused
)

// faults holds a measurement against what is stored, and returns what is wrong with it.
func (s storedSize) faults(r Result) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	seen := map[string]bool{}
	for _, f := range r.Phases {
		want, known := s.Phases[f.Phase]
		if seen[f.Phase] = true; !known {
			fault("%s: nothing is stored", f.Phase)
			continue
		}
		out = append(out, want.faults(f)...)
	}
	for name := range s.Phases {
		if !seen[name] {
			fault("%s: was not measured", name)
		}
	}
	if got := ratio(r); s.IdleRatio > 0 && got > slackRatio*s.IdleRatio {
		fault("an idle run takes %.1f times what reading the export takes, outside the kernel; %.1f times are stored", got, s.IdleRatio)
	}
	return out
}

func (s stored) faults(f Figure) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, f.Phase+": "+fmt.Sprintf(format, args...)) }
	storm := strings.HasPrefix(f.Phase, phaseStorm)
	switch {
	case !storm && f.Requests != s.Requests:
		fault("requests are %+v, want %+v", f.Requests, s.Requests)
	case storm && f.Requests.Creates != s.Requests.Creates:
		fault("%d creates, want %d", f.Requests.Creates, s.Requests.Creates)
	case storm && float64(f.Requests.all()) > slackStorm*float64(s.Requests.all()):
		fault("requests are %+v, which are far more than %+v", f.Requests, s.Requests)
	}
	// Every request under way at the time may be refused, at each refusal.
	if f.Refused > s.Refused+2*concurrency {
		fault("%d requests were refused, %d are stored", f.Refused, s.Refused)
	}
	if storm && f.Refused == 0 {
		fault("nothing was refused: it was no storm")
	}
	if !storm && f.Refused > 0 {
		fault("%d requests were refused where nothing throttles", f.Refused)
	}
	// Requests that are answered together are recorded together, as chance has it. Where
	// there are no requests that write, commits are counted.
	if writes := s.Requests.all() - s.Requests.Reads; writes == 0 && f.Commits != s.Commits {
		fault("%d commits, want %d", f.Commits, s.Commits)
	}
	if float64(f.Written) > slack*float64(s.Written) {
		fault("%d bytes written, %d are stored", f.Written, s.Written)
	}
	if float64(f.Anonymous) > slack*float64(s.Anonymous) {
		fault("%d bytes of memory, %d are stored", f.Anonymous, s.Anonymous)
	}
	return out
}

func readStored(t *testing.T) map[string]storedSize {
	t.Helper()
	data, err := os.ReadFile(storedPath())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]storedSize{}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFaults holds that every figure that is worse than what is stored is found, and
// none that is not.
func TestFaults(t *testing.T) {
	measured := func() Result {
		return Result{Users: 1000, Decoding: 0.1, Phases: []Figure{
			{Phase: phasePush, Requests: Requests{Reads: 53, Creates: 1000, Edits: 66}, Commits: 620, Cost: Cost{Written: 52_000_000, Anonymous: 40 << 20}},
			{Phase: phaseIdle, Commits: 1, Cost: Cost{Written: 12_400, Anonymous: 9 << 20, User: 0.5}},
			{Phase: phaseStorm + ", fixed", Requests: Requests{Reads: 53, Creates: 1000, Edits: 79}, Refused: 3, Cost: Cost{Written: 60_000_000, Anonymous: 40 << 20}},
		}}
	}
	want := storedOf(measured())
	if faults := want.faults(measured()); len(faults) > 0 {
		t.Errorf("the same again: %v", faults)
	}
	for name, fine := range map[string]func(*Result){
		"commits of a push":            func(r *Result) { r.Phases[0].Commits += 40 },
		"a tenth more bytes":           func(r *Result) { r.Phases[0].Written = r.Phases[0].Written * 11 / 10 },
		"a tenth more memory":          func(r *Result) { r.Phases[1].Anonymous = r.Phases[1].Anonymous * 11 / 10 },
		"fewer bytes":                  func(r *Result) { r.Phases[1].Written = 0 },
		"one refusal more in a storm":  func(r *Result) { r.Phases[2].Refused++ },
		"some more edits in a storm":   func(r *Result) { r.Phases[2].Requests.Edits += 10 },
		"twice the CPU of an idle run": func(r *Result) { r.Phases[1].User *= 2 },
	} {
		r := measured()
		fine(&r)
		if faults := want.faults(r); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
	for name, worse := range map[string]func(*Result){
		"a read more":                func(r *Result) { r.Phases[1].Requests.Reads++ },
		"an edit more":               func(r *Result) { r.Phases[0].Requests.Edits++ },
		"an edit less":               func(r *Result) { r.Phases[0].Requests.Edits-- },
		"a write that failed":        func(r *Result) { r.Phases[0].Requests.Others++ },
		"a commit more":              func(r *Result) { r.Phases[1].Commits++ },
		"what an extra commit takes": func(r *Result) { r.Phases[1].Written += 12 << 10 },
		"a quarter more bytes":       func(r *Result) { r.Phases[0].Written = r.Phases[0].Written * 5 / 4 },
		"a quarter more memory":      func(r *Result) { r.Phases[0].Anonymous = r.Phases[0].Anonymous * 5 / 4 },
		"a refusal without a limit":  func(r *Result) { r.Phases[0].Refused++ },
		"a storm that is none":       func(r *Result) { r.Phases[2].Refused = 0 },
		"a storm of refusals":        func(r *Result) { r.Phases[2].Refused += 100 },
		"a create more in a storm":   func(r *Result) { r.Phases[2].Requests.Creates++ },
		"twice the edits of a storm": func(r *Result) { r.Phases[2].Requests.Edits += 700 },
		"four times the idle CPU":    func(r *Result) { r.Phases[1].User *= 4 },
		"a phase that is not there":  func(r *Result) { r.Phases = r.Phases[:2] },
		"a phase of which nothing is stored": func(r *Result) {
			r.Phases = append(r.Phases, Figure{Phase: "another"})
		},
	} {
		r := measured()
		worse(&r)
		if faults := want.faults(r); len(faults) == 0 {
			t.Errorf("%s is no fault", name)
		}
	}
}

// TestStoredFiguresAreWhole holds that something is stored of each phase, and that no
// stored phase makes fewer requests than can be.
func TestStoredFiguresAreWhole(t *testing.T) {
	all := readStored(t)
	phases := append(phaseNames(), phaseApprove, phaseJoinedPlan, phaseJoinedIdle, phaseStorm+", fixed", phaseStorm+", sliding", phaseStorm+", bucket")
	phases = slices.DeleteFunc(phases, func(name string) bool { return name == phaseStorm })
	for _, name := range phases {
		if _, ok := all["1000"].Phases[name]; !ok {
			t.Errorf("nothing is stored of %s at 1,000 users", name)
		}
	}
	for _, name := range []string{phasePush, phaseIdle, phaseChurn} {
		if _, ok := all["10000"].Phases[name]; !ok {
			t.Errorf("nothing is stored of %s at 10,000 users", name)
		}
	}
	if all["10000"].IdleRatio == 0 {
		t.Error("no ratio of an idle run is stored at 10,000 users")
	}
	if _, ok := all["100000"].Phases[phaseLarge]; !ok {
		t.Errorf("nothing is stored of %s at 100,000 users", phaseLarge)
	}
	for size, s := range all {
		for name, f := range s.Phases {
			if f.Written < 4096 || f.Anonymous < 1<<20 {
				t.Errorf("%s users, %s: %d bytes written in %d of memory cannot be", size, name, f.Written, f.Anonymous)
			}
		}
	}
}
