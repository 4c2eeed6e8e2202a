package plan

import "slices"

// A Basis is the kind of evidence an op rests on: that of the weakest fact without which it
// would not be planned.
type Basis string

// The bases, from weak to strong; Admin is combined with no other.
const (
	Rules      Basis = "rules"       // the current configuration alone leads to it, not the accepted one
	NotVisible Basis = "not-visible" // a source listed a fact before, and lists neither it nor another value of it now
	Drift      Basis = "drift"       // others changed Writer
	Shown      Basis = "shown"       // a source lists it
	Admin      Basis = "admin"       // an admin decided it
)

// Bases lists every basis: those that combine from weak to strong, then Admin.
func Bases() []Basis { return []Basis{Rules, NotVisible, Drift, Shown, Admin} }

// Weakest returns the basis of what rests on all of the given ones; Shown if there are none.
func Weakest(all ...Basis) Basis {
	rank := func(b Basis) int { return slices.Index(Bases(), b) }
	out := Shown
	for _, b := range all {
		if rank(b) < rank(out) {
			out = b
		}
	}
	return out
}

// A Direction is what an op does to access.
type Direction string

// The directions.
const (
	Gives   Direction = "gives"   // an account, a membership, a role; or it lets later runs give one
	Takes   Direction = "takes"   // an account, a membership
	Changes Direction = "changes" // attributes, or what the ledger has of them
	Forgets Direction = "forgets" // a link of a group by which no member is in the team
)

// Direction returns what the op does to access.
func (o Op) Direction() Direction {
	switch o.Kind {
	case CreateUser, Reactivate, AddMember, ConfirmMember, AdoptUser, JoinPerson, MoveLink, LinkTeam:
		return Gives
	case SetRole:
		if len(o.Changes) == 1 && o.Changes[0].New == RoleMember {
			return Takes
		}
		return Gives
	case RemoveMember, Deactivate, DeleteUser:
		return Takes
	case UnlinkTeam:
		return Forgets
	}
	return Changes
}

// An Effect is what an op waits for on account of its basis.
type Effect string

// The effects.
const (
	Goes     Effect = "goes"     // within limits
	LooksUp  Effect = "looks-up" // goes once a look-up at the source, or a second statement, confirms it
	Looks    Effect = "looks"    // goes if Writer still shows what it rests on
	Asks     Effect = "asks"     // an admin approves it
	Reviewed Effect = "reviewed" // an admin approves the configuration
)

// Effect returns what an op in direction d waits for.
//
//	basis        gives     takes     changes   forgets
//	-----------  --------  --------  --------  --------
//	shown        goes      goes      goes      goes
//	not visible  asks      looks-up  asks      looks-up
//	drift        looks     looks     looks     looks
//	rules        reviewed  reviewed  reviewed  reviewed
//	admin        asks      asks      asks      asks
func (b Basis) Effect(d Direction) Effect {
	switch b {
	case Shown:
		return Goes
	case Drift:
		return Looks
	case Rules:
		return Reviewed
	case NotVisible:
		if d == Takes || d == Forgets {
			return LooksUp
		}
	}
	return Asks
}

// A Cause is the situation in which evidence leads to an op, where that decides when the op
// goes. Empty: any other.
type Cause string

// The causes.
const (
	Disabled   Cause = "disabled"     // a source lists the user as disabled
	OutOfScope Cause = "out-of-scope" // no mapped group has the person, or an expression leaves the person out
	FirstMatch Cause = "first-match"  // a person and an account, or a group and a team, meet for the first time
	Return     Cause = "return"       // the person of an inactive account is back
)

// Causes lists every cause.
func Causes() []Cause { return []Cause{Disabled, OutOfScope, FirstMatch, Return} }
