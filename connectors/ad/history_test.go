package ad_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestHistories lives random histories of a domain: whatever happens, and however often
// it is asked for, what changes lead to is what a whole reading states.
func TestHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		h := newHistory(t)
		c, _ := open(t, h.config())
		s, complete := connectortest.MustRead(t, c)
		next := complete.Evidence().Cursor
		for range rapid.IntRange(1, 8).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 4).Draw(rt, "changes") {
				h.step(rt)
			}
			h.settle()
			before, since := s.Clone(), next
			next = connectortest.Follow(t, c, s, since).Next()
			if rapid.Bool().Draw(rt, "again") { // as after a crash
				s = before
				next = connectortest.Follow(t, c, s, since).Next()
			}
			other, _ := open(t, h.config())
			whole, _ := connectortest.MustRead(t, other)
			if diff := connectortest.Differ(whole, s); diff != "" {
				rt.Fatalf("after %v: %s", h.told, diff)
			}
			if rapid.IntRange(0, 5).Draw(rt, "reread") == 0 {
				s, complete = connectortest.MustRead(t, c)
				next = complete.Evidence().Cursor
			}
		}
	})
}

// A history is a company to which things happen.
type history struct {
	*company
	people, groups, units []adtest.ID
	places                map[adtest.ID]string // the name of each unit
	made                  int
	left, settled         bool // the outsider has come in, and may be gone since
	told                  []string
}

func newHistory(t testing.TB) *history {
	h := &history{company: newCompany(t), places: map[adtest.ID]string{}}
	h.people = []adtest.ID{h.ada, h.bob, h.carl}
	h.groups = []adtest.ID{h.engineering, h.board}
	h.addUnit("South")
	h.addUnit("East")
	h.AddGroup(adtest.Groups, "always", 0, h.all) // so that never all groups are empty
	return h
}

func (h *history) addUnit(name string) {
	dn, id := h.AddUnit(adtest.People, name)
	h.units = append(h.units, id)
	h.places[id] = dn
}

// settle lets things happen to the outsider too, once they were read. A member who was
// never read and is deleted leaves no trace in the history of the group.
func (h *history) settle() {
	if h.left && !h.settled {
		h.people, h.settled = append(h.people, h.outsider), true
	}
}

// step lets one thing happen.
func (h *history) step(rt *rapid.T) {
	h.made++
	name := fmt.Sprint("x", h.made)
	who := rapid.SampledFrom(h.people).Draw(rt, "who")
	group := rapid.SampledFrom(h.groups).Draw(rt, "group")
	unit := rapid.SampledFrom(h.units).Draw(rt, "unit")
	steps := map[string]func(){
		"hire": func() {
			h.people = append(h.people, h.AddUser(h.places[unit], name, map[string][]string{"mail": {name + "@example.com"}}))
		},
		"found": func() { h.groups = append(h.groups, h.AddGroup(adtest.Groups, name, 0, who, group)) },
		"fire": func() {
			if len(h.people) > 2 {
				h.Delete(who)
				h.people = slices.DeleteFunc(h.people, func(id adtest.ID) bool { return id == who })
			}
		},
		"close": func() {
			if len(h.groups) > 1 {
				h.Delete(group)
				h.groups = slices.DeleteFunc(h.groups, func(id adtest.ID) bool { return id == group })
			}
		},
		"members": func() {
			members := rapid.SliceOfDistinct(rapid.SampledFrom(slices.Concat(h.people, h.groups)), func(id adtest.ID) adtest.ID { return id }).Draw(rt, "members")
			h.SetMembers(group, members...)
		},
		"disable": func() { h.Modify(who, "userAccountControl", "514") },
		"rename":  func() { h.Move(who, "CN="+name, h.places[unit]) },
		"primary": func() {
			h.Modify(who, "primaryGroupID", rapid.SampledFrom([]string{fmt.Sprint(adtest.DomainUsers), h.RID(group), "77"}).Draw(rt, "rid"))
		},
		"arrive": func() { // from outside of what is read, where nothing else happens
			if !h.left {
				h.Move(h.outsider, "CN="+name, h.places[unit])
				h.left = true
			}
		},
		"unit": func() {
			h.Move(unit, "OU="+name, adtest.People)
			h.places[unit] = "OU=" + name + "," + adtest.People
		},
	}
	what := rapid.SampledFrom([]string{"hire", "found", "fire", "close", "members", "disable", "rename", "primary", "unit", "arrive"}).Draw(rt, "what")
	h.told = append(h.told, what)
	steps[what]()
}
