package connectortest

import (
	"errors"
	"testing"

	"writersync/connectors"
)

// faulty is a configuration with faults.
type faulty struct{ faults, opening error }

func (f faulty) Validate() error  { return f.faults }
func (f faulty) Identity() string { return "faulty" }
func (f faulty) Open(connectors.Env) (connectors.Connector, error) {
	return nil, f.opening
}

func TestFaults(t *testing.T) {
	fault := func(path string) error { return &connectors.FieldError{Path: path, Msg: "is required"} }
	two := errors.Join(fault("url"), fault("token"))
	for _, tt := range []struct {
		name   string
		config faulty
		want   []string
		fails  bool
	}{
		{"two", faulty{two, two}, []string{"url", "token"}, false},
		{"none", faulty{}, nil, false},
		{"one is not said", faulty{errors.Join(fault("url")), two}, []string{"url", "token"}, true},
		{"one too many", faulty{two, two}, []string{"url"}, true},
		{"another order", faulty{two, two}, []string{"token", "url"}, true},
		{"of no field", faulty{errors.Join(errReset), two}, []string{"url"}, true},
		{"without a word", faulty{errors.Join(&connectors.FieldError{Path: "url"}), two}, []string{"url"}, true},
		{"alone", faulty{fault("url"), two}, []string{"url"}, true},
		{"opened all the same", faulty{two, nil}, []string{"url", "token"}, true},
		{"not opened without one", faulty{nil, two}, nil, true},
	} {
		report := failures(t, func(tb testing.TB) { wantFaults(tb, tt.config, tt.want) })
		if (report != "") != tt.fails {
			t.Errorf("%s: the test is told %q", tt.name, report)
		}
	}
}
