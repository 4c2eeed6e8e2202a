package guard

import (
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Rail is one check on a plan.
type Rail interface {
	// Name returns the rail's name, which is also the Why of its holds.
	Name() plan.Why
	// Check returns the ops of p that must not be done, and why. Equal inputs
	// give equal holds.
	Check(p plan.Plan, ev Evidence) []plan.Hold
}

// Evidence is what the rails judge a plan by. All of it was gathered before.
type Evidence struct {
	Now time.Time
	// Managed is how many people have a live account by us, before the plan.
	Managed int
	Sources []Source // sorted by name
	// Removed is what was taken from people in the last 24 hours, over all
	// passes and triggers; what an approval let through is not among it.
	Removed []Removed
	// Week is the same of the last 7 days.
	Week []Removed
	// TeamSize is how many live memberships the ledger holds, before the plan.
	TeamSize map[plan.RemoteID]int
	// TeamsOf holds the teams in which a person of the plan who loses the account
	// has a live membership.
	TeamsOf map[connectors.Ref][]plan.RemoteID
	// Proofs holds what was found of each claim the plan rests on. A claim that
	// is missing was not looked at.
	Proofs map[plan.Claim]Proof
	// Approved holds the ops that an approval lets through: they pass every rail
	// whose exit is an approval, and no other.
	Approved map[plan.Hash]bool
	Gate     Gate
	Paused   bool
	// Protected holds the accounts that nothing is ever taken from.
	Protected Protected
	Limits    Limits

	refuted []plan.Op // what Confirm took out of the plan
}

// Limits tighten the built-in limits, which hold as well. Zero values do not.
type Limits struct {
	Run         int // people within 24 hours
	TeamPercent int // of a team's members within 24 hours
}

// Source is what is known of one source in this pass.
type Source struct {
	Name     string
	Read     time.Time       // when it was last read, in full or by delta, in this run or before
	Delta    bool            // this run read what changed, and no more
	Error    string          // why neither, for people
	Proves   bool            // its connector can prove an absence
	Size     connectors.Size // of this reading; of the last complete one if it failed
	Accepted connectors.Size // of the last accepted reading; zero if there is none
}

// Removed is one thing that was taken from a person.
type Removed struct {
	Kind   plan.Kind
	Person connectors.Ref
	Team   plan.RemoteID   // of a membership
	Teams  []plan.RemoteID // of an account: the teams it was in
}

// A Proof is what looking for a claimed absence gave.
type Proof struct {
	Presence connectors.Presence
	Error    string // the look-up failed; Presence is then Undecided
	Controls int    // how many objects of the same container were looked for beside it
	Object   string // the name of what was looked for; see plan.Op.Names
}

// Gate says how far the plan's base (rules, scope, sources, organization) has
// been approved.
type Gate string

// The states of the gate.
const (
	GateOpen    Gate = "open"    // the base is approved and its first plan was carried out
	GateOpening Gate = "opening" // approved, first plan under way: it removes nothing
	GateClosed  Gate = "closed"  // a first pass, or rules changed: plan-only
)

// Protected names the accounts that nothing is ever taken from.
type Protected struct {
	// Listed says that the configuration has a `protected` list, even an empty
	// one. Without it nothing is removed from anybody.
	Listed bool
	Emails map[string]bool // canonical
	// Accounts are those that have such an address in Writer now: the ledger may know
	// them by another.
	Accounts map[plan.RemoteID]bool
}
