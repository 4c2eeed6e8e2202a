//go:build e2e

package ldap_test

import (
	"testing"

	"writersync/connectors"
	"writersync/connectors/ldap/slapdtest"
)

// TestPersonRenamedWhileRead renames somebody between the people and the groups of a
// reading, and the group follows, as an overlay for referential integrity makes it.
func TestPersonRenamedWhileRead(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 6, Groups: 1, GroupSize: 2})
	s.Modify(slapdtest.GroupDN(0), "member", slapdtest.PersonDN(1), "uid=gone,"+slapdtest.UsersBase)
	c, _ := open(t, config(s))
	sink := &store{}
	sink.onUser = func() {
		if len(sink.users) == 6 {
			s.Move(slapdtest.PersonDN(1), "uid=married", "ou=north,"+slapdtest.UsersBase)
			s.Modify(slapdtest.GroupDN(0), "member", "uid=married,ou=north,"+slapdtest.UsersBase, "uid=gone,"+slapdtest.UsersBase)
		}
	}
	_, err := c.Read(t.Context(), connectors.NewReading("corp", sink))
	wantError(t, err, connectors.Transient)
	got, complete := mustRead(t, c)
	if members := got.group(t, "g000").Members; len(members) != 1 || complete.Unresolved() != 1 {
		t.Errorf("the next reading finds the members %v, and %d that are nobody", members, complete.Unresolved())
	}
}
