package file

import (
	"slices"
	"strings"

	"writersync/connectors"
)

// of returns the status that a value of the column means, and the value as the
// configuration has it.
func (v Values) of(value string) (status connectors.Status, by string) {
	is := func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(value)) }
	if i := slices.IndexFunc(v.Active, is); i >= 0 {
		return connectors.StatusActive, v.Active[i]
	}
	if i := slices.IndexFunc(v.Disabled, is); i >= 0 {
		return connectors.StatusDisabled, v.Disabled[i]
	}
	return connectors.StatusUnknown, ""
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
