package plan

import (
	"time"

	"writersync/connectors"
)

// An Origin says how an account or a membership came under our care.
type Origin string

// The origins of links and memberships.
const (
	Created Origin = "created" // we made it
	Adopted Origin = "adopted" // it was there, and the directory asserts it too
)

// A Standing is the state of a person's account as the ledger knows it.
type Standing string

// The standings of a person. None means that there is no link.
const (
	None     Standing = ""
	Live     Standing = "live"
	Inactive Standing = "inactive" // deactivated by us
	Deleted  Standing = "deleted"  // deleted by us, or found missing after we deactivated it
)

// A Link is the ledger's record that a person is an account.
type Link struct {
	Person   connectors.Ref
	Account  RemoteID
	Origin   Origin
	Standing Standing
	// Applied holds the attributes as last applied, UserName included.
	Applied map[connectors.Attribute]string
	// Fingerprint is that of the record which Applied made true; zero if the two
	// are not known to agree.
	Fingerprint Fingerprint
	// RefusedEmail is an address Writer refused for this account.
	RefusedEmail string
	// OutSince is since when the person is out of scope, or when after that a membership of
	// theirs was last removed; zero: they are in scope, or it was not seen yet.
	OutSince time.Time `json:",omitzero"`
}

// Email returns the canonical address last applied.
func (l Link) Email() string { return connectors.CanonicalEmail(l.Applied[UserName]) }

// A Feed is the ledger's record that a group feeds a team: by a rule, or nested
// in a group that does.
type Feed struct {
	Group connectors.Ref
	Team  RemoteID
	Rule  string // Rule.String of the rule that matched; empty for a nested group
	// Gone is since when the source does not list the group, as far as that is known.
	Gone time.Time `json:",omitzero"`
}

// A Retry remembers an op that failed.
type Retry struct {
	Key      string // Op.Key
	Attempts int
	Last     time.Time
	Class    connectors.Class
	Text     string   // what Writer said, without personal data
	Account  RemoteID // for a conflicting create: the account that was found in the way
}

// Due returns when the op may be tried again: one minute after the first
// failure, doubling up to six hours. What Writer rejected as it stands starts at
// a quarter of an hour.
func (r Retry) Due() time.Time {
	wait := time.Minute
	if r.Class == connectors.Rejected || r.Class == connectors.Conflict {
		wait = 15 * time.Minute
	}
	const longest = 6 * time.Hour
	for i := 1; i < r.Attempts && wait < longest; i++ {
		wait *= 2
	}
	return r.Last.Add(min(wait, longest))
}

// Waits reports whether it is too early at now to try the op again. A failure of the
// future was stamped by a clock that was wrong: the op is due.
func (r Retry) Waits(now time.Time) bool { return !r.Last.After(now) && now.Before(r.Due()) }
