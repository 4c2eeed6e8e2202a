package connectors

import "context"

// A Checker can look at its own set-up: whether the credential is accepted, and may read
// what is needed and no more; whose directory it is; which of the directory's own settings
// lead to trouble. It is optional, and for `writersync check` alone.
type Checker interface {
	// Check returns what it found, good and bad, in the order in which it is shown. An
	// error means that it could not look any further; what it found before that is
	// returned beside the error.
	//
	// It is called after Read, whether Read ended well or not, so that it can also tell
	// what only a Read sees. Where none was made it leaves that out. It never changes the
	// directory and may be called again. When ctx ends, it returns soon, with an error.
	Check(ctx context.Context) ([]Finding, error)
}

// A Finding is one thing that Check found.
type Finding struct {
	What string // what was looked at, in one word or two: "scopes", "organization"
	OK   bool   // false: somebody has to do something about it
	Text string // how it is, and where that is not right, what to do; it names no person
}
