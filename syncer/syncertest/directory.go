package syncertest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"writersync/connectors"
)

// A Source is a directory in memory. It states its records in an order of its own
// each time, and can fail.
type Source struct {
	Name   string
	Users  map[string]connectors.User
	Groups map[string]connectors.Group
	Fails  bool
	// Hidden are users whom the source leaves out, of its groups too, although they are
	// there.
	Hidden map[string]bool
	// Blind says that it shows of no user whether the user is disabled.
	Blind bool
	// Flat says that it does not state which groups are nested in which.
	Flat bool
	// Unkind says that it does not show KindAttribute.
	Unkind bool
	// Unlisted are groups that it does not list, and Renamed the names of some that it lists
	// under another name.
	Unlisted map[string]bool
	Renamed  map[string]string
	// Deselects says that a user who is gone is there when looked up, and not selected.
	Deselects bool
	// Emptied are groups whose members it does not show.
	Emptied map[string]bool
	// Mangled are users in whose place its groups have a reference that names no user.
	Mangled map[string]bool
	Random  *rand.Rand
	// Edition makes it a source that is exported now and then, as a file is: reads
	// of one edition are one statement. 0: it reads no file.
	Edition int
}

var _ connectors.Connector = (*Source)(nil)

// NewSource returns an empty source.
func NewSource(name string, random *rand.Rand) *Source {
	return &Source{
		Name: name, Users: map[string]connectors.User{}, Groups: map[string]connectors.Group{}, Emptied: map[string]bool{}, Unlisted: map[string]bool{}, Renamed: map[string]string{}, Random: random,
	}
}

// Read implements connectors.Connector.
func (s *Source) Read(_ context.Context, r *connectors.Reading) (connectors.Complete, error) {
	evidence, err := s.state(r)
	if err != nil {
		return connectors.Complete{}, err
	}
	return r.Complete(evidence)
}

// errLost is how a reading fails.
var errLost = errors.New("the connection was lost")

// state states all there is.
func (s *Source) state(r *connectors.Reading) (connectors.Evidence, error) {
	for i, id := range shuffled(s.Users, s.Random) {
		if s.Fails && i > 0 {
			return connectors.Evidence{}, errLost
		}
		if s.Hidden[id] {
			continue
		}
		if err := r.User(s.user(id)); err != nil {
			return connectors.Evidence{}, err
		}
	}
	listed := 0
	for _, id := range shuffled(s.Groups, s.Random) {
		if s.Unlisted[id] {
			continue
		}
		listed++
		if err := r.Group(s.group(id)); err != nil {
			return connectors.Evidence{}, err
		}
	}
	if s.Fails {
		return connectors.Evidence{}, errLost
	}
	hidden := 0
	for id := range s.Users {
		if s.Hidden[id] {
			hidden++
		}
	}
	evidence := connectors.Evidence{Closed: "end", Users: len(s.Users) - hidden, Groups: listed}
	if s.Edition > 0 {
		edition := strconv.Itoa(s.Edition)
		evidence.Files = [2]connectors.File{{Version: edition}, {Version: edition}}
	}
	return evidence, nil
}

// user returns a user as it is stated.
func (s *Source) user(id string) connectors.User {
	u := s.Users[id]
	if s.Blind {
		u.Status, u.StatusBy = connectors.StatusActive, ""
	}
	if s.Unkind {
		u.Attributes = maps.Clone(u.Attributes)
		delete(u.Attributes, KindAttribute)
	}
	return u
}

// group returns a group as it is stated.
func (s *Source) group(id string) connectors.Group {
	g := s.Groups[id]
	g.Name = cmp.Or(s.Renamed[id], g.Name)
	if s.Flat {
		g.Groups, g.NestedUnstated = nil, true
	}
	if s.Emptied[id] {
		g.Members, g.Groups = nil, nil
	}
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return s.Hidden[m] })
	for i, m := range g.Members {
		if s.Mangled[m] {
			g.Members[i] = "0" + m
		}
	}
	return g
}

func shuffled[T any](all map[string]T, random *rand.Rand) []string {
	keys := make([]string, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return keys
}

// A Provable is a Source that can be asked about single objects.
type Provable struct{ *Source }

var _ connectors.Prover = Provable{}

// Prove implements connectors.Prover.
func (p Provable) Prove(_ context.Context, c connectors.Claim) (connectors.Presence, error) {
	has := func(id string) bool {
		if c.Kind == connectors.GroupObject {
			_, ok := p.Groups[id]
			return ok
		}
		_, ok := p.Users[id]
		return ok
	}
	if c.Kind == connectors.MembershipObject { // users' own entries say what is so
		if slices.Contains(p.Groups[c.Group].Members, c.ID) {
			return connectors.Present, nil
		}
		return connectors.Absent, nil
	}
	if has(c.ID) {
		return connectors.Present, nil
	}
	for _, id := range c.Controls {
		if !has(id) {
			return connectors.Undecided, nil
		}
	}
	switch {
	case len(c.Controls) == 0:
		return connectors.Undecided, nil
	case p.Deselects:
		return connectors.Deselected, nil
	}
	return connectors.Absent, nil
}
