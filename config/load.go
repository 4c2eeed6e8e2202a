package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"writersync/connectors"
)

// Load reads the configuration file at path. The error is Faults if the file
// could be read and has mistakes.
func Load(path string, reg *connectors.Registry) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, reg)
}

// Socket returns where the daemon of the configuration at path listens, whatever mistakes
// the rest of the file has; DefaultSocket where not even that can be read of it.
func Socket(path string, reg *connectors.Registry) string {
	data, err := readFile(path)
	if err != nil {
		return DefaultSocket
	}
	c, _ := parse(path, data, reg)
	return c.Listen.Socket
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return data, nil
}

// Parse reads a configuration from data; name stands for it in faults. The error
// is Faults, and the Config then nil.
func Parse(name string, data []byte, reg *connectors.Registry) (*Config, error) {
	c, faults := parse(name, data, reg)
	if len(faults) > 0 {
		return nil, faults
	}
	return c, nil
}

// parse returns what can be read of data, and the mistakes in it.
func parse(name string, data []byte, reg *connectors.Registry) (*Config, Faults) {
	doc, fault := parseDocument(name, data, configuration())
	if fault != nil {
		return Default(), Faults{*fault}
	}
	d := &decoder{document: doc, registry: reg, marks: map[string]mark{}}
	c := Default()
	d.structure("", doc.root, reflect.ValueOf(c).Elem())
	d.complete(c)
	d.faults = append(d.faults, (&validator{decoder: d, config: c}).validate()...)
	d.faults.sort()
	return c, d.faults
}

// complete sets what follows from other keys, and puts values into the form in
// which they are compared.
func (d *decoder) complete(c *Config) {
	c.Writer.URL = strings.TrimRight(strings.TrimSpace(c.Writer.URL), "/")
	if _, given := d.marks["schedule.cron"]; given {
		if _, both := d.marks["schedule.every"]; !both {
			c.Schedule.Every = 0
		}
	}
	if _, given := d.marks["writer.pace.start"]; !given {
		c.Writer.Pace.Start = min(c.Writer.Pace.Start, c.Writer.Pace.Max)
	}
	if _, given := d.marks["listen.socket"]; !given && c.State.Path != DefaultState {
		c.Listen.Socket = filepath.Join(filepath.Dir(c.State.Path), socketName)
	}
	for i, email := range c.Writer.Role.Admins {
		c.Writer.Role.Admins[i] = connectors.CanonicalEmail(email)
	}
	for i, email := range c.Protected {
		c.Protected[i] = connectors.CanonicalEmail(email)
	}
}

// fieldErrors returns the faults that a connector found, however they are joined.
func fieldErrors(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the joined errors themselves are wanted
		var out []error
		for _, e := range many.Unwrap() {
			out = append(out, fieldErrors(e)...)
		}
		return out
	}
	return []error{err}
}

// asField splits an error of a connector into a path within the source, which may
// be empty, and a message.
func asField(err error) (path, msg string) {
	var f *connectors.FieldError
	if errors.As(err, &f) {
		return f.Path, f.Msg
	}
	return "", err.Error()
}
