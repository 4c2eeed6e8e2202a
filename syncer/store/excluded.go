package store

import "time"

// An Excluded is a group that keeps users out, or did when it was last listed under its name,
// or nested in a group that does.
type Excluded struct {
	Group  Ref
	Name   string
	Within string    // the name of the group that it is nested in, if any
	Since  time.Time // when it was first not listed so; zero: it is
	// Users are the IDs of those who were in it then, in the source of the group.
	Users []string
}

// An Outside is since when a person with an account is out of scope; zero: they are in scope.
type Outside struct {
	Person Ref
	Since  time.Time
}
