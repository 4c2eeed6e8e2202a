package file

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"writersync/connectors"
)

// Type returns the connector type for the registry.
func Type() connectors.Type {
	return connectors.Type{
		Name: "file",
		Doc:  "Reads people and groups from CSV or JSON files that another program exports.",
		New:  func() connectors.Config { return NewConfig() },
	}
}

// Config is the configuration of one source of files.
type Config struct {
	People  string  `yaml:"people"` // path of the file of people
	Groups  string  `yaml:"groups"` // path of the file of groups; unset: only people are read
	Format  Format  `yaml:"format"` // of both files; unset: by the ending of their names
	Whole   Whole   `yaml:"whole"`
	ID      ID      `yaml:"id"`
	CSV     CSV     `yaml:"csv"`
	Columns Columns `yaml:"columns"`
	Status  Values  `yaml:"status"`
}

// Format is how a file is written.
type Format string

// The formats of a file.
const (
	FormatCSV  Format = "csv"  // RFC 4180, with a header
	FormatJSON Format = "json" // one array of objects
)

// Whole is what shows that a file is not half-written.
type Whole string

// What can show that a file is whole.
const (
	Checksum Whole = "checksum" // PATH.sha256 holds the digest of the file
	Rename   Whole = "rename"   // the exporting program writes aside and renames, always
)

// ID is what people are known by for life.
type ID string

// What people can be known by.
const (
	ByColumn ID = "column" // the column columns.id, which never changes for a person
	ByEmail  ID = "email"  // the e-mail: a changed one is a leaver and a joiner
)

// CSV says how the CSV files are written.
type CSV struct {
	Delimiter string   `yaml:"delimiter"` // one character
	Encoding  Encoding `yaml:"encoding"`
}

// Encoding is the character encoding of a CSV file.
type Encoding string

// The encodings that are read. A byte order mark is understood in any of them.
const (
	UTF8        Encoding = "utf-8"
	UTF16       Encoding = "utf-16" // by its byte order mark; little-endian without one
	Windows1252 Encoding = "windows-1252"
)

// Columns names the columns of a CSV file, or the members of a JSON object. In a
// header, case does not matter. Columns that are not named here are not read.
type Columns struct {
	ID     string `yaml:"id"`
	Status string `yaml:"status"`

	connectors.Profile `yaml:",inline"` // the manager's is the manager's ID

	GroupID     string `yaml:"group_id"`
	Group       string `yaml:"group"`        // the group's name
	Member      string `yaml:"member"`       // what the person is known by; in JSON an array
	MemberGroup string `yaml:"member_group"` // the ID of a nested group; in JSON an array
}

// Extras returns the names by which expressions know the further columns.
func (c *Config) Extras() []string { return c.Columns.Extras() }

// Values says what the column of the status means. Case does not matter. A value
// in neither list, and none at all, leave the person's state unknown and the
// account alone.
type Values struct {
	Active   []string `yaml:"active"`
	Disabled []string `yaml:"disabled"`
}

func defaultColumns() Columns {
	return Columns{
		ID: "id", Status: "status",
		Profile: connectors.Profile{
			Email: "email", GivenName: "given_name", FamilyName: "family_name", DisplayName: "display_name", Title: "title",
			MiddleName: "middle_name", HonorificPrefix: "honorific_prefix", HonorificSuffix: "honorific_suffix", Phone: "phone",
			Locale: "locale", PreferredLanguage: "preferred_language", Department: "department", CostCenter: "cost_center",
			EmployeeNumber: "employee_number", Manager: "manager",
		},
		GroupID: "group_id", Group: "group", Member: "member", MemberGroup: "member_group",
	}
}

// NewConfig returns a configuration with the defaults set.
func NewConfig() *Config {
	return &Config{
		Whole: Checksum, ID: ByColumn, CSV: CSV{Delimiter: ",", Encoding: UTF8}, Columns: defaultColumns(),
		Status: Values{
			Active:   []string{"active", "enabled", "true", "yes", "1"},
			Disabled: []string{"disabled", "inactive", "suspended", "terminated", "false", "no", "0"},
		},
	}
}

var _ connectors.Config = (*Config)(nil)

// Validate returns every fault at once, each as a *connectors.FieldError.
func (c *Config) Validate() error {
	var errs []error
	fault := func(path, format string, args ...any) {
		errs = append(errs, &connectors.FieldError{Path: path, Msg: fmt.Sprintf(format, args...)})
	}
	if c.People == "" {
		fault("people", "is required: the path of the file of people")
	}
	for path, file := range map[string]string{"people": c.People, "groups": c.Groups} {
		if file == "" {
			continue
		}
		if !filepath.IsAbs(file) {
			fault(path, "must be an absolute path, such as /var/lib/export/people.csv")
		} else if c.format(file) == "" {
			fault("format", "is required, since the name in %s ends in neither .csv nor .json", path)
		}
	}
	if c.People != "" && c.People == c.Groups {
		fault("groups", "is the file of people: give groups a file of their own")
	}
	oneOf(fault, "format", c.Format, "", FormatCSV, FormatJSON)
	oneOf(fault, "whole", c.Whole, Checksum, Rename)
	oneOf(fault, "id", c.ID, ByColumn, ByEmail)
	oneOf(fault, "csv.encoding", c.CSV.Encoding, UTF8, UTF16, Windows1252)
	if r := []rune(c.CSV.Delimiter); len(r) != 1 || strings.ContainsAny(c.CSV.Delimiter, "\"\r\n\ufffd") {
		fault("csv.delimiter", `must be one character, such as "," or ";" or "\t"`)
	}
	for _, at := range c.Status.twice() {
		fault("status", "has %q in both lists", at)
	}
	return errors.Join(errs...)
}

// oneOf reports a value that is none of the allowed, of which an empty one stands
// for "unset".
func oneOf[T ~string](fault func(path, format string, args ...any), path string, value T, allowed ...T) {
	var names []string
	for _, a := range allowed {
		if value == a {
			return
		}
		if a != "" {
			names = append(names, string(a))
		}
	}
	fault(path, "must be %s, is %q", strings.Join(names, " or "), value)
}

// format returns the format of a file, or "" if nothing says it.
func (c *Config) format(path string) Format {
	switch ending := strings.ToLower(filepath.Ext(path)); {
	case c.Format != "":
		return c.Format
	case ending == ".csv":
		return FormatCSV
	case ending == ".json":
		return FormatJSON
	}
	return ""
}

// Identity returns the files, what people are known by, and the columns that
// decide who is who.
func (c *Config) Identity() string {
	parts := []string{"file", c.People, c.Groups, string(c.ID), c.Columns.ID, c.Columns.GroupID, c.Columns.Status}
	for i, p := range parts {
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}

// Open returns a connector. It looks at no file.
func (c *Config) Open(env connectors.Env) (connectors.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return &Connector{config: *c, observe: env.Observe, name: env.Name, attributes: c.Columns.Named()}, nil
}
