package apply

import (
	"fmt"

	"writersync/connectors"
)

// RefusedError says that Writer refuses one attribute of a change, and would take
// the rest. It is the cause within a *connectors.Error of class Rejected.
type RefusedError struct {
	Attribute connectors.Attribute
}

// Error names the attribute.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("Writer refuses the change of %s", e.Attribute)
}
