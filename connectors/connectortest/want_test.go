package connectortest

import (
	"errors"
	"testing"

	"writersync/connectors"
)

func TestWantError(t *testing.T) {
	denied := &connectors.Error{Class: connectors.Denied, Op: "bind", Err: errReset, Hint: "set bind.user"}
	transient := &connectors.Error{Class: connectors.Transient, Op: "bind", Err: errReset}
	for _, tt := range []struct {
		name  string
		err   error
		class connectors.Class
		says  []string
		fails bool
	}{
		{"as wanted", denied, connectors.Denied, []string{"bind.user", "reset"}, false},
		{"nothing to do", transient, connectors.Transient, nil, false},
		{"nothing to do but wait", &connectors.Error{Class: connectors.Throttled, Op: "list", Err: errReset}, connectors.Throttled, nil, false},
		{"none", nil, connectors.Denied, nil, true},
		{"another class", denied, connectors.Rejected, nil, true},
		{"no class", errReset, connectors.Transient, nil, true},
		{"no hint", &connectors.Error{Class: connectors.Denied, Op: "bind", Err: errReset}, connectors.Denied, nil, true},
		{"other words", denied, connectors.Denied, []string{"bind.user", "password"}, true},
	} {
		report := failures(t, func(tb testing.TB) { WantError(tb, tt.err, tt.class, tt.says...) })
		if (report != "") != tt.fails {
			t.Errorf("%s: the test is told %q", tt.name, report)
		}
	}
}

// faulty is a configuration with faults.
type faulty struct{ faults, opening error }

func (f faulty) Validate() error  { return f.faults }
func (f faulty) Identity() string { return "faulty" }
func (f faulty) Open(connectors.Env) (connectors.Connector, error) {
	return nil, f.opening
}

func TestWantFaults(t *testing.T) {
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
		report := failures(t, func(tb testing.TB) { WantFaults(tb, tt.config, tt.want) })
		if (report != "") != tt.fails {
			t.Errorf("%s: the test is told %q", tt.name, report)
		}
	}
}
