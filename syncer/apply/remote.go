package apply

import (
	"fmt"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// Remote is all of Writer, as one read of it gave it.
type Remote struct {
	Accounts []plan.Account
	Teams    []RemoteTeam // with their members
	// AccountsWhole and TeamsWhole say that the listing was shown to be whole:
	// what is not in it is not there.
	AccountsWhole, TeamsWhole bool
}

// RefusedError says that Writer refuses one attribute of a change, and would take
// the rest. It is the cause within a *connectors.Error of class Rejected.
type RefusedError struct {
	Attribute connectors.Attribute
}

// Error names the attribute.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("Writer refuses the change of %s", e.Attribute)
}
