package plan

import "writersync/connectors"

// Roles says who is an org admin of Writer. The zero value leaves roles alone.
type Roles struct {
	// Attribute is the path of the role in Writer's extension; empty: off.
	Attribute connectors.Attribute
	Admins    map[string]bool // canonical e-mails
}

// The values of the role, by Writer's guide. A team admin cannot be set over SCIM.
const (
	RoleAdmin  = "admin" // of the organization
	RoleMember = "member"
)

// role plans to make a person with an account an org admin, if the list says so, or
// to undo that if we did it and the list says so no longer. Whoever an admin of Writer
// made one stays one.
func (d *differ) role(i int) {
	p, roles := d.in.People[i], d.in.Policy.Roles
	if roles.Attribute == "" || p.Link == nil {
		return
	}
	have, listed := p.Link.Applied[roles.Attribute], roles.Admins[p.Link.Email()]
	op := Op{Kind: SetRole, Person: p.Ref, Account: p.Account, Login: p.Link.Email()}
	change := Change{Attribute: roles.Attribute, Old: have}
	switch there := p.Remote; {
	case listed && (have != RoleAdmin || (there != nil && there.Attributes[roles.Attribute] == RoleMember)):
		change.New, op.Reason = RoleAdmin, Reason{Basis: Stated, Text: "is listed in writer.role.admins"}
	case !listed && have == RoleAdmin:
		change.New, op.Reason = RoleMember, Reason{Basis: Stated, Text: "is listed in writer.role.admins no longer"}
	default:
		return
	}
	op.Changes = []Change{change}
	d.add(op)
}
