package apply

import "writersync/syncer/plan"

// A Report is what became of a plan.
type Report struct {
	Counts  map[plan.Kind]Tally
	Unknown int  // requests whose outcome is not known yet; their objects are left alone
	More    bool // the slice ended before the plan did
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
