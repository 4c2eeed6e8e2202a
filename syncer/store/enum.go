package store

import (
	"fmt"
	"slices"
	"strings"
)

// A table is the words of an enum in the order of their numbers, separated by spaces.
// Zero is the empty word: none. It is one text because a walk over all users looks up a
// word for each, and must make nothing.
type table interface{ words() string }

// An Enum is a number in a file and a word in JSON. A word may be changed; a number
// stays what it is for good, so that new words go to the end of their table.
type Enum[T table] uint8

// Words returns all words by their numbers.
func (Enum[T]) Words() []string {
	var t T
	return strings.Split(t.words(), " ")
}

// word returns the word; ok is false if the table does not have the number.
func (e Enum[T]) word() (word string, ok bool) {
	var t T
	rest, more := t.words(), true
	for range int(e) + 1 {
		if !more {
			return "", false
		}
		word, rest, more = strings.Cut(rest, " ")
	}
	return word, true
}

// Of returns the value of a word; ok is false if there is no such word.
func (Enum[T]) Of(word string) (e Enum[T], ok bool) {
	i := slices.Index(e.Words(), word)
	return Enum[T](max(i, 0)), i >= 0 //nolint:gosec // a table has fewer than 256 words
}

// Known reports whether the table has the number: a later version may have stored it.
func (e Enum[T]) Known() bool {
	_, ok := e.word()
	return ok
}

// String returns the word, or one that shows a number that is not known.
func (e Enum[T]) String() string {
	word, ok := e.word()
	if !ok {
		return fmt.Sprintf("unknown-%d", uint8(e))
	}
	return word
}

// MarshalText returns the word.
func (e Enum[T]) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText takes a word of the table.
func (e *Enum[T]) UnmarshalText(text []byte) error {
	n, ok := e.Of(string(text))
	if !ok {
		return fmt.Errorf("%q is no word that this version knows", text)
	}
	*e = n
	return nil
}

type (
	// Kind is what an op does.
	Kind = Enum[kinds]
	// Basis is what an op rests on.
	Basis = Enum[bases]
	// Cause is the situation in which evidence leads to an op.
	Cause = Enum[causes]
	// Why is the reason of a hold.
	Why = Enum[whys]
	// Exit is the kind of next step of a hold.
	Exit = Enum[exits]
	// Class is the class of a failure; see connectors.Class.
	Class = Enum[classes]
	// Object is user, group or membership.
	Object = Enum[objects]
	// Result is how a run ended.
	Result = Enum[results]
	// Done is what became of an op.
	Done = Enum[outcomes]
	// Origin is how an account came under our care.
	Origin = Enum[origins]
	// Standing is the state of a linked account.
	Standing = Enum[standings]
	// Status is that of a user, as the source lists it.
	Status = Enum[statuses]
)

type (
	kinds     struct{}
	bases     struct{}
	causes    struct{}
	whys      struct{}
	exits     struct{}
	classes   struct{}
	objects   struct{}
	results   struct{}
	outcomes  struct{}
	origins   struct{}
	standings struct{}
	statuses  struct{}
)

func (kinds) words() string {
	return " link-team unlink-team join-person adopt-user move-link create-user update-user confirm-user reactivate set-role" +
		" add-member confirm-member remove-member enter-scope leave-scope deactivate-user delete-user"
}

func (bases) words() string {
	return " shown absence scope drift contact returned not-visible rules admin"
}

func (causes) words() string { return " disabled out-of-scope first-match return" }

func (whys) words() string {
	return " duplicate-email recycled-email new-id sources-disagree email-taken email-cycle email-blocked email-refused" +
		" ambiguous-account inactive-account hidden-account account-missing deactivated-in-writer reactivated-in-writer" +
		" foreign-account team-missing team-ambiguous team-gone group-recreated group-imported unusable-record status-unknown" +
		" no-email first-sighting backoff expression-failed drift attribute-unstated paused protected-unlisted protected" +
		" source-incomplete gate gate-opening shrink role delete email-limit run-limit team-limit false-reading unproven" +
		" no-control not-visible return disabled-account other-email"
}

func (exits) words() string { return " approve fix wait" }

func (classes) words() string {
	return " transient throttled rejected conflict not-found denied unknown corrupt"
}

func (objects) words() string { return " user group membership" }

func (results) words() string { return " done skips held failed paused" }

func (outcomes) words() string { return " done failed skipped" }

func (origins) words() string { return " created adopted" }

func (standings) words() string { return " live inactive deleted" }

func (statuses) words() string { return " active disabled" }
