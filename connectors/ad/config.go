package ad

import (
	"strconv"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/connectors/ldap"
)

// Type returns the connector type for the registry.
func Type() connectors.Type {
	return connectors.Type{
		Name: "ad",
		Doc:  "Reads people and groups from a domain of Active Directory, or of Samba, over LDAP.",
		New:  func() connectors.Config { return NewConfig() },
	}
}

// The defaults that NewConfig sets.
const (
	defaultUsersFilter  = "(&(objectCategory=person)(objectClass=user))"
	defaultGroupsFilter = "(objectCategory=group)"
	defaultPageSize     = 1000
	defaultTimeout      = 30 * time.Second
	defaultPoll         = time.Second
)

// Config is the configuration of one domain.
type Config struct {
	URL      string        `yaml:"url"`      // ldaps://dc1.corp.example[:636] or ldap:// with StartTLS
	StartTLS bool          `yaml:"starttls"` // encrypt an ldap:// connection before anything else is said
	TLS      ldap.TLS      `yaml:"tls"`
	Bind     Bind          `yaml:"bind"`
	PageSize int           `yaml:"page_size"` // entries per page, 1 to 1000
	Timeout  time.Duration `yaml:"timeout"`   // for each request: a page, a bind, the dial
	Poll     time.Duration `yaml:"poll"`      // how often a watch asks whether something changed

	Base       string      `yaml:"base"`   // where people and groups are; unset: the whole domain
	Users      ldap.Branch `yaml:"users"`  // without a base of its own, Base
	Groups     ldap.Branch `yaml:"groups"` // without a base of its own, Base
	Attributes Attributes  `yaml:"attributes"`
}

// Bind is the credential of a simple bind.
type Bind struct {
	User     string            `yaml:"user"` // "writersync@corp.example", `CORP\writersync`, or a distinguished name
	Password connectors.Secret `yaml:"password"`
}

// Attributes names the directory's attributes. What identifies a person and what says
// that one is disabled are not among them: Active Directory has but one of each.
type Attributes struct {
	ldap.Profile `yaml:",inline"`
}

// NewConfig returns a configuration with the defaults set.
func NewConfig() *Config {
	return &Config{
		PageSize: defaultPageSize, Timeout: defaultTimeout, Poll: defaultPoll,
		Users:  ldap.Branch{Filter: defaultUsersFilter, Scope: ldap.Subtree},
		Groups: ldap.Branch{Filter: defaultGroupsFilter, Scope: ldap.Subtree},
		Attributes: Attributes{ldap.Profile{Profile: connectors.Profile{
			Email: "mail", GivenName: "givenName", MiddleName: "middleName", FamilyName: "sn", DisplayName: "displayName",
			Title: "title", Phone: "telephoneNumber", PreferredLanguage: "preferredLanguage", Department: "department",
			EmployeeNumber: "employeeID", Manager: "manager",
		}}},
	}
}

var _ connectors.Config = (*Config)(nil)

// Extras returns the names by which expressions know the further attributes.
func (c *Config) Extras() []string { return c.Attributes.Extras() }

// Identity returns the host, the account, the bases, the filters and the scopes. Whose
// domain it is only the directory can say: see connectors.Evidence.
func (c *Config) Identity() string {
	server := c.server()
	host := server.Address()
	if host == "" {
		host = c.URL
	}
	parts := []string{
		"ad", host, c.Bind.User, c.Base,
		c.Users.Base, c.Users.Filter, string(c.Users.Scope),
		c.Groups.Base, c.Groups.Filter, string(c.Groups.Scope),
	}
	for i, p := range parts {
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}

// server returns how the domain controller is reached.
func (c *Config) server() ldap.Server {
	return ldap.Server{
		URL: c.URL, StartTLS: c.StartTLS, TLS: c.TLS, Bind: ldap.Bind{DN: c.Bind.User, Password: c.Bind.Password},
		PageSize: c.PageSize, Timeout: c.Timeout,
	}
}

// Open returns a connector. It makes no request.
func (c *Config) Open(env connectors.Env) (connectors.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return open(*c, env)
}
