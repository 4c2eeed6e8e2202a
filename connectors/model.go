package connectors

// A Ref names a person or group for life: the source's name in the
// configuration, and the directory's immutable ID within it.
type Ref struct {
	Source string
	ID     string
}

// String returns source/ID, for messages.
func (r Ref) String() string { return r.Source + "/" + r.ID }

// Compare orders refs by source, then by ID.
func (r Ref) Compare(o Ref) int {
	if r.Source != o.Source {
		if r.Source < o.Source {
			return -1
		}
		return 1
	}
	switch {
	case r.ID < o.ID:
		return -1
	case r.ID > o.ID:
		return 1
	}
	return 0
}

// Status is what a directory says about a person's employment or account. The
// zero value is StatusUnknown: a state the connector cannot map is neither
// active nor disabled, and nothing is done to the person because of it.
type Status string

// The states a directory can state.
const (
	StatusUnknown  Status = ""
	StatusActive   Status = "active"
	StatusDisabled Status = "disabled" // disabled, suspended, locked for good, or deleted, read by immutable ID
)

// A User is one person as a source states it.
type User struct {
	ID     string // immutable, unique within the source; never an e-mail unless the source's config chose so
	Email  string // as the directory spells it; see CanonicalEmail
	Status Status
	// StatusBy is what in the record Status rests on, in words of the source that are equal
	// for equal facts. Of a disabled user it is the fact that says so, an attribute perhaps
	// with its value: "nsAccountLock", "status=left". Of an active user it is every attribute
	// of which the record has a value that says so, with spaces between them. It is empty
	// where none does: the user is active because no fact says otherwise, and such a fact may
	// be hidden.
	StatusBy string

	// Container is where the object stands (an LDAP parent DN, an OU path). A
	// proof of absence takes its controls from the same container. Sources
	// without such places leave it empty.
	Container string

	// Attributes holds the SCIM attributes the source states. A missing key
	// means the source does not say; an empty value means it says "nothing".
	Attributes map[Attribute]string

	// Names are what the source's lists of members call the user, beside the ID: a
	// distinguished name, a uid. The connector writes names and the references in lists in
	// one canonical form, so that equal ones are equal texts. A name that two users of a
	// source have names neither of them.
	Names []string

	// Unusable are attributes, Email among them, of which the source has a value that
	// cannot be used, and why: "has control characters". They are not in Attributes: what
	// the value is, is not known. Reading sets it; a connector may set it too.
	Unusable map[Attribute]string `json:",omitempty"`

	// Fault says why this record as a whole cannot be used ("has more than 100 names").
	// The person counts as present, and nothing is done for them. Reading sets
	// it; a connector may set it too.
	Fault string
}

// A Group is one group, read whole. Its lists hold references as the source has them: IDs
// and names, also of what the source does not list. They are resolved where reads are
// stored, so that a member who is listed later is found too.
type Group struct {
	ID        string // immutable, unique within the source
	Name      string // a label: rules match it, nothing is keyed by it
	Container string // as User.Container
	// Names are what lists call the group, beside the ID; see User.Names.
	Names []string
	// Members are references to users, by ID or name; or to groups too, by name, where the
	// source does not tell them apart. Order and repeats do not matter.
	Members []string
	// Groups are references that are known to name no user of the source: groups nested in
	// this one, by ID or name, and what stands where no user is read. Cycles are allowed.
	Groups []string
	// NestedUnstated says that the source does not state which groups are nested in this one, so
	// that Groups is empty. Those that it stated before stay nested.
	NestedUnstated bool
}
