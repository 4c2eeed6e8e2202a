//go:build e2e

package ldap_test

import (
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

// TestLookoutOfOneSecond: what a slapd without syncprov changes in the very second that
// was seen last is heard, once, and told.
func TestLookoutOfOneSecond(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10, Groups: 3, GroupSize: 4})
	c, _ := open(t, config(s))
	_, complete := connectortest.MustRead(t, c)
	look := c.Lookout()
	hears := func() bool {
		t.Helper()
		news, err := look(t.Context(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return news
	}
	hears()
	one, other := slapdtest.PersonDN(1), slapdtest.PersonDN(2)
	for range 20 { // a second may end in between
		s.Modify(one, "title", "Writer")
		if !hears() {
			t.Fatal("a change is not heard")
		}
		s.Modify(one, "title", "Editor")
		again := hears()
		s.Modify(other, "title", "Editor")
		second := hears()
		if s.Value(one, modified) == s.Value(other, modified) {
			if !again || !second {
				t.Errorf("in the second that was seen, the same one is heard: %t, another one: %t", again, second)
			}
			if hears() {
				t.Error("what was heard is heard once more")
			}
			told, _ := connectortest.MustChange(t, c, complete.Evidence().Cursor)
			editors := slices.DeleteFunc(told.Users, func(u connectors.User) bool { return u.Attributes[connectors.Title] != "Editor" })
			if len(editors) != 2 {
				t.Errorf("%d of the two are told", len(editors))
			}
			return
		}
	}
	t.Fatal("no two changes fell in one second")
}
