package statetest

import (
	"writersync/connectors"
	"writersync/syncer/plan"
)

// Create returns the op that makes an account for u.
func Create(u connectors.User) plan.Op {
	return plan.Op{Kind: plan.CreateUser, Person: Ref(u.ID), Changes: changes(u), Makes: plan.FingerprintOf(u)}
}

// Adopt returns the op that links u with an account that was there.
func Adopt(u connectors.User, account plan.RemoteID) plan.Op {
	return plan.Op{Kind: plan.AdoptUser, Person: Ref(u.ID), Account: account, Changes: changes(u), Makes: plan.FingerprintOf(u)}
}

// Update returns the op that makes the account of a person what u states.
func Update(u connectors.User) plan.Op {
	return plan.Op{Kind: plan.UpdateUser, Person: Ref(u.ID), Account: account(u.ID), Changes: changes(u), Makes: plan.FingerprintOf(u)}
}

// On returns an op of that kind on the account of a person.
func On(kind plan.Kind, id string) plan.Op {
	return plan.Op{Kind: kind, Person: Ref(id), Account: account(id)}
}

// Member returns an op of that kind on a person's membership in a team.
func Member(kind plan.Kind, id string, team plan.RemoteID) plan.Op {
	return plan.Op{Kind: kind, Person: Ref(id), Account: account(id), Team: team}
}

// Feed returns the op that links a group with a team.
func Feed(group string, team plan.RemoteID, name, rule string) plan.Op {
	return plan.Op{Kind: plan.LinkTeam, Group: Ref(group), Team: team, Changes: []plan.Change{
		{Attribute: connectors.DisplayName, New: name}, {Attribute: "rule", New: rule},
	}}
}

// Unfeed returns the op that unlinks a group from a team.
func Unfeed(group string, team plan.RemoteID) plan.Op {
	return plan.Op{Kind: plan.UnlinkTeam, Group: Ref(group), Team: team}
}

func account(id string) plan.RemoteID { return plan.RemoteID("a-" + id) }

// changes sets what u states, as the op of a create does.
func changes(u connectors.User) []plan.Change {
	out := []plan.Change{}
	if name, ok := u.Attributes[connectors.DisplayName]; ok {
		out = append(out, plan.Change{Attribute: connectors.DisplayName, New: name})
	}
	return append(out, plan.Change{Attribute: plan.UserName, New: connectors.CanonicalEmail(u.Email)})
}
