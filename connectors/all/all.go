// Package all is the one list of connector types. It knows their names and
// nothing else; only the program that wires everything imports it.
package all

import (
	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/file"
	"writersync/connectors/ldap"
	"writersync/connectors/okta"
)

// Types returns a registry of every connector type.
func Types() *connectors.Registry {
	reg := &connectors.Registry{}
	reg.Register(ad.Type())
	reg.Register(file.Type())
	reg.Register(ldap.Type())
	reg.Register(okta.Type())
	return reg
}
