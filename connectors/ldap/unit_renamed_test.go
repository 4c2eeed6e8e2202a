package ldap_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
)

// TestUnitRenamedWithoutSync: who is below a unit that was renamed shows no new stamp, and
// groups that have the new names do not seem to have lost them. A member who never was
// anybody is no reason to read all each time.
func TestUnitRenamedWithoutSync(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	in := func(unit string, i int) string {
		return strings.Replace(person(i).dn, ","+peopleBase, ",ou="+unit+","+peopleBase, 1)
	}
	nobody := in("old", 9)
	var staff []entry
	for i := range 3 {
		e := at(person(i), now.Add(-time.Hour), "")
		e.dn = in("old", i)
		staff = append(staff, e)
	}
	b := newBoard(t, staff, []entry{at(team(map[string][]string{"member": {in("old", 0), in("old", 1), nobody}})[0], now.Add(-time.Hour), "")})
	c, _ := open(t, b.config())
	_, complete := connectortest.MustRead(t, c)
	b.set(&b.groups, 0, map[string][]string{modified: stamp(now.Add(-time.Minute)), "member": {in("old", 0), in("old", 2), nobody}})
	told, delta := connectortest.MustChange(t, c, complete.Evidence().Cursor)
	if len(told.Groups) != 1 || len(told.Groups[0].Members) != 2 {
		t.Errorf("%d groups are told, want one with two members", len(told.Groups))
	}
	b.mu.Lock()
	for i := range b.people {
		b.people[i].dn = in("new", i)
	}
	b.mu.Unlock()
	b.set(&b.groups, 0, map[string][]string{modified: stamp(now), "member": {in("new", 0), in("new", 2), nobody}})
	told, _, err := connectortest.Changes(t, c, delta.Next())
	if !errors.Is(err, connectors.ErrCursorLost) {
		t.Errorf("error %v, and groups %+v, want that all is read", err, told.Groups)
	}
	whole, _ := connectortest.MustRead(t, c)
	if n := len(whole.Groups[0].Members); n != 2 {
		t.Errorf("the group has %d members, want two", n)
	}
}
