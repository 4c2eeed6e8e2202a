package plan

import (
	"fmt"
	"strings"

	"writersync/connectors"
)

// A Reason says why an op is in the plan.
type Reason struct {
	Basis Basis
	Cause Cause
	Text  string // a clause without names of people: "is in group engineering"
	// Claims are the absences that the op rests on. A rail wants each proven
	// where the source's connector can prove.
	Claims []Claim
	// By are the further sources on whose word the op rests, sorted.
	By []string
	// Marks are the records of which a fact is not visible, on which the op rests. Once the
	// op is done, the fact has ended.
	Marks []Claim
}

// A Claim names an object whose absence an op rests on. Of a membership Ref is the user, and
// Group the ID of the group in the same source.
type Claim struct {
	Kind  connectors.ObjectKind
	Ref   connectors.Ref
	Group string `json:",omitempty"`
	Fact  string `json:",omitempty"` // of a mark of a user: by which attributes the user was kept out
}

// String returns what is claimed to be gone.
func (c Claim) String() string { return c.of(c.Ref.String()) }

// of is String for people who know the user or the group by another name.
func (c Claim) of(name string) string {
	if c.Group != "" {
		return fmt.Sprintf("%s of %s in group %s", c.Kind, name, c.Group)
	}
	return fmt.Sprintf("%s %s", c.Kind, name)
}

// String returns the text, and which groups are gone.
func (r Reason) String() string { return r.clause(false) }

// clause is String; with records, the users that are gone are named too.
func (r Reason) clause(records bool) string {
	var gone []string
	for _, c := range r.Claims {
		if c.Kind == connectors.GroupObject || (records && c.Kind == connectors.UserObject) {
			gone = append(gone, c.String())
		}
	}
	if len(gone) == 0 {
		return r.Text
	}
	return fmt.Sprintf("%s (gone: %s)", r.Text, strings.Join(gone, ", "))
}
