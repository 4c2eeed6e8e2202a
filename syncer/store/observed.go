package store

import "time"

// An Observer stores what Writer showed.
type Observer interface {
	// Observe stores a change of what is observed. What a settled request made true since
	// is forgotten by itself.
	Observe(o Observation) error
}

// An Observation changes what is known of Writer beside the ledger.
type Observation struct {
	Accounts []ObservedAccount // that are as they are said to be, in the place of what was known of them
	Dropped  []string          // ids of accounts of which nothing is known but what the ledger says
	Teams    []ObservedTeam    // likewise
	// DroppedTeams are ids of teams that are not in Writer, and that the ledger does not have.
	DroppedTeams []string
	// Ignored are the attributes of which Writer keeps no value. Nil: as before.
	Ignored []string
}

// Empty reports whether nothing changes.
func (o Observation) Empty() bool {
	return len(o.Accounts)+len(o.Dropped)+len(o.Teams)+len(o.DroppedTeams) == 0 && o.Ignored == nil
}

// An ObservedAccount is an account that no user is linked to, or that is otherwise than the
// ledger says.
type ObservedAccount struct {
	ID         string            `cbor:"1,keyasint"`
	At         time.Time         `cbor:"2,keyasint"`           // when the request began that showed it
	Gone       bool              `cbor:"3,keyasint,omitempty"` // it was looked for, and not there
	Active     bool              `cbor:"4,keyasint,omitempty"`
	UserName   string            `cbor:"5,keyasint,omitempty"`
	ExternalID string            `cbor:"6,keyasint,omitempty"`
	Attributes map[string]string `cbor:"7,keyasint,omitempty"` // without the userName
}

// An ObservedTeam is a team as Writer listed it. Its members are kept where they are
// otherwise than the ledger says.
type ObservedTeam struct {
	ID   string `cbor:"1,keyasint"`
	Name string `cbor:"2,keyasint,omitempty"`
	Gone bool   `cbor:"3,keyasint,omitempty"` // it is in no listing of all teams
	Read bool   `cbor:"4,keyasint,omitempty"` // its members were listed
	// Missing are accounts of members whom Writer does not list; Extra are accounts that it
	// lists, and that are no members by the ledger.
	Missing []string `cbor:"-"`
	Extra   []string `cbor:"-"`
}
