package plan

// A Kind is what an op does.
type Kind string

// The kinds of op. Those marked "ledger only" send nothing to Writer.
const (
	LinkTeam      Kind = "link-team"       // ledger only: a group feeds a team from now on
	UnlinkTeam    Kind = "unlink-team"     // ledger only: a group feeds a team no longer
	AdoptUser     Kind = "adopt-user"      // ledger only: a person is an account that was there before
	JoinPerson    Kind = "join-person"     // ledger only: people of two sources are one
	MoveLink      Kind = "move-link"       // a person has the account that was another ID's; ledger only where the account names neither
	CreateUser    Kind = "create-user"     //
	UpdateUser    Kind = "update-user"     // changed attributes only, in place
	ConfirmUser   Kind = "confirm-user"    // ledger only: an account already is what the source states
	Reactivate    Kind = "reactivate"      //
	SetRole       Kind = "set-role"        // makes an org admin, or undoes that
	AddMember     Kind = "add-member"      //
	ConfirmMember Kind = "confirm-member"  // ledger only: a wanted membership was there before
	RemoveMember  Kind = "remove-member"   //
	Deactivate    Kind = "deactivate-user" //
	DeleteUser    Kind = "delete-user"     //
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{
		LinkTeam, UnlinkTeam, JoinPerson, AdoptUser, MoveLink, CreateUser, UpdateUser, ConfirmUser, Reactivate, SetRole, AddMember, ConfirmMember,
		RemoveMember, Deactivate, DeleteUser,
	}
}

// LedgerOnly reports whether the op changes nothing in Writer.
func (o Op) LedgerOnly() bool {
	switch o.Kind {
	case LinkTeam, UnlinkTeam, AdoptUser, JoinPerson, ConfirmUser, ConfirmMember:
		return true
	case MoveLink:
		return len(o.Changes) == 0
	}
	return false
}

// GoesFirst reports whether the op takes a membership from an inactive account before it is
// brought back. The membership counts in no team.
func (o Op) GoesFirst() bool { return o.Kind == RemoveMember && o.Reason.Cause == Return }

// RemovesPerson reports whether k takes an account away from a person.
func (k Kind) RemovesPerson() bool { return k == Deactivate || k == DeleteUser }

// Removes reports whether k takes anything away from a person.
func (k Kind) Removes() bool { return k.RemovesPerson() || k == RemoveMember }
