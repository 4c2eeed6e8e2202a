package plan

import (
	"slices"
	"time"

	"writersync/connectors"
)

// An Input is everything a plan is made from. The slices are sorted as said, and
// Diff changes none of them.
type Input struct {
	// Version is that of the state which the people, groups, feeds and teams were
	// loaded from; a plan does not depend on it.
	Version uint64
	Policy  Policy
	Now     time.Time // for Retry.Waits and Policy.Grace
	Sources []Source  // sorted by name
	People  []Person  // every person a reading states or a link remembers, sorted by Ref
	Groups  []Group   // every group a reading states, sorted by Ref
	Feeds   []Feed    // the ledger's feeds, sorted by group, then team
	Teams   []Team    // every team the ledger has linked or Writer was read to have, sorted by ID

	// Accounts are those that Writer was last seen to have and no link names, sorted by
	// ID.
	Accounts []Account
	// Ignored are the attributes of which Writer keeps no value.
	Ignored map[connectors.Attribute]bool
	Retries []Retry // sorted by Key
	// Removed is when each person last lost a membership, as far as that was lately.
	Removed map[connectors.Ref]time.Time
	// Joins are the people whom the ledger holds to be somebody of another source.
	Joins map[connectors.Ref]connectors.Ref
	// Marks are what users showed before and do not show now, by record, of those who are
	// listed.
	Marks map[connectors.Ref]Mark
	// Vanished are users without an account that a source does not list any more, sorted by
	// User.
	Vanished []Vanished
	// Met are those of Vanished that a person without an account may be, by index of
	// People. Diff fills it in.
	Met map[int][]Vanished
	// Excluded are the groups that keep users out, or did when they were last listed; sorted
	// by Group.
	Excluded []Excluded
	// Imported are the objects of sources that import made of what Writer had.
	Imported []Imported
	// Changed is what readings of changes said in this pass.
	Changed Changed
	// Approved holds the ops that an approval lets through the holds of Diff
	// itself.
	Approved map[Hash]bool
	// Moved says that the ledger was filled against another Writer endpoint: its
	// accounts are believed only where Writer shows them to be the same ones.
	Moved bool
	// Partial says that some sources were not asked in this run, since it is for others that
	// notified.
	Partial bool
	// Review says that the plan is shown before any of it is done: accounts that end once
	// Policy.Grace has passed are in it.
	Review bool
	// Verified says that Writer's accounts and teams were read in full in this
	// pass: what is not among them is not there.
	Verified bool
}

// Person finds somebody in People. The index is where the person would be if there is none.
func (in Input) Person(ref connectors.Ref) (index int, known bool) {
	return slices.BinarySearchFunc(in.People, ref, func(p Person, r connectors.Ref) int { return p.Ref.Compare(r) })
}

// configured reports whether the named source is.
func (in Input) configured(source string) bool {
	return slices.ContainsFunc(in.Sources, func(s Source) bool { return s.Name == source })
}

// A Policy is the part of the configuration that decides.
type Policy struct {
	Rules       []Rule
	Everyone    bool   // provision the whole directory, not only the members of mapped groups
	DefaultTeam string // the team Writer puts new accounts into, by name; may be empty
	Deprovision Deprovision
	// Grace is how long a person is out of scope before the account ends.
	Grace time.Duration
	// Sources holds what deviates from Deprovision, by source.
	Sources map[string]Deprovision
	// ExcludeGroups are the names of groups, or patterns as in Rule.Group, whose
	// members, nested ones included, are not provisioned.
	ExcludeGroups []string
	Profile       Profile // nil: everything a source states, of everybody
	Drift         DriftPolicy
	Join          Join
	Roles         Roles
}

// Deprovision is what becomes of the account of a person who left.
type Deprovision string

// What can become of the account of a person who left.
const (
	DeprovisionDeactivate Deprovision = "deactivate"
	DeprovisionDelete     Deprovision = "delete"
	DeprovisionNone       Deprovision = "none"
)

// deprovision returns what becomes of the accounts of people of a source.
func (p Policy) deprovision(source string) Deprovision {
	if own, ok := p.Sources[source]; ok {
		return own
	}
	return p.Deprovision
}

// A Read is how a run read a source. In any case, Input has what the source listed last.
type Read uint8

// How a run can read a source.
const (
	NotRead Read = iota // it failed, or was not asked
	ByDelta             // Input.Changed says of which users it listed something
	InFull
)

