package connectors

import (
	"errors"
	"fmt"
)

// A FieldError is one fault of a configuration.
type FieldError struct {
	Path string // dotted path within the source: "users.base"
	Msg  string // what is wrong and what to write instead
}

// Error returns the path and the message.
func (e *FieldError) Error() string { return e.Path + ": " + e.Msg }

// Faults collects the faults of a configuration, so that all are told at once.
type Faults struct{ errs []error }

// Add adds a fault of the key at path, as a *FieldError.
func (f *Faults) Add(path, format string, args ...any) {
	f.errs = append(f.errs, &FieldError{Path: path, Msg: fmt.Sprintf(format, args...)})
}

// Join adds the faults that err joins; nil has none.
func (f *Faults) Join(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // what errors.Join made, itself
		f.errs = append(f.errs, joined.Unwrap()...)
	}
}

// Err returns the faults joined, nil if there are none.
func (f *Faults) Err() error { return errors.Join(f.errs...) }
