package main

import (
	"writersync/scripts/bench/company"
	"writersync/scripts/bench/target"
)

// Requests are those that Writer carried out, by kind.
type Requests struct {
	Reads         int `json:"reads"`
	Creates       int `json:"creates"`
	Updates       int `json:"updates"`
	Deactivations int `json:"deactivations"`
	Edits         int `json:"edits"`  // of teams
	Others        int `json:"others"` // reactivations, deletions, and writes that failed
}

func requestsOf(c target.Counts) Requests {
	return Requests{c.Reads, c.Creates, c.Updates, c.Deactivations, c.Edits, c.Reactivations + c.Deletions + c.Failed}
}

// least is the lower bound of work, beside so many reads.
func least(reads int, w company.Work) Requests {
	return Requests{Reads: reads, Creates: w.Creates, Updates: w.Updates, Deactivations: w.Deactivations, Edits: w.Edits}
}

// all is the number of requests.
func (r Requests) all() int {
	return r.Reads + r.Creates + r.Updates + r.Deactivations + r.Edits + r.Others
}

// A Figure is what one phase cost.
type Figure struct {
	Phase    string   `json:"phase"`
	Requests Requests `json:"requests"`
	// Least is the lower bound of Requests, by what the company is and what it became.
	Least      Requests `json:"least"`
	Refused    int      `json:"refused"`    // requests that were answered with 429; in none of the above
	Unanswered int      `json:"unanswered"` // of Requests: their answer was withheld
	Answers    int64    `json:"answer_bytes"`
	// Commits are transactions of the state. It is -1 where they are not known: another
	// file was put in the state's place.
	Commits int   `json:"commits"`
	State   int64 `json:"state_bytes"` // of the state file afterwards
	Live    int64 `json:"live_bytes"`  // of it, in use
	Cost
}

// A Result is one company in all its phases.
type Result struct {
	Users       int `json:"users"`
	Groups      int `json:"groups"`
	Memberships int `json:"memberships"` // direct and through nesting
	// Decoding is the processor time, in seconds, that only reading the export takes.
	Decoding float64  `json:"decoding_cpu_seconds"`
	Phases   []Figure `json:"phases"`
	Target   Cost     `json:"target"` // what the first target of this size took itself
}

// phase returns the figures of a phase.
func (r Result) phase(name string) (Figure, bool) {
	for _, f := range r.Phases {
		if f.Phase == name {
			return f, true
		}
	}
	return Figure{}, false
}

// A Report is one call of the bench.
type Report struct {
	Machine Machine  `json:"machine"`
	Program Program  `json:"program"`
	Sizes   []Result `json:"sizes"`
}
