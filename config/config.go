package config

import (
	"fmt"
	"slices"
	"time"

	"writersync/connectors"
)

// Config is the whole configuration file.
type Config struct {
	Writer Writer `yaml:"writer" jsonschema:"required"`

	// The directories that are read; of what several state, the first one counts most.
	Sources []Source `yaml:"sources" jsonschema:"required"`

	// Which group feeds which team. A group may feed several teams, and a team be
	// fed by several groups.
	Teams []Rule `yaml:"teams"`

	People People `yaml:"people"`

	// What becomes of the account of a person who left. A source can have its own.
	Deprovision Deprovision `yaml:"deprovision" jsonschema:"enum=deactivate,enum=delete,enum=none"`

	Drift Drift `yaml:"drift"`

	// E-mail addresses of accounts that nothing is ever taken from. Nothing is
	// removed from anybody until the list is there, even if it is empty: [].
	Protected Protected `yaml:"protected"`

	Limits   Limits   `yaml:"limits"`
	Schedule Schedule `yaml:"schedule"`

	// How long one pass may apply changes before the next one reads and plans again.
	Slice time.Duration `yaml:"slice"`

	State  State  `yaml:"state"`
	Listen Listen `yaml:"listen"`
	Log    Log    `yaml:"log"`
}

// Writer says how the Writer organization is reached.
type Writer struct {
	// The SCIM endpoint that Writer's admin panel shows.
	URL string `yaml:"url"`

	// The organization's bearer token, by reference.
	Token connectors.Secret `yaml:"token" jsonschema:"required"`

	// The team that Writer puts new accounts into, as chosen in its SCIM settings.
	DefaultTeam string `yaml:"default_team"`

	// The domains of e-mail addresses that the organization has claimed in Writer.
	Domains []string `yaml:"domains"`

	// A PEM file with the only authorities to trust; unset: the system's.
	CAFile string `yaml:"ca_file"`

	Role Role `yaml:"role"`

	// How an account or a team is changed: auto finds out what the server can do.
	Update Update `yaml:"update" jsonschema:"enum=auto,enum=patch,enum=put"`

	// Accounts or teams in one page of a listing.
	PageSize int `yaml:"page_size"`

	Pace Pace `yaml:"pace"`

	// The most requests under way at a time.
	Concurrency int `yaml:"concurrency"`

	// How long one request may take.
	Timeout time.Duration `yaml:"timeout"`
}

// Update is how an account or a team is changed.
type Update string

// The ways to change an account or a team (RFC 7644, sections 3.5.1 and 3.5.2).
const (
	UpdateAuto  Update = "auto"  // PATCH, and PUT where that is not supported
	UpdatePatch Update = "patch" // PATCH alone
	UpdatePut   Update = "put"   // PUT of what was read, with the changes in it
)

// Pace bounds the requests to Writer, in requests a minute.
type Pace struct {
	// The pace at the start. It grows while Writer answers well, and shrinks when it does not.
	Start float64 `yaml:"start"`

	// The pace that is never exceeded.
	Max float64 `yaml:"max"`
}

// A Source is one configured directory.
type Source struct {
	Name string // of the configuration; part of every person's Ref
	Type string // of the registry
	// Deprovision is what becomes of the accounts of this source's people who left;
	// empty: what holds for all.
	Deprovision Deprovision
	// Watch says that the daemon follows the source's changes as they come, where its
	// connector can; unset: true.
	Watch  bool
	Config connectors.Config
}

// A Rule maps groups to a team.
type Rule struct {
	// The name of a group, or a pattern with * and ?.
	Group string `yaml:"group"`

	// The immutable ID of a group, in place of its name.
	ID string `yaml:"id"`

	// The source of the group, where several have groups of that name.
	Source string `yaml:"source"`

	// The name of a team that exists in Writer. {name} stands for the group's
	// name, {*} for what the * of the pattern matched.
	Team string `yaml:"team" jsonschema:"required"`

	// Leave out the members of groups that are nested in the group.
	Direct bool `yaml:"direct"`

	// Take out of the team whomever an admin put there in Writer.
	Exclusive bool `yaml:"exclusive"`
}

