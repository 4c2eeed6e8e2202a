package plan

import (
	"fmt"
	"strings"

	"writersync/connectors"
)

// A Basis says what kind of evidence an op rests on.
type Basis string

// The bases of an op. Only Absence needs a proof.
const (
	Stated   Basis = "stated"   // a source states it, of this very person or group
	Absence  Basis = "absence"  // a complete reading no longer has the person or the group
	Scope    Basis = "scope"    // no mapped group holds the person, in two complete readings
	Drift    Basis = "drift"    // Writer differs from what we applied
	Contact  Basis = "contact"  // the first meeting of a person and an account, or of a group and a team
	Returned Basis = "returned" // a person is back
	// NotVisible: a source showed a fact before, and shows neither it nor another value now.
	NotVisible Basis = "not-visible"
)

// A Reason says why an op is in the plan.
type Reason struct {
	Basis Basis
	Text  string // a clause without names of people: "is in group engineering"
	// Claims are the absences that the op rests on. A rail wants each proven
	// where the source's connector can prove.
	Claims []Claim
	// By are the further sources on whose word the op rests, sorted.
	By []string
	// Since is the number of complete readings, this one included, that state
	// the absence. Zero for other bases.
	Readings int
	// Marks are the records of which a fact is not visible, on which the op rests. Once the
	// op is done, the fact has ended.
	Marks []Claim
}

// A Claim names an object whose absence an op rests on.
type Claim struct {
	Kind connectors.ObjectKind
	Ref  connectors.Ref
}

// String returns the text, and what is claimed to be gone.
func (r Reason) String() string {
	if len(r.Claims) == 0 {
		return r.Text
	}
	gone := make([]string, len(r.Claims))
	for i, c := range r.Claims {
		gone[i] = fmt.Sprintf("%s %s", c.Kind, c.Ref)
	}
	return fmt.Sprintf("%s (gone: %s)", r.Text, strings.Join(gone, ", "))
}
