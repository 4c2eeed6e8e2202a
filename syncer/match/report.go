package match

import (
	"cmp"
	"slices"
	"strings"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// A Kind says how two sides fit.
type Kind string

// The kinds of rows. The first six are of people, the others of teams; Linked, Case
// and WriterOnly are of both.
const (
	Linked        Kind = "linked"         // known to be one since an earlier pass
	Exact         Kind = "exact"          // one person and one account have the very same address
	Case          Kind = "case"           // the same but for upper and lower case, or space around it
	Ambiguous     Kind = "ambiguous"      // more than one on a side, or one of them is linked to somebody else
	WriterOnly    Kind = "writer-only"    // no person has the address, no group the name
	DirectoryOnly Kind = "directory-only" // no account has the address

	Imported  Kind = "imported"   // the group was made of the team, by import
	SameName  Kind = "same-name"  // the team and a group have the very same name
	GroupOnly Kind = "group-only" // no team has the name
)

// PeopleKinds and TeamKinds return the kinds in the order in which rows come.
func PeopleKinds() []Kind {
	return []Kind{Linked, Exact, Case, Ambiguous, WriterOnly, DirectoryOnly}
}

// TeamKinds returns the kinds of rows of teams; see PeopleKinds.
func TeamKinds() []Kind { return []Kind{Linked, Imported, SameName, Case, WriterOnly, GroupOnly} }

// A Report holds Writer against the directory.
type Report struct {
	People []Row
	Teams  []TeamRow
	// Unread says what was not read whole, and so what the report may lack.
	Unread []string
	// Into are the sources that can be given what only Writer has.
	Into []string
}

// A Row is about a person, an account, or both.
type Row struct {
	Kind    Kind
	Person  connectors.Ref // zero without a person
	Email   string         // as the directory spells it
	Account plan.RemoteID  // empty without an account
	Login   string         // the address as Writer spells it
	Name    string         // the display name, of the person or else of the account
	Note    string         // what else to know; empty if nothing
	// Made are the records of the person that import made of the account.
	Made []connectors.Ref `json:",omitempty"`
	// Attributes are those of an account that only Writer has. Idle says that it is
	// deactivated there, and Protected that nothing is ever taken from it: such an
	// account is kept apart from the directory on purpose.
	Attributes map[connectors.Attribute]string `json:",omitempty"`
	Idle       bool
	Protected  bool
}

// Address returns the address that the row is about, in its canonical form.
func (r Row) Address() string {
	return connectors.CanonicalEmail(cmp.Or(strings.TrimSpace(r.Email), r.Login))
}

// A TeamRow is about a team, the groups that fit it, or both.
type TeamRow struct {
	Kind    Kind
	Team    plan.RemoteID // empty without a team
	Name    string        // of the team
	Groups  []Group
	Members []plan.RemoteID // of the team in Writer; see Read
	Read    bool            // Members are all of them
	Note    string
}

// A Group names a group of a source.
type Group struct {
	Ref  connectors.Ref
	Name string
}

// Label returns the name by which a row is found: that of the team, or else of its
// first group.
func (r TeamRow) Label() string {
	if r.Name == "" && len(r.Groups) > 0 {
		return r.Groups[0].Name
	}
	return r.Name
}

// Compare makes the report of what a pass gathered, with everybody's record loaded
// and Writer read in full. The protected addresses are canonical.
func Compare(in plan.Input, protected map[string]bool) Report {
	rows, unread := people(in, protected)
	return Report{People: rows, Teams: teams(in), Unread: unread}
}

// Count returns how many rows of people are of a kind.
func (r Report) Count(kind Kind) int {
	n := 0
	for _, row := range r.People {
		if row.Kind == kind {
			n++
		}
	}
	return n
}

// CountTeams returns how many rows of teams are of a kind.
func (r Report) CountTeams(kind Kind) int {
	n := 0
	for _, row := range r.Teams {
		if row.Kind == kind {
			n++
		}
	}
	return n
}

func sortRows(rows []Row) {
	order := PeopleKinds()
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			cmp.Compare(a.Address(), b.Address()), a.Person.Compare(b.Person), cmp.Compare(a.Account, b.Account),
		)
	})
}

func sortTeams(rows []TeamRow) {
	order := TeamKinds()
	first := func(r TeamRow) connectors.Ref {
		if len(r.Groups) == 0 {
			return connectors.Ref{}
		}
		return r.Groups[0].Ref
	}
	slices.SortFunc(rows, func(a, b TeamRow) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)),
			cmp.Compare(a.Label(), b.Label()), cmp.Compare(a.Team, b.Team), first(a).Compare(first(b)),
		)
	})
}
