package apply

import (
	"context"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Target is what can be done to Writer. Every method is one change of one
// object. An error is a *connectors.Error and its class says what is known:
//
//   - Rejected, Conflict, NotFound, Throttled, Denied: the change was not made;
//   - Unknown: it may have been made; look before repeating;
//   - Transient: the request surely did not reach Writer.
//
// Once a request is sent it is finished even if ctx ends, within the client's own
// timeout; a call begun after ctx ended sends nothing.
type Target interface {
	// CreateUser makes an active account and returns it as Writer then has it.
	// Conflict means that the e-mail is taken; nothing was looked up or adopted.
	CreateUser(ctx context.Context, u NewUser) (plan.Account, error)
	// UpdateUser changes what e names, in place, and returns the account as
	// Writer then has it. What is not named stays.
	UpdateUser(ctx context.Context, id plan.RemoteID, e UserEdit) (plan.Account, error)
	// DeleteUser removes the account. One that is gone already is no error.
	DeleteUser(ctx context.Context, id plan.RemoteID) error
	// EditTeam adds and removes members; a member that is in the wanted state
	// already is no error. What could not be done for single accounts is in
	// failed; err is for the request as a whole, and then nothing is known to
	// have been done unless its class says so.
	EditTeam(ctx context.Context, team plan.RemoteID, e TeamEdit) (failed map[plan.RemoteID]error, err error)
	// MaxMembers is how many members one EditTeam can carry.
	MaxMembers() int
}

// A Reader looks at single objects of Writer.
type Reader interface {
	// FindUser returns the account with that canonical e-mail. NotFound if there
	// is none, Conflict if there are several.
	FindUser(ctx context.Context, email string) (plan.Account, error)
	// ReadUser returns the account with that id, or NotFound.
	ReadUser(ctx context.Context, id plan.RemoteID) (plan.Account, error)
	// FindTeam returns the team with exactly that name, without its members.
	// NotFound if there is none, Conflict if there are several.
	FindTeam(ctx context.Context, name string) (plan.ListedTeam, error)
	// ReadTeam returns the team with that id and its members, or NotFound.
	ReadTeam(ctx context.Context, id plan.RemoteID) (plan.ListedTeam, error)
}

// A NewUser is an account to be made.
type NewUser struct {
	ExternalID string                          // see plan.ExternalIDOf
	Attributes map[connectors.Attribute]string // plan.UserName included
}

// A UserEdit is a change of one account.
type UserEdit struct {
	Changes []plan.Change
	Active  *bool // nil: stays
}

// A TeamEdit is a change of one team's members.
type TeamEdit struct {
	Add, Remove []plan.RemoteID
}
