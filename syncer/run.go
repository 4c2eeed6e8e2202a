package syncer

import (
	"slices"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/match"
	"writersync/syncer/plan"
)

// A Result says how a run ended. It is a metric label.
type Result string

// How a run can end.
const (
	ResultDone   Result = "done"   // nothing is open
	ResultSkips  Result = "skips"  // done, but some people or ops wait
	ResultHeld   Result = "held"   // something waits for an approval
	ResultFailed Result = "failed" // a source or Writer failed, or an op did
	ResultPaused Result = "paused" // the kill switch is on: nothing was applied
)

// Results lists every result.
func Results() []Result {
	return []Result{ResultDone, ResultSkips, ResultHeld, ResultFailed, ResultPaused}
}

// A Run is the record of one pass.
type Run struct {
	ID       string // UUIDv7: sorts by time
	Trigger  string // what asked; see Request
	DryRun   bool
	Started  time.Time
	Ended    time.Time
	Result   Result
	Error    string // what ended the pass early; empty if nothing did
	Sources  []SourceRun
	Counts   []Count // sorted by kind
	Held     []plan.Held
	Warnings []plan.Warning
	Failures []apply.Failure // the first few ops that Writer did not take
	Requests Requests
	Verified bool   // Writer was read in full
	Base     string // what Held was decided under; see Base.Hash
	More     bool   // the slice ended before the plan did, or what was done lets more be planned; see GoesOn
	// Untold says that nobody acted on what was read whole: it was a dry run, say, or the
	// pass ended early. A ring tells what changed since, and so not that.
	Untold bool `cbor:",omitempty" json:",omitempty"`
}

// GoesOn reports whether the next run is to follow at once, whatever the schedule. After one
// that failed, or did nothing, it would not get further.
func (r Run) GoesOn() bool {
	did := r.Requests.Writes > 0 || slices.ContainsFunc(r.Counts, func(c Count) bool { return c.Done > 0 })
	return r.More && r.Error == "" && did
}

// troubles says what failed, as far as it is not an op: what ended the pass, or which
// sources were not read.
func (r Run) troubles() string {
	if r.Error != "" {
		return r.Error
	}
	var out []string
	for _, s := range r.Sources {
		if s.Error != "" {
			out = append(out, s.Name+": "+s.Error)
		}
	}
	return strings.Join(out, "; ")
}

// An Outcome is a run together with the plan it made, held ops included.
type Outcome struct {
	Run  Run
	Plan plan.Plan
	// Match and Written are of the steps of `import`; nil of other passes.
	Match   *match.Report `json:",omitempty"`
	Written *Written      `json:",omitempty"`
}

// A SourceRun is what one pass saw of one source. A pass that a source asked for has
// none of the others.
type SourceRun struct {
	Name       string
	Complete   bool   // it was read whole
	Followed   bool   // what changed since it was read whole was
	Stated     int    // of one that was followed: how many records it stated
	Error      string // why the reading was refused; empty if it was not
	Took       time.Duration
	Size       connectors.Size // of this reading, or of the last complete one
	Unresolved int             // references in groups that name neither a user nor a group
	Generation uint64
}

// A Count is how many ops of one kind a run planned, held, did and failed.
type Count struct {
	Kind                                 plan.Kind
	Planned, Held, Done, Failed, Skipped int
}

// Requests counts what a run sent to Writer.
type Requests struct {
	Reads, Writes int
	Pace          float64 // allowed at the end, in requests a minute
}
