package ldap

import (
	"strconv"
	"strings"
	"time"

	"writersync/connectors"
)

// Type returns the connector type for the registry.
func Type() connectors.Type {
	return connectors.Type{
		Name: "ldap",
		Doc:  "Reads people and groups from an LDAP v3 directory such as OpenLDAP, 389 Directory Server or FreeIPA.",
		New:  func() connectors.Config { return NewConfig() },
	}
}

// The defaults that NewConfig sets.
const (
	defaultUsersFilter  = "(objectClass=inetOrgPerson)"
	defaultGroupsFilter = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
	defaultPageSize     = 500
	defaultTimeout      = 30 * time.Second
	defaultPoll         = 30 * time.Second
)

// Config is the configuration of one LDAP source.
type Config struct {
	Server `yaml:",inline"`

	Users      Branch     `yaml:"users"`
	Groups     Branch     `yaml:"groups"` // without a base, only people are read
	Attributes Attributes `yaml:"attributes"`
	Import     Import     `yaml:"import"` // where import adds what only Writer has
}

// Server says how to reach a directory and as whom.
type Server struct {
	URL            string        `yaml:"url"`             // ldaps://host[:636] or ldap://host[:389]
	StartTLS       bool          `yaml:"starttls"`        // encrypt an ldap:// connection before anything else is said
	AllowPlaintext bool          `yaml:"allow_plaintext"` // send a password without TLS to a host that is not this one
	TLS            TLS           `yaml:"tls"`
	Bind           Bind          `yaml:"bind"`
	PageSize       int           `yaml:"page_size"` // entries per page, 1 to 10000
	Timeout        time.Duration `yaml:"timeout"`   // for each request: a page, a bind, the dial
	Poll           time.Duration `yaml:"poll"`      // how often changes are looked for where the server does not tell of them
}

// TLS says which certificate is believed. Verification cannot be turned off.
type TLS struct {
	CAFile     string `yaml:"ca_file"`     // PEM file with the only authorities to trust; unset: the system's
	ServerName string `yaml:"server_name"` // the name the certificate must have; unset: the host of the url
}

// Bind is the credential of a simple bind. Left empty, the search is anonymous.
type Bind struct {
	DN       string            `yaml:"dn"`
	Password connectors.Secret `yaml:"password"`
}

// Branch is the part of the tree that is searched for one kind of object.
type Branch struct {
	Base   string `yaml:"base"`
	Filter string `yaml:"filter"` // RFC 4515
	Scope  Scope  `yaml:"scope"`
}

// Scope is how far below the base a search goes.
type Scope string

// The scopes of a Branch.
const (
	Subtree Scope = "subtree" // the base and everything below it
	One     Scope = "one"     // the entries directly below the base
)

// autoID is the value of Attributes.ID that looks for a well-known attribute.
const autoID = "auto"

// Attributes names the directory's attributes. An empty name is not read.
type Attributes struct {
	ID         string `yaml:"id"` // immutable and unique; "auto" finds the server's own
	Profile    `yaml:",inline"`
	FirstEmail bool     `yaml:"first_email"` // of several addresses take the one the server states first
	Disabled   Disabled `yaml:"disabled"`
}

// Extras returns the names by which expressions know the further attributes.
func (c *Config) Extras() []string { return c.Attributes.Extras() }

// Disabled names an attribute that says that a person is disabled. It adds to the
// ones that are always understood: nsAccountLock (389 Directory Server, FreeIPA)
// and a permanent pwdAccountLockedTime (OpenLDAP).
type Disabled struct {
	Attribute string   `yaml:"attribute"`
	Values    []string `yaml:"values"` // these values mean disabled; case does not matter
	// Active, if set, lists the only values that mean active: any other, and
	// none at all, leave the person's state unknown and the account alone.
	Active []string `yaml:"active"`
}

// NewConfig returns a configuration with the defaults set.
func NewConfig() *Config {
	return &Config{
		Server: Server{PageSize: defaultPageSize, Timeout: defaultTimeout, Poll: defaultPoll},
		Users:  Branch{Filter: defaultUsersFilter, Scope: Subtree},
		Groups: Branch{Filter: defaultGroupsFilter, Scope: Subtree},
		Attributes: Attributes{
			ID: autoID,
			Profile: Profile{Profile: connectors.Profile{
				Email: "mail", GivenName: "givenName", FamilyName: "sn",
				DisplayName: "displayName", Title: "title", Phone: "telephoneNumber", PreferredLanguage: "preferredLanguage",
				Department: "departmentNumber", EmployeeNumber: "employeeNumber",
			}},
		},
	}
}

var _ connectors.Config = (*Config)(nil)

// Identity returns the host, the bind name, the bases, the filters, the scopes and
// the ID attribute: all that decides which objects are read.
func (c *Config) Identity() string {
	host := c.URL
	if a, err := parseAddress(c.URL); err == nil {
		host = a.hostport // ldap:// with StartTLS and ldaps:// reach the same objects
	}
	parts := []string{
		"ldap", host, c.Bind.DN,
		c.Users.Base, c.Users.Filter, string(c.Users.Scope),
		c.Groups.Base, c.Groups.Filter, string(c.Groups.Scope),
		c.Attributes.ID,
	}
	for i, p := range parts {
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}

// Open returns a connector. It makes no request.
func (c *Config) Open(env connectors.Env) (connectors.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	connector, err := open(*c, env)
	if err != nil || !c.Import.isSet() {
		return connector, err
	}
	return newImporter(connector, env), nil
}
