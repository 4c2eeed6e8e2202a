package connectortest

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
)

// A Trait is something that not every directory can hold.
type Trait string

// The traits that a Harness can declare as lacking. Worlds are loaded without them.
const (
	NestedGroups      Trait = "groups in groups"
	EmptyGroups       Trait = "groups without members"
	DanglingMembers   Trait = "members that do not exist"
	DisabledPeople    Trait = "disabled people"
	UnknownStatus     Trait = "people in a state that nobody knows"
	EmptyValues       Trait = "attributes that are empty"
	MissingValues     Trait = "attributes that are not stated"
	ControlCharacters Trait = "control characters in values"
	InvalidUTF8       Trait = "values that are not UTF-8"
)

// A Lie is a way in which a directory misleads a reader.
type Lie string

// The lies that a Harness declares: it either tells them or says why it cannot.
const (
	ShortPage      Lie = "fewer records than the directory itself counts or vouches for"
	RepeatedCursor Lie = "a page, or the mark that leads to the next one, comes again"
	ErrorInside    Lie = "an answer that looks like success and holds an error"
	FailsMidway    Lie = "an error after the first records"
	CutOff         Lie = "the answer stops in the middle of a record"
	DuplicateID    Lie = "one ID is stated twice"
	EmptyAnswer    Lie = "success, and nobody in it"
	ForeignLink    Lie = "the way to the next page leads to another server"
	Refusal        Lie = "the credential is not accepted any more"
)

func lies() []Lie {
	return []Lie{ShortPage, RepeatedCursor, ErrorInside, FailsMidway, CutOff, DuplicateID, EmptyAnswer, ForeignLink, Refusal}
}

// A Directory is a directory under test.
type Directory interface {
	// Load makes the directory hold w and nothing else. An object that stays keeps
	// its ID. It returns the directory's IDs by those of w where they differ; IDs of
	// members that do not exist need none.
	Load(t testing.TB, w World) map[string]string
	// Config returns a configuration that reads the directory. Where it needs a
	// secret, the directory accepts Secret.
	Config(t testing.TB) connectors.Config
	// Lie makes the directory tell l from now on.
	Lie(t testing.TB, l Lie)
}

// A Harness describes a connector to the suite. All that is left out of Lies and
// Lacks is expected to work.
type Harness struct {
	// Directory returns a new, empty directory; t.Cleanup removes it.
	Directory func(t testing.TB) Directory
	// Proves says whether the connector is a connectors.Prover.
	Proves bool
	// Follows says whether the connector is a connectors.Changer, and what of.
	Follows Follows
	// Watches says whether the connector is a connectors.Watcher.
	Watches bool
	// Patience is how long a change may take until a Watcher rings; 20 s if 0.
	Patience time.Duration
	// Lacks gives, for each trait that the directory cannot hold, the reason.
	Lacks map[Trait]string
	// Lies are those that Directory.Lie can tell.
	Lies []Lie
	// Cannot gives, for every other lie, the reason why this kind of directory
	// cannot tell it.
	Cannot map[Lie]string
}

// declared fails the test unless each lie is declared exactly once, and lists what
// is not checked.
func (h Harness) declared(t testing.TB) {
	t.Helper()
	for _, l := range lies() {
		reason, cannot := h.Cannot[l]
		switch can := slices.Contains(h.Lies, l); {
		case can && cannot:
			t.Errorf("declared both as told and as impossible: %s", l)
		case !can && reason == "":
			t.Errorf("neither told nor declared impossible with a reason: %s", l)
		case cannot:
			t.Logf("not checked: %s: %s", l, reason)
		}
	}
	for _, trait := range slices.Sorted(maps.Keys(h.Lacks)) {
		if h.Lacks[trait] == "" {
			t.Errorf("declared as lacking without a reason: %s", trait)
		}
		t.Logf("not held: %s: %s", trait, h.Lacks[trait])
	}
	if !h.Proves {
		t.Log("not checked: proofs: the connector is declared not to be a Prover")
	}
	if h.Follows == FollowsNothing {
		t.Log("not checked: changes: the connector is declared not to be a Changer")
	}
	if !h.Watches {
		t.Log("not checked: rings: the connector is declared not to be a Watcher")
	}
}

// Canary is the value of the secret that Secret reveals. The suite looks for it
// wherever a secret must not be.
const Canary = "canary-of-the-conformance-suite"

// Secret returns the secret that a Directory accepts.
func Secret() connectors.Secret {
	return connectors.NewSecret("test:canary", func(context.Context) (string, error) { return Canary, nil })
}
