package file

import (
	"slices"
	"strings"

	"writersync/connectors"
)

// of returns the status that a value of the column means.
func (v Values) of(value string) connectors.Status {
	is := func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(value)) }
	switch {
	case slices.ContainsFunc(v.Active, is):
		return connectors.StatusActive
	case slices.ContainsFunc(v.Disabled, is):
		return connectors.StatusDisabled
	}
	return connectors.StatusUnknown
}

// twice returns the values that stand in both lists.
func (v Values) twice() []string {
	var out []string
	for _, a := range v.Active {
		if slices.ContainsFunc(v.Disabled, func(d string) bool { return strings.EqualFold(a, d) }) {
			out = append(out, a)
		}
	}
	return out
}
