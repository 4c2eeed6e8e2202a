package connectortest

import (
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
	NamedMembers      Trait = "names in lists that can change"
	DisabledPeople    Trait = "disabled people"
	UnknownStatus     Trait = "people in a state that nobody knows"
	EmptyValues       Trait = "attributes that are empty"
	MissingValues     Trait = "attributes that are not stated"
	ControlCharacters Trait = "control characters in values"
	InvalidUTF8       Trait = "values that are not UTF-8"
	OutOfSight        Trait = "users that the credential cannot see"
	OutOfSelection    Trait = "users who are there and are not selected"
	HiddenStatus      Trait = "users without a status that is shown"
)

// A Lie is a way in which a directory misleads a reader.
type Lie string

// The lies that a Directory tells, or its Harness says why it cannot.
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

func traits() []Trait {
	return []Trait{
		NestedGroups, EmptyGroups, DanglingMembers, NamedMembers, DisabledPeople, UnknownStatus, EmptyValues, MissingValues, ControlCharacters, InvalidUTF8, OutOfSight,
		OutOfSelection, HiddenStatus,
	}
}

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
	// Lie makes the directory tell l from now on. A lie that is not told fails its check.
	Lie(t testing.TB, l Lie)
}

// A ChangeHider is a Directory that can be made to tell nothing of changes, though it can
// still be read. That of a Watcher that is a Checker should be one.
type ChangeHider interface {
	Directory
	// HideChanges takes from the directory, or from the credential, all that only a watch and a
	// reading of changes need.
	HideChanges(t testing.TB)
}

// A Harness describes a connector to the suite. All that is left out of Lacks is
// expected to work, and each lie that is left out of Cannot to be told.
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
	// Cannot gives, for each lie that Directory.Lie cannot tell, the reason.
	Cannot map[Lie]string
}

// CannotLie is the Cannot of a directory that can tell no lie at all, all for one reason.
func CannotLie(reason string) map[Lie]string {
	out := map[Lie]string{}
	for _, l := range lies() {
		out[l] = reason
	}
	return out
}

// told returns the lies that Directory.Lie tells.
func (h Harness) told() []Lie {
	return slices.DeleteFunc(lies(), func(l Lie) bool { _, cannot := h.Cannot[l]; return cannot })
}

// declared fails the test unless there is a reason for each lie that is not told and
// each trait that is not held, and lists what is not checked.
func (h Harness) declared(t testing.TB) {
	t.Helper()
	if h.Directory == nil {
		t.Errorf("there is no directory to check")
	}
	for l, reason := range h.Cannot {
		if reason == "" || !slices.Contains(lies(), l) {
			t.Errorf("declared as impossible without a reason, or no lie of the suite: %s", l)
		}
		t.Logf("not checked: %s: %s", l, reason)
	}
	for trait, reason := range h.Lacks {
		if reason == "" || !slices.Contains(traits(), trait) {
			t.Errorf("declared as lacking without a reason, or no trait of the suite: %s", trait)
		}
		t.Logf("not held: %s: %s", trait, reason)
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
