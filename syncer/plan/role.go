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
	if p.Link == nil {
		return
	}
	if roles.Attribute == "" {
		d.roleKept(p)
		return
	}
	have, listed := p.Link.Applied[roles.Attribute], roles.Admins[p.Link.Email()]
	op := Op{Kind: SetRole, Person: p.Ref, Account: p.Account, Login: p.Link.Email()}
	change := Change{Attribute: roles.Attribute, Old: have}
	there := ""
	if p.Remote != nil {
		there = p.Remote.Attributes[roles.Attribute]
	}
	switch {
	case listed && have != RoleAdmin && there == RoleAdmin:
		return // somebody's in Writer, and so theirs to take
	case listed && (have != RoleAdmin || there == RoleMember):
		change.New, op.Reason = RoleAdmin, Reason{Basis: Shown, Text: "is listed in writer.role.admins"}
	case !listed && have == RoleAdmin:
		change.New, op.Reason = RoleMember, Reason{Basis: Shown, Text: "is listed in writer.role.admins no longer"}
	default:
		return
	}
	op.Changes = []Change{change}
	d.add(op)
}

// HasRole reports whether we gave the account a role.
func (l Link) HasRole() bool {
	for a, value := range l.Applied {
		if !known(a) && a != UserName && value == RoleAdmin {
			return true
		}
	}
	return false
}

// roleKept tells of somebody whom we made an org admin, now that roles are left alone.
func (d *differ) roleKept(p Person) {
	for a, value := range p.Link.Applied {
		if !known(a) && value == RoleAdmin {
			d.admins++
		}
	}
}
