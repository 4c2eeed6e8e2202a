package plan

import (
	"cmp"
	"slices"
	"strings"

	"writersync/connectors"
)

// A RemoteID is Writer's id of an account or a team, opaque.
type RemoteID string

// UserName is the attribute that carries a person's e-mail. Writer's userName and
// its one e-mail address are the same string and change together.
const UserName connectors.Attribute = "userName"

// A Change is one attribute of an account before and after.
type Change struct {
	Attribute connectors.Attribute
	Old, New  string
	Shown     bool // it rests on what a source shows, where the op rests on drift as well
}

// A Fingerprint identifies what a source states of a person, as far as a plan
// depends on it.
type Fingerprint [16]byte

// An Op is one step of a plan.
type Op struct {
	Kind    Kind
	Person  connectors.Ref // whose account or membership; zero for LinkTeam and UnlinkTeam
	Group   connectors.Ref // for LinkTeam and UnlinkTeam
	From    connectors.Ref // for MoveLink: whose account it was; for JoinPerson: who the person is
	Account RemoteID       // empty as long as the account does not exist
	Team    RemoteID       // for memberships and team links
	Changes []Change       // sorted by attribute
	Reason  Reason

	// After names the person whose update frees the e-mail that this op takes.
	// If that update fails, this op is not sent.
	After connectors.Ref
	// Unread are the sources, sorted, that this run had to read for the op to go, and did not.
	Unread []string `json:"-"`
	// Makes is the fingerprint of the record that is true in Writer once this op
	// succeeded; zero if others are needed too.
	Makes Fingerprint

	// Login and TeamName are labels for people. A plan does not depend on them; that nothing
	// is taken from protected accounts rests on Login.
	Login, TeamName string
}

// Rests reports whether the op is about a user or a group of the source, or about an unmanaged
// member, who may be a user that it did not list; or whether it rests on its word.
func (o Op) Rests(source string) bool {
	return o.Person.Source == source || o.Group.Source == source || IsStranger(o.Person) || slices.Contains(o.Reason.By, source) ||
		slices.ContainsFunc(o.Reason.Claims, func(c Claim) bool { return c.Ref.Source == source })
}

// Name gives the ops of a plan that do not say whose account they are about the address that
// Writer knows, or that the source lists, of people whose records were loaded since.
func (in Input) Name(p Plan) {
	name := func(ops []Op) {
		for i := range ops {
			if at, known := in.Person(ops[i].Person); known && ops[i].Login == "" {
				ops[i].Login = in.People[at].label()
			}
		}
	}
	name(p.Ops)
	for _, h := range p.Held {
		name(h.Ops)
	}
}

// label returns the address of a person for people who read it.
func (p Person) label() string {
	if p.Link != nil && p.Link.Email() != "" {
		return p.Link.Email()
	}
	return stated(p)
}

// name names a person in the text of a hold: by the address, or by source and ID where none is
// known. What is asked about IDs names those.
func (p Person) name() string { return cmp.Or(p.label(), p.Ref.String()) }

// Names returns what the op claims to be gone, for people: users as the op does, by address.
func (o Op) Names(c Claim) string { return c.of(o.object(c)) }

// object names the user or the group that a claim is about. What an op asks about IDs names those.
func (o Op) object(c Claim) string {
	if c.Kind != connectors.GroupObject && o.Login != "" && o.From == (connectors.Ref{}) {
		return o.Login
	}
	return c.Ref.String()
}

// Removes reports whether the op takes something away.
func (o Op) Removes() bool { return o.Kind.Removes() }

// Key identifies what the op is about, across passes: its kind, person, group and
// team. A failed op is remembered under its key.
func (o Op) Key() string {
	return strings.Join([]string{
		string(o.Kind), o.Person.Source, o.Person.ID, o.Group.Source, o.Group.ID, string(o.Team),
	}, "\x1f")
}

// WithoutDrift returns an update without the changes that rest on drift. What is left makes no
// record true by itself.
func (o Op) WithoutDrift() Op {
	o.Changes = slices.DeleteFunc(slices.Clone(o.Changes), func(c Change) bool { return !c.Shown })
	o.Makes = Fingerprint{}
	for i := range o.Changes {
		o.Reason.Basis, o.Changes[i].Shown = Shown, false
	}
	return o
}

// Change returns the change of attribute a, if the op makes one.
func (o Op) Change(a connectors.Attribute) (Change, bool) {
	for _, c := range o.Changes {
		if c.Attribute == a {
			return c, true
		}
	}
	return Change{}, false
}
