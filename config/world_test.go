package config_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"writersync/connectors"
)

// tree is the configuration of a made-up connector that has a field of every
// kind that the decoder knows. It is registered as ldap, which the example uses.
type tree struct {
	server     `yaml:",inline"`
	Users      branch            `yaml:"users"`
	Groups     branch            `yaml:"groups"`
	Attributes map[string]string `yaml:"attributes"`
	Values     []string          `yaml:"values"`
	Share      float64           `yaml:"share"`
	Cache      *cache            `yaml:"cache"`
	Level      level             `yaml:"level"`
	hidden     bool
}

type server struct {
	URL      string        `yaml:"url" jsonschema:"required"`
	StartTLS bool          `yaml:"starttls"`
	Bind     bind          `yaml:"bind"`
	PageSize int           `yaml:"page_size"`
	Retries  uint8         `yaml:"-"`
	Timeout  time.Duration `yaml:"timeout"`
}

type bind struct {
	DN       string            `yaml:"dn"`
	Password connectors.Secret `yaml:"password"`
}

type branch struct {
	Base   string `yaml:"base"`
	Filter string `yaml:"filter"`
}

type cache struct {
	Size int16 `yaml:"size"`
}

// level is text that is read by its own method.
type level int

func (l *level) UnmarshalText(b []byte) error {
	if string(b) != "high" {
		return errors.New(`must be "high"`)
	}
	*l = 3
	return nil
}

var _ connectors.Config = (*tree)(nil)

func (c *tree) Validate() error {
	var errs []error
	if c.URL == "" {
		errs = append(errs, &connectors.FieldError{Path: "url", Msg: `is required: "ldaps://host"`})
	}
	if c.Users.Base == "" {
		errs = append(errs, fmt.Errorf("check users: %w", &connectors.FieldError{Path: "users.base", Msg: "is required: the entry below which people stand"}))
	}
	if c.PageSize > 1000 {
		errs = append(errs, errors.Join(&connectors.FieldError{Path: "page_size", Msg: "must be at most 1000"}))
	}
	if c.hidden {
		errs = append(errs, errors.New("is hidden"))
	}
	return errors.Join(errs...)
}

func (c *tree) Identity() string {
	return strings.Join([]string{"ldap", c.URL, c.Users.Base, c.Groups.Base}, " ")
}

func (c *tree) Open(connectors.Env) (connectors.Connector, error) { return nil, errors.ErrUnsupported }

// list is the configuration of a second made-up connector.
type list struct {
	Path  string   `yaml:"path"`
	Extra []string `yaml:"extra"`
	Hook  string   `yaml:"hook"`
}

var _ connectors.Config = (*list)(nil)

func (c *list) Validate() error {
	if c.Path == "" {
		return errors.New("names no file")
	}
	return nil
}

func (c *list) Hooked() (key string, on bool) { return "hook", c.Hook != "" }

func (c *list) Identity() string { return "file " + c.Path }

func (c *list) Extras() []string { return c.Extra }

func (c *list) Open(connectors.Env) (connectors.Connector, error) { return nil, errors.ErrUnsupported }

func registry() *connectors.Registry {
	var r connectors.Registry
	r.Register(connectors.Type{Name: "ldap", Doc: "Reads a made-up tree.", New: func() connectors.Config {
		return &tree{server: server{PageSize: 500, Timeout: 30 * time.Second}, Users: branch{Filter: "(all)"}}
	}})
	r.Register(connectors.Type{Name: "file", Doc: "Reads a made-up file.", New: func() connectors.Config { return &list{} }})
	return &r
}
