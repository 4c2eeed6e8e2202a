package ldap_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors/connectortest"
)

// TestUnitRenamedWithoutSync: who is below a unit that was renamed shows no new stamp. Their
// groups are stated with the new names, which nobody has until all is read again: those whom
// they named before are not known to have left.
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
	if len(told.Groups) != 1 || len(told.Groups[0].Members) != 3 {
		t.Errorf("%d groups are told, want one with three members", len(told.Groups))
	}
	b.mu.Lock()
	for i := range b.people {
		b.people[i].dn = in("new", i)
	}
	b.mu.Unlock()
	b.set(&b.groups, 0, map[string][]string{modified: stamp(now), "member": {in("new", 0), in("new", 2), nobody}})
	told, _ = connectortest.MustChange(t, c, delta.Next())
	if want := []string{in("new", 0), in("new", 2), nobody}; len(told.Groups) != 1 || !slices.Equal(told.Groups[0].Members, want) {
		t.Errorf("groups %+v, want one with the members %q", told.Groups, want)
	}
	whole, _ := connectortest.MustRead(t, c)
	if g := whole.ByName(t, whole.Groups[0].Name); len(g.Members) != 2 || whole.Missing() != 1 {
		t.Errorf("the group has the members %v and %d others, want two and one", g.Members, whole.Missing())
	}
}
