package connectors

import "context"

// A Checker can look at its own set-up: whether the credential is good and may read
// what is needed and no more, whose directory it is, which of the directory's own
// settings will hurt. It is optional, and for `writersync check` alone.
type Checker interface {
	// Check returns what it found, the faults too. An error means that it could not
	// look any further; what it found before stands beside the error. It is called after
	// a Read, whether that ended well or not, and also tells what only that Read could
	// see; without one it tells all the rest. It never changes the directory, may be
	// called again, and returns soon after ctx ends, with an error.
	Check(ctx context.Context) ([]Finding, error)
}

// A Finding is one thing that Check found.
type Finding struct {
	What string // of what, in one word or two: "scopes", "organization"
	OK   bool
	Text string // what is so, and if that is not right, what to do; names no person
}
