package ldap

import (
	"fmt"

	"writersync/connectors"
)

// A branch is one of the parts of the tree that are read.
type branch struct {
	kind  connectors.ObjectKind
	query Query
}

// branches returns the groups, where they are read, and the people.
func (c *Connector) branches() []branch {
	var out []branch
	if c.groups.Base != "" {
		out = append(out, branch{connectors.GroupObject, c.groups})
	}
	return append(out, branch{connectors.UserObject, c.users})
}

// queryFor returns the query of the branch whose objects are of a kind.
func (c *Connector) queryFor(kind connectors.ObjectKind) (Query, error) {
	for _, branch := range c.branches() {
		if branch.kind == kind {
			return branch.query, nil
		}
	}
	return Query{}, rejected("prove a claim", fmt.Errorf("objects of kind %q are not read from this source", kind), "")
}
