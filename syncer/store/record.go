package store

import "time"

// An Approval lets the ops of one hold through, each once, until it expires.
type Approval struct {
	Hold    string    `cbor:"1,keyasint"` // hash of the hold
	Why     Why       `cbor:"2,keyasint"`
	By      string    `cbor:"3,keyasint,omitempty"` // who approved: the operating system's user
	At      time.Time `cbor:"4,keyasint"`
	Expires time.Time `cbor:"5,keyasint"`
	Ops     int       `cbor:"6,keyasint,omitempty"`
	// Left is how many of Ops were not done yet. It is counted, not stored.
	Left int `cbor:"-"`
	// Removals are those of a first plan: they are shown with it and not approved.
	Removals int `cbor:"7,keyasint,omitempty" json:",omitempty"`
}

// Control holds the switches that outlive a run.
type Control struct {
	Paused   bool      `cbor:"1,keyasint,omitempty"`
	PausedBy string    `cbor:"2,keyasint,omitempty"`
	PausedAt time.Time `cbor:"3,keyasint,omitzero"`
	Base     Base      `cbor:"4,keyasint,omitzero"`
	Verified time.Time `cbor:"5,keyasint,omitzero"`  // when Writer was last read in full
	Due      bool      `cbor:"6,keyasint,omitempty"` // a full read of Writer was asked for, and came to no end
	Splits   uint64    `cbor:"8,keyasint,omitempty"` // how often a user was split from the person of another
	Writer   string    `cbor:"7,keyasint,omitempty"` // the endpoint that the ledger was filled against; empty as long as it holds nothing
}

// A Base identifies the configuration that a plan is made under.
type Base struct {
	Hash     string    `cbor:"1,keyasint,omitempty"`
	Approved time.Time `cbor:"2,keyasint,omitzero"`  // when the first plan under it was approved; zero: not yet
	Settled  bool      `cbor:"3,keyasint,omitempty"` // the approved plan was carried out
}

// An Event is something that was done about a person, or that Writer did not take.
type Event struct {
	At      time.Time `cbor:"1,keyasint"`
	Person  Ref       `cbor:"2,keyasint"`
	From    Ref       `cbor:"3,keyasint,omitzero"` // of a moved link: whose account it was
	Kind    Kind      `cbor:"4,keyasint"`
	Account string    `cbor:"5,keyasint,omitempty"`
	Team    string    `cbor:"6,keyasint,omitempty"` // name, as it was then
	Changed []string  `cbor:"7,keyasint,omitempty"` // words of the attributes that changed
	Reason  string    `cbor:"8,keyasint,omitempty"`
	Result  Done      `cbor:"9,keyasint"`
	Text    string    `cbor:"10,keyasint,omitempty"` // of a failure: what Writer said
}

// A Removal is one done op that took something away.
type Removal struct {
	At       time.Time `cbor:"1,keyasint"`
	Kind     Kind      `cbor:"2,keyasint"`
	Person   Ref       `cbor:"3,keyasint"`
	Team     string    `cbor:"4,keyasint,omitempty"`
	Approved bool      `cbor:"5,keyasint,omitempty"` // an approval let it through
}

// A Retry remembers an op that failed, under the op's key.
type Retry struct {
	Key      string    `cbor:"1,keyasint"`
	Person   Ref       `cbor:"2,keyasint,omitzero"`
	Attempts int       `cbor:"3,keyasint"`
	Last     time.Time `cbor:"4,keyasint"`
	Class    Class     `cbor:"5,keyasint,omitempty"`
	Text     string    `cbor:"6,keyasint,omitempty"` // what Writer said, without personal data
	Account  string    `cbor:"7,keyasint,omitempty"` // of a conflicting create: the account in the way
}

// An Imported is a user or a group of a source that import made of what Writer had.
type Imported struct {
	Kind Object `cbor:"1,keyasint"`
	Ref  Ref    `cbor:"2,keyasint"`           // without an ID as long as it is not known whether it was made
	From string `cbor:"3,keyasint"`           // the account or the team that it was made of
	Name string `cbor:"4,keyasint,omitempty"` // of a group, as it was made
}

// An Intent is one request that is about to be sent, or may have been.
type Intent struct {
	At  time.Time `cbor:"1,keyasint"`
	Ops []Op      `cbor:"2,keyasint"`
}
