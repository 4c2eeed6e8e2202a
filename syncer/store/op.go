package store

// A Ref names a user or a group: by its source, and the source's immutable ID.
type Ref struct {
	Source string `cbor:"1,keyasint,omitempty"`
	ID     string `cbor:"2,keyasint,omitempty"`
}

// An Op is one change of a plan, as it is journaled, held and shown.
type Op struct {
	Kind    Kind     `cbor:"1,keyasint"`
	Person  Ref      `cbor:"2,keyasint,omitzero"`
	Group   Ref      `cbor:"3,keyasint,omitzero"`
	From    Ref      `cbor:"4,keyasint,omitzero"`
	Account string   `cbor:"5,keyasint,omitempty"`
	Team    string   `cbor:"6,keyasint,omitempty"`
	Changes []Change `cbor:"7,keyasint,omitempty"`
	Reason  Reason   `cbor:"8,keyasint"`
	After   Ref      `cbor:"9,keyasint,omitzero"`
	Makes   [16]byte `cbor:"10,keyasint,omitzero"`
	// Login and TeamName are for people.
	Login    string `cbor:"11,keyasint,omitempty"`
	TeamName string `cbor:"12,keyasint,omitempty"`
}

// A Change is one attribute before and after.
type Change struct {
	Attribute string `cbor:"1,keyasint"`
	Old       string `cbor:"2,keyasint,omitempty"`
	New       string `cbor:"3,keyasint,omitempty"`
	Shown     bool   `cbor:"4,keyasint,omitempty" json:",omitempty"` // where the op rests on drift as well
}

// A Reason says why an op is planned.
type Reason struct {
	Basis    Basis    `cbor:"1,keyasint,omitempty"`
	Text     string   `cbor:"2,keyasint,omitempty"`
	Claims   []Claim  `cbor:"3,keyasint,omitempty"`
	By       []string `cbor:"4,keyasint,omitempty"`
	Readings int      `cbor:"5,keyasint,omitempty"` // of records until schema 4; not used
	Marks    []Claim  `cbor:"6,keyasint,omitempty" json:",omitempty"`
	Cause    Cause    `cbor:"7,keyasint,omitempty" json:",omitempty"`
}

// A Claim names an object that is no longer listed.
type Claim struct {
	Kind  Object `cbor:"1,keyasint"`
	Ref   Ref    `cbor:"2,keyasint"`
	Group string `cbor:"3,keyasint,omitempty" json:",omitempty"` // of a membership: ID of the group
	Fact  string `cbor:"4,keyasint,omitempty" json:",omitempty"` // of a mark: by what the user was kept out
}

// A Hold is ops that wait, with the reason and the next step.
type Hold struct {
	Why    Why    `cbor:"1,keyasint"`
	Text   string `cbor:"2,keyasint,omitempty"`
	Exit   Exit   `cbor:"3,keyasint,omitempty"`
	WayOut string `cbor:"4,keyasint,omitempty"`
	Ops    []Op   `cbor:"5,keyasint,omitempty"`
}
