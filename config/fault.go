package config

import (
	"fmt"
	"slices"
	"strings"
)

// A Fault is one mistake of a configuration file.
type Fault struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`   // from 1; 0: the file as a whole
	Column int    `json:"column,omitempty"` // in characters, from 1
	Path   string `json:"path,omitempty"`   // "sources[0].users.base"
	Msg    string `json:"msg"`              // what is wrong
	Fix    string `json:"fix,omitempty"`    // what to write instead, if Msg does not say it

	// Snippet is the line with a caret below the place. Values are left out of it
	// unless they are what is wrong, and then if they cannot be a secret.
	Snippet string `json:"-"`
}

// Error returns the place, the path, the mistake, the line and the fix, on
// several lines.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	b.WriteString(": ")
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Msg)
	if f.Snippet != "" {
		b.WriteString("\n" + f.Snippet)
	}
	if f.Fix != "" {
		b.WriteString("\n       fix: " + f.Fix)
	}
	return b.String()
}

// Faults are the mistakes of a configuration file, in the order of their lines:
// all of them, unless there are more than a hundred.
type Faults []Fault

// Error returns every fault, one below the other.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i := range f {
		errs[i] = f[i]
	}
	return errs
}

var (
	_ error = Fault{}
	_ error = Faults{}
)

func (f Faults) sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// covers reports whether a fault is known at path, or at something that path is
// a part of: what is said of path would then only follow from it.
func (f Faults) covers(path string) bool {
	return slices.ContainsFunc(f, func(known Fault) bool {
		return known.Path != "" && within(path, known.Path)
	})
}

// within reports whether path is whole or a part of it.
func within(path, whole string) bool {
	rest, ok := strings.CutPrefix(path, whole)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
