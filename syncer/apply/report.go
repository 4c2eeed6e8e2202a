package apply

import (
	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Report is what became of a plan.
type Report struct {
	Counts  map[plan.Kind]Tally
	Unknown int  // requests whose outcome is not known yet; their objects are left alone
	More    bool // the slice ended before the plan did
	Unnamed int  // accounts that were moved to a user that they do not name: Writer kept the external ID
	// Failures are the first few ops that Writer did not take, in the order of
	// their answers.
	Failures []Failure
}

// maxFailures is how many failures a report names.
const maxFailures = 50

// A Failure is an op that Writer did not take, and why.
type Failure struct {
	Op    plan.Op
	Class connectors.Class
	Text  string // what happened and what to do, without personal data
}

func (r *Report) fail(op plan.Op, out Outcome) {
	if len(r.Failures) < maxFailures {
		r.Failures = append(r.Failures, Failure{op, out.Class, out.Text})
	}
}

// A Tally counts the ops of one kind.
type Tally struct {
	Done, Failed, Skipped int
}

func (r *Report) count(kind plan.Kind, result Result) {
	t := r.Counts[kind]
	switch result {
	case Done:
		t.Done++
	case Failed:
		t.Failed++
	default:
		t.Skipped++
	}
	r.Counts[kind] = t
}
