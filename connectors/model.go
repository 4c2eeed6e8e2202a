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

	// Container is where the object stands (an LDAP parent DN, an OU path). A
	// proof of absence takes its controls from the same container. Sources
	// without such places leave it empty.
	Container string

	// Attributes holds the SCIM attributes the source states. A missing key
	// means the source does not say; an empty value means it says "nothing".
	Attributes map[Attribute]string

	// Fault says why this record cannot be used ("displayName is not UTF-8").
	// The person counts as present, and nothing is done for them. Reading sets
	// it; a connector may set it too.
	Fault string
}

// A Group is one group, read whole.
type Group struct {
	ID        string   // immutable, unique within the source
	Name      string   // a label: rules match it, nothing is keyed by it
	Container string   // as User.Container
	Members   []string // IDs of users; order and repeats do not matter
	Groups    []string // IDs of groups nested in this one; cycles are allowed

	// Unresolved counts members that are neither a user nor a group of this
	// reading: out of scope, of another kind, or not visible to the credential.
	Unresolved int
}
