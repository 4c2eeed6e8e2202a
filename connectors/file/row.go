package file

import (
	"fmt"
	"strings"
)

// A column is one that is looked for in a file.
type column struct {
	name     string // as configured
	list     bool   // in JSON, an array
	null     bool   // in JSON, null states an empty value, and not nothing
	required string // why the file cannot be read without it; empty: it can
}

// A row is one record of a file: values by the name of the column as configured. A
// column that the file does not have, or does not state for this row, is missing.
type row struct {
	line   int // in a CSV file; in a JSON file, the number of the object
	unit   string
	values map[string]string
	lists  map[string][]string // columns that are lists, in JSON
}

// at says where in the file an error is.
func (r row) at(err error) error {
	if r.unit == "" {
		return errLine(r.line, err)
	}
	return fmt.Errorf("%s %d: %w", r.unit, r.line, err)
}

// all returns the values of a column that may be a list.
func (r row) all(name string) []string {
	if list, ok := r.lists[name]; ok {
		return list
	}
	if v := strings.TrimSpace(r.values[name]); v != "" {
		return []string{v}
	}
	return nil
}
