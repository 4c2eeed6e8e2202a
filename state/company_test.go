package state

import (
	"fmt"

	"writersync/connectors"
)

// company is n people, one group for twenty of them, and ten memberships for each
// person.
func company(n int) ([]connectors.User, []connectors.Group) {
	users, groups := make([]connectors.User, n), make([]connectors.Group, n/20)
	for i := range users {
		users[i] = personAt(i)
	}
	for g := range groups {
		groups[g] = groupAt(g, n)
	}
	return users, groups
}

func personAt(i int) connectors.User {
	return connectors.User{
		ID: personID(i), Email: fmt.Sprintf("person.%07d@example.com", i), Status: connectors.StatusActive, Container: "ou=people,dc=example,dc=com",
		Attributes: map[connectors.Attribute]string{
			connectors.DisplayName: fmt.Sprintf("Person %07d", i), connectors.GivenName: "Person", connectors.FamilyName: fmt.Sprintf("%07d", i),
			connectors.Title: "Engineer",
		},
	}
}

// groupAt is a group of 200 among n people.
func groupAt(g, n int) connectors.Group {
	members := make([]string, 200)
	for k := range members {
		members[k] = personID((g*7919 + k*104_729 + k*k) % n)
	}
	return connectors.Group{ID: fmt.Sprintf("group-%06d", g), Name: fmt.Sprintf("Group %06d", g), Members: members}
}

// personID has the 20 bytes of a short immutable ID.
func personID(i int) string { return fmt.Sprintf("id-%017d", i) }
