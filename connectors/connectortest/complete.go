package connectortest

import (
	"testing"

	"writersync/connectors"
)

// Complete returns the proof of a whole reading of source that stated users and
// groups. It comes from a real Reading, so it is refused for what a Reading
// refuses: the test then fails.
func Complete(t testing.TB, source string, users []connectors.User, groups []connectors.Group) connectors.Complete {
	t.Helper()
	r := connectors.NewReading(source, &Collect{})
	if err := state(r, users, groups); err != nil {
		t.Fatalf("state the world: %v", err)
	}
	complete, err := r.Complete(connectors.Evidence{
		Closed: "the slices ended", Users: len(users), Groups: len(groups),
	})
	if err != nil {
		t.Fatalf("complete the reading: %v", err)
	}
	return complete
}

// state hands users and groups to a reading.
func state(r *connectors.Reading, users []connectors.User, groups []connectors.Group) error {
	for _, u := range users {
		if err := r.User(u); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := r.Group(g); err != nil {
			return err
		}
	}
	return nil
}