// People says who is provisioned.
type People struct {
	// mapped-groups: the members of groups that feed a team. everyone: the whole directory.
	Scope Scope `yaml:"scope" jsonschema:"enum=mapped-groups,enum=everyone"`

	// An expression that must be true of a person.
	Include string `yaml:"include"`

	// An expression that must not be true of a person.
	Exclude string `yaml:"exclude"`

	// Groups, by name or pattern, whose members are not provisioned.
	ExcludeGroups []string `yaml:"exclude_groups"`

	// How long a person with an account is out of scope before the account ends.
	Grace time.Duration `yaml:"grace"`

	// The attributes that are sent as the source states them.
	Send []string `yaml:"send"`

	// The attributes that are sent as an expression says.
	Attributes map[string]string `yaml:"attributes"`

	// What makes people of several sources one: email, an attribute, or extra.NAME.
	Join string `yaml:"join"`

	// The source whose word that somebody is disabled counts, whatever others say.
	Authority string `yaml:"authority"`
}

// Drift says what becomes of what was changed in Writer: repair gives Writer back
// what the directory states, report shows it and leaves it.
type Drift struct {
	// A name or another attribute was changed there.
	Attributes Remedy `yaml:"attributes" jsonschema:"enum=repair,enum=report"`

	// Somebody was taken out of a team there.
	Members Remedy `yaml:"members" jsonschema:"enum=repair,enum=report"`

	// An account was deactivated there.
	Deactivated Remedy `yaml:"deactivated" jsonschema:"enum=repair,enum=report"`

	// An account was deleted there.
	Deleted Remedy `yaml:"deleted" jsonschema:"enum=repair,enum=report"`
}

// Remedy is what becomes of a difference that arose in Writer.
type Remedy string

// What can become of a difference.
const (
	Repair Remedy = "repair"
	Report Remedy = "report"
)

// Scope is who is provisioned.
type Scope string

// The scopes of people.
const (
	MappedGroups Scope = "mapped-groups" // the members of groups that feed a linked team
	Everyone     Scope = "everyone"      // every person of every source
)

// Deprovision is what becomes of the account of a person who left.
type Deprovision string

// What can become of the account of a person who left.
const (
	Deactivate Deprovision = "deactivate"
	Delete     Deprovision = "delete" // waits for an approval every time
	None       Deprovision = "none"
)

// Protected lists the accounts that nothing is ever taken from, in canonical
// form. It is nil if the file has no such list, and then nothing is removed.
type Protected []string

// Listed reports whether the file has the list, even an empty one.
func (p Protected) Listed() bool { return p != nil }

// Limits tighten the built-in limits on removals, which hold as well: the smaller
// of the two counts. They cannot be loosened or turned off; a larger set is
// approved when it comes.
type Limits struct {
	// The most people removed in 24 hours without an approval. 0: the built-in limit alone.
	Run int `yaml:"run"`

	// The largest share of a team removed in 24 hours without an approval, in percent. 0: the built-in limit alone.
	TeamPercent int `yaml:"team_percent"`
}

// Schedule says when passes run.
type Schedule struct {
	// The time between two passes. 0 if Cron is set.
	Every time.Duration `yaml:"every"`

	// When passes run, as five fields of cron, in place of every.
	Cron string `yaml:"cron"`

	// When Writer is read in full: five fields of cron, or a time between two such reads.
	Verify When `yaml:"verify"`

	// The IANA name of the time zone that cron fields are meant in.
	Timezone string `yaml:"timezone"`

	// Each pass is delayed by a random time of at most this.
	Splay time.Duration `yaml:"splay"`
}

// Location returns the time zone of cron fields.
func (s Schedule) Location() (*time.Location, error) {
	l, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	return l, nil
}

// State says where writersync keeps what it knows.
type State struct {
	// The state file.
	Path string `yaml:"path"`
}

// Listen says where the daemon listens.
type Listen struct {
	// The host and port that serve Prometheus metrics.
	Metrics string `yaml:"metrics"`

	// Where directories may say that something changed, if a source takes that: an
	// address such as 127.0.0.1:9465, behind what speaks TLS. Unset: nowhere.
	Hooks string `yaml:"hooks"`

	// The unix socket for the other verbs. Unset: below /run, or beside a state file that is not the default one.
	Socket string `yaml:"socket"`
}

// Log says what is logged, and in which form.
type Log struct {
	// The least severe level that is logged.
	Level string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`

	// One line of text for people, or one JSON object for machines.
	Format string `yaml:"format" jsonschema:"enum=text,enum=json"`
}

// Source returns the source of that name.
func (c *Config) Source(name string) (Source, bool) {
	i := slices.IndexFunc(c.Sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return c.Sources[i], true
}
