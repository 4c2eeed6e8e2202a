//go:build e2e

package ldap_test

import (
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

// TestPersonRenamedWhileRead renames somebody between the people and the groups of a
// reading, and the group follows, as an overlay for referential integrity makes it.
func TestPersonRenamedWhileRead(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 6, Groups: 1, GroupSize: 2})
	s.Modify(slapdtest.GroupDN(0), "member", slapdtest.PersonDN(1), "uid=gone,"+slapdtest.UsersBase)
	c, _ := open(t, config(s))
	sink := &connectortest.Collect{}
	sink.OnUser = func(connectors.User) {
		if len(sink.Users) == 6 {
			s.Move(slapdtest.PersonDN(1), "uid=married", "ou=north,"+slapdtest.UsersBase)
			s.Modify(slapdtest.GroupDN(0), "member", "uid=married,ou=north,"+slapdtest.UsersBase, "uid=gone,"+slapdtest.UsersBase)
		}
	}
	_, err := connectortest.ReadInto(t, c, sink)
	connectortest.WantError(t, err, connectors.Transient)
	got, complete := connectortest.MustRead(t, c)
	if members := got.ByName(t, "g000").Members; len(members) != 1 || complete.Unresolved() != 1 {
		t.Errorf("the next reading finds the members %v, and %d that are nobody", members, complete.Unresolved())
	}
}
