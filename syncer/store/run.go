package store

import "time"

// A Run is the record of one run, without what it held.
type Run struct {
	ID       string      `cbor:"1,keyasint"`
	Trigger  string      `cbor:"2,keyasint,omitempty"`
	DryRun   bool        `cbor:"3,keyasint,omitempty"`
	Started  time.Time   `cbor:"4,keyasint,omitzero"`
	Ended    time.Time   `cbor:"5,keyasint,omitzero"`
	Result   Result      `cbor:"6,keyasint,omitempty"`
	Error    string      `cbor:"7,keyasint,omitempty"`
	Sources  []SourceRun `cbor:"8,keyasint,omitempty"`
	Counts   []Count     `cbor:"9,keyasint,omitempty"`
	Warnings []Warning   `cbor:"10,keyasint,omitempty"`
	Failures []Failure   `cbor:"11,keyasint,omitempty"`
	Requests Requests    `cbor:"12,keyasint"`
	Verified bool        `cbor:"13,keyasint,omitempty"`
	Base     string      `cbor:"14,keyasint,omitempty"`
	More     bool        `cbor:"15,keyasint,omitempty"`
	Untold   bool        `cbor:"16,keyasint,omitempty"` // nothing was done about what was read
}

// A SourceRun is what one run saw of one source.
type SourceRun struct {
	Name       string        `cbor:"1,keyasint"`
	Complete   bool          `cbor:"2,keyasint,omitempty"`
	Followed   bool          `cbor:"3,keyasint,omitempty"`
	Stated     int           `cbor:"4,keyasint,omitempty"`
	Error      string        `cbor:"5,keyasint,omitempty"`
	Took       time.Duration `cbor:"6,keyasint,omitempty"`
	Size       Size          `cbor:"7,keyasint"`
	Unresolved int           `cbor:"8,keyasint,omitempty"`
	Generation uint64        `cbor:"9,keyasint,omitempty"`
}

// A Size is how much a read listed.
type Size struct {
	Users       int `cbor:"1,keyasint,omitempty"`
	Groups      int `cbor:"2,keyasint,omitempty"`
	Memberships int `cbor:"3,keyasint,omitempty"`
}

// A Count is how many ops of one kind a run planned, held, did and failed.
type Count struct {
	Kind    Kind `cbor:"1,keyasint"`
	Planned int  `cbor:"2,keyasint,omitempty"`
	Held    int  `cbor:"3,keyasint,omitempty"`
	Done    int  `cbor:"4,keyasint,omitempty"`
	Failed  int  `cbor:"5,keyasint,omitempty"`
	Skipped int  `cbor:"6,keyasint,omitempty"`
}

// A Warning is a note of a run.
type Warning struct {
	Code string `cbor:"1,keyasint"`
	Text string `cbor:"2,keyasint,omitempty"`
}

// A Failure is an op that Writer did not take.
type Failure struct {
	Op    Op     `cbor:"1,keyasint"`
	Class Class  `cbor:"2,keyasint,omitempty"`
	Text  string `cbor:"3,keyasint,omitempty"`
}

// Requests counts what a run sent to Writer; Pace is in requests a minute.
type Requests struct {
	Reads  int     `cbor:"1,keyasint,omitempty"`
	Writes int     `cbor:"2,keyasint,omitempty"`
	Pace   float64 `cbor:"3,keyasint,omitempty"`
}