// A Source is one configured directory in this run.
type Source struct {
	Name string
	Read Read
	// Credible says that no rail doubts the last complete reading: whom it does not
	// state as a member was none.
	Credible bool
	// States are the attributes, connectors.Email among them, that the source ever
	// stated of anybody.
	States map[connectors.Attribute]bool
	// Proves says that the connector can look up single objects. If it cannot, a source
	// must say twice that one is gone; see unconfirmed.
	Proves bool
	// At is when the source was last read in full. Files are since when what it read is in
	// the version that was read: of users, and of groups; zero if it reads no files.
	At    time.Time
	Files [2]time.Time
}

// A Person is one person in all three views.
type Person struct {
	Ref      connectors.Ref
	Account  RemoteID // of the link; empty without one
	Standing Standing

	// Settled says that the source's record is the one last applied, and so User
	// and Link were not loaded. Everything else here is given.
	Settled bool
	User    *connectors.User // what the source states; nil if it does not state the person
	Link    *Link            // nil without one
	Remote  *Account         // what Writer last showed of the account, where that is otherwise than the ledger says
	// Gone is since when the source does not list the person, as far as that is known.
	Gone time.Time `json:",omitzero"`
	// Also are the records of this person in other sources, and Parts all of them by
	// precedence, where User is made of several. Diff fills them in.
	Also, Parts []Part
	// Lost says that the account was looked for in Writer, by its id, and was not there.
	Lost bool
}

// hasAccount reports whether the ledger holds that the person has an account.
func (p Person) hasAccount() bool { return p.Standing == Live || p.Standing == Inactive }

// active reports whether the person is listed as active, by a record that can be used.
func (p Person) active() bool {
	return p.User != nil && p.User.Status == connectors.StatusActive && p.User.Fault == ""
}

// reactivated reports whether the account is inactive by the ledger and active in Writer.
func (p Person) reactivated() bool {
	return p.Standing == Inactive && p.Remote != nil && p.Remote.Active
}

// Emails returns the canonical addresses that the source states and that were last
// applied, as far as they were loaded.
func (p Person) Emails() []string {
	var out []string
	if p.User != nil {
		out = append(out, connectors.CanonicalEmail(p.User.Email))
	}
	if p.Link != nil {
		out = append(out, p.Link.Email())
	}
	return out
}

// A Group is one group of a source. Members, Dangling, Nested and Unseen are indexes into
// Input.People and Input.Groups, ascending, without repeats.
type Group struct {
	Ref     connectors.Ref
	Name    string
	Members []uint32
	// Dangling are those of Members that the source lists, and that no reference in the
	// group names any more, while others came that name nothing: a name changed, and the
	// group does not follow.
	Dangling []uint32
	// Emptied says that the list had members and is empty now: all of Members are of before.
	Emptied bool
	Nested  []uint32
	// Unseen are those of Nested that the list does not name now: who comes into them is given
	// nothing by that.
	Unseen []uint32
	// Unresolved counts references that name neither a user nor a group of the source.
	Unresolved int
	// Replaced says that a group stays nested which the list does not name any more: such a
	// reference came as it left, or the source states no nested groups any more (NestedUnstated).
	Replaced, NestedUnstated bool
}

// A Team is one team of Writer. Had and Dormant are indexes into Input.People,
// ascending.
type Team struct {
	ID   RemoteID
	Name string // as Writer last said
	// Was is the name that the ledger remembers; empty for a team it does not know.
	Was string
	// Known says that the ledger has it: a group feeds it, or it has members by us.
	Known bool
	// Seen says that Writer listed the team when it was last read in full; Gone that it did
	// not, and the ledger has it.
	Seen, Gone bool
	// Had are the people whose membership the ledger holds; Dormant are those
	// among them whose membership was left behind by a deactivation.
	Had, Dormant []uint32
	// Read says that the members of the team were last listed by Writer. Missing are then
	// those of Had that it did not list, and Extra the accounts, sorted, of others that it
	// did.
	Read    bool
	Missing []uint32
	Extra   []RemoteID
}

// An Account is a user as Writer states it.
type Account struct {
	ID         RemoteID
	UserName   string
	ExternalID string
	Active     bool
	Attributes map[connectors.Attribute]string // UserName is not among them
}

// Email returns the account's canonical address.
func (a Account) Email() string { return connectors.CanonicalEmail(a.UserName) }
