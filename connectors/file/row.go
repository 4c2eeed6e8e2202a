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

// A row is one record of a file: the values of the columns that are looked for, by their
// places among these. It is filled anew for each record.
type row struct {
	line   int // in a CSV file; in a JSON file, the number of the object
	unit   string
	values []string
	stated []bool     // a column that the file does not have, or does not state for this row, is not
	lists  [][]string // of columns that are lists, in JSON
}

func newRow(columns []column, unit string) *row {
	return &row{unit: unit, values: make([]string, len(columns)), stated: make([]bool, len(columns)), lists: make([][]string, len(columns))}
}

// value returns the value of a column, and whether there is one.
func (r *row) value(column int) (string, bool) { return r.values[column], r.stated[column] }

// set states the value of a column.
func (r *row) set(column int, value string) { r.values[column], r.stated[column] = value, true }

// at says where in the file an error is.
func (r *row) at(err error) error {
	if r.unit == "" {
		return errLine(r.line, err)
	}
	return fmt.Errorf("%s %d: %w", r.unit, r.line, err)
}

// all calls yield with the values of a column that may be a list.
func (r *row) all(column int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, value := range r.lists[column] {
			if !yield(value) {
				return
			}
		}
		if value := strings.TrimSpace(r.values[column]); value != "" {
			yield(value)
		}
	}
}
