package okta

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// Type returns the connector type for the registry. All that is opened of one Type has
// one rate_share of an organization's limits between it, sources that are opened anew
// after a change of the configuration too.
func Type() connectors.Type {
	budget := transport.NewBudget()
	return connectors.Type{
		Name: "okta",
		Doc:  "Reads people and groups from an Okta organization.",
		New: func() connectors.Config {
			c := NewConfig()
			c.budget = budget
			return c
		},
	}
}

// The defaults that NewConfig sets.
const (
	defaultShare      = 0.5
	defaultPageSize   = 200
	defaultTimeout    = 30 * time.Second
	defaultPoll       = 10 * time.Second
	defaultHookHeader = "Authorization"
)

// Config is the configuration of one Okta source.
type Config struct {
	URL   string            `yaml:"url"`    // https://company.okta.com
	OrgID string            `yaml:"org_id"` // the only organization that is read
	Token connectors.Secret `yaml:"token"`  // an API token (SSWS)
	OAuth OAuth             `yaml:"oauth"`  // or a service app

	Groups     Groups     `yaml:"groups"`
	Attributes Attributes `yaml:"attributes"`
	Status     Statuses   `yaml:"status"`
	Events     Events     `yaml:"events"`
	Import     Import     `yaml:"import"`

	// TrustLists takes lists that are shorter than what Okta itself counts.
	TrustLists bool `yaml:"trust_lists"`

	RateShare float64       `yaml:"rate_share"` // of each of the organization's limits
	PageSize  int           `yaml:"page_size"`  // 1 to 1000; of people, Okta gives 200 at most
	Timeout   time.Duration `yaml:"timeout"`    // for each request
	TLS       TLS           `yaml:"tls"`
	Proxy     string        `yaml:"proxy"` // http://proxy.example:3128

	budget *transport.Budget // what was spent of the organization's limits; never nil
}

// OAuth is a service app that proves itself with a key of its own.
type OAuth struct {
	ClientID   string            `yaml:"client_id"`
	PrivateKey connectors.Secret `yaml:"private_key"` // PEM: PKCS#1, PKCS#8 or SEC 1
	KeyID      string            `yaml:"key_id"`
	Scopes     []string          `yaml:"scopes"`
}

// The scopes that reading takes, and that import takes beside them.
const (
	scopeUsers  = "okta.users.read"
	scopeGroups = "okta.groups.read"
	scopeLogs   = "okta.logs.read"
)

func importScopes() []string { return []string{"okta.users.manage", "okta.groups.manage"} }

func (o OAuth) isSet() bool {
	return o.ClientID != "" || o.PrivateKey.IsSet() || o.KeyID != ""
}

// TLS says which certificate is believed. Verification cannot be turned off.
type TLS struct {
	CAFile string `yaml:"ca_file"` // PEM file with the only authorities to trust; unset: the system's
}

// Groups says which groups are read.
type Groups struct {
	Types  []string `yaml:"types"`  // OKTA_GROUP, APP_GROUP, BUILT_IN
	Names  []string `yaml:"names"`  // patterns of which a name must match one; none: all
	Filter string   `yaml:"filter"` // an expression of Okta's for the listing itself
}

// Attributes names properties of Okta's profiles; the manager's must hold the manager's
// Okta ID.
type Attributes struct {
	connectors.Profile `yaml:",inline"`
}

// Extras returns the names by which expressions know the further attributes.
func (c *Config) Extras() []string { return c.Attributes.Extras() }

// Hooked returns where event hooks are switched on, and whether they are.
func (c *Config) Hooked() (key string, on bool) {
	return "events.hook_secret", c.Events.HookSecret.IsSet()
}

// Statuses says what Okta's states of a person mean. One in neither list is unknown.
type Statuses struct {
	Active   []string `yaml:"active"`
	Disabled []string `yaml:"disabled"`
}

// Events says how changes are heard of before the next scheduled reading.
type Events struct {
	Poll       time.Duration     `yaml:"poll"`        // how often the System Log is looked at; 0: never
	HookSecret connectors.Secret `yaml:"hook_secret"` // what Okta's event hook must send; unset: no hook
	HookHeader string            `yaml:"hook_header"` // in which header
}

// Import says whether import may make people and groups. Without it nothing is ever
// written.
type Import struct {
	Enabled bool              `yaml:"enabled"`
	Token   connectors.Secret `yaml:"token"` // an API token that may; unset: the credential that reads
}

// NewConfig returns a configuration with the defaults set, and a budget of its own.
func NewConfig() *Config {
	return &Config{
		OAuth:  OAuth{Scopes: []string{scopeUsers, scopeGroups, scopeLogs}},
		Groups: Groups{Types: []string{typeOkta, typeApp}},
		Attributes: Attributes{connectors.Profile{
			Email: "email", GivenName: "firstName", FamilyName: "lastName", DisplayName: "displayName", Title: "title",
			MiddleName: "middleName", HonorificPrefix: "honorificPrefix", HonorificSuffix: "honorificSuffix",
			Phone: "primaryPhone", PreferredLanguage: "preferredLanguage",
			Department: "department", CostCenter: "costCenter", EmployeeNumber: "employeeNumber",
		}},
		Status: Statuses{
			Active:   []string{"ACTIVE", "PASSWORD_EXPIRED", "RECOVERY", "LOCKED_OUT", "PROVISIONED"},
			Disabled: []string{"STAGED", "SUSPENDED", statusGone},
		},
		Events:    Events{Poll: defaultPoll, HookHeader: defaultHookHeader},
		RateShare: defaultShare, PageSize: defaultPageSize, Timeout: defaultTimeout,
		budget: transport.NewBudget(),
	}
}

var _ connectors.Config = (*Config)(nil)

// Identity returns the host, the organization, the service app and which groups are
// read: all that decides which objects are read and as whom.
func (c *Config) Identity() string {
	host := c.URL
	if u, err := url.Parse(c.URL); err == nil && u.Host != "" {
		host = strings.ToLower(u.Host)
	}
	parts := []string{"okta", host, c.OrgID, c.OAuth.ClientID, c.Groups.Filter}
	for _, list := range [][]string{c.Groups.Types, c.Groups.Names} {
		parts = append(parts, strings.Join(slices.Sorted(slices.Values(list)), "\n"))
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
	return open(*c, env, nil)
}
