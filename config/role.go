package config

import "writersync/connectors"

// Role says who is an org admin. Without an attribute, roles are left alone.
type Role struct {
	// The name of the role's attribute in Writer's extension, as its SCIM guide shows it.
	Attribute string `yaml:"attribute"`

	// The extension's name: Writer's guides have it with and without :User.
	Schema string `yaml:"schema" jsonschema:"enum=urn:custom:params:scim:schemas:extension:writer:2.0:User,enum=urn:custom:params:scim:schemas:extension:writer:2.0"`

	// The e-mail addresses of the org admins; each change waits for an approval.
	Admins []string `yaml:"admins"`
}

// The ways in which Writer's guides spell the extension.
const (
	RoleSchema     = "urn:custom:params:scim:schemas:extension:writer:2.0:User"
	RoleSchemaBare = "urn:custom:params:scim:schemas:extension:writer:2.0"
)

// Path returns the attribute's path, "" if roles are left alone.
func (r Role) Path() connectors.Attribute {
	if r.Attribute == "" {
		return ""
	}
	return connectors.Attribute(r.Schema + ":" + r.Attribute)
}
