package connectortest

import (
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
		{"none, as wanted", nil, "", nil, false},
		{"one where none is wanted", denied, "", nil, true},
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
