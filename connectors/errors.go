package connectors

import (
	"errors"
	"fmt"
	"time"
)

// A Class says what kind of failure an error is. It is decided where the status
// code is known and travels in the error; nobody reads a message to find it.
type Class string

// The classes of failure. An error without a class counts as Transient.
const (
	Transient Class = "transient" // the network or the server; the same call may succeed later
	Throttled Class = "throttled" // the server asks to wait; see Error.After
	Rejected  Class = "rejected"  // this request is refused as it stands; repeating it will not help
	Conflict  Class = "conflict"  // the value is taken by another object
	NotFound  Class = "not-found" // the object asked for by ID is not there
	Denied    Class = "denied"    // the credential is refused: stop, and change nothing
	Unknown   Class = "unknown"   // the request may or may not have been applied: look before repeating
	Corrupt   Class = "corrupt"   // the answer is not what the protocol promises
)

// An Error is a failure that a person must be able to act on.
type Error struct {
	Class Class
	Op    string        // what was being done: "search users below ou=people"
	Hint  string        // what to do about it, a full sentence; may be empty
	After time.Duration // for Throttled: how long the server asked to wait; 0 if it did not say
	Err   error         // the cause, never nil
}

// Error returns the op, the cause and the hint. It holds no secret and no body
// of a foreign answer.
func (e *Error) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s: %v. %s", e.Op, e.Err, e.Hint)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class that err carries, Transient if none, and "" for nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) && e.Class != "" {
		return e.Class
	}
	return Transient
}
