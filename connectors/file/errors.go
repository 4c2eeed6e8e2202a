package file

import (
	"errors"
	"fmt"
	"io/fs"

	"writersync/connectors"
)

// corrupt is a file that is not what it should be.
func corrupt(path string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Corrupt, Op: "read " + path, Err: err, Hint: hint}
}

// rejected is a file that is sound and does not fit the configuration.
func rejected(path string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Rejected, Op: "read " + path, Err: err, Hint: hint}
}

// moving is a file that somebody writes while it is read.
func moving(path string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Transient, Op: "read " + path, Err: err, Hint: hint}
}

// unreadable explains why a file cannot be opened or read.
func unreadable(path string, err error) error {
	e := &connectors.Error{Class: connectors.Transient, Op: "read " + path, Err: err}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		e.Err = pe.Err // the path is in Op
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Class, e.Hint = connectors.Rejected, "Check the path, and that the export has run."
	case errors.Is(err, fs.ErrPermission):
		e.Class, e.Hint = connectors.Denied, "Let the user that runs writersync read the file and its folder."
	}
	return e
}

// errLine says on which line of the file a row begins.
func errLine(line int, err error) error { return fmt.Errorf("line %d: %w", line, err) }
