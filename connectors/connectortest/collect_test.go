package connectortest

import (
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
)

// kept returns a company of three, in which ada manages bob.
func kept() *Collect {
	return &Collect{World: World{
		Users: []connectors.User{
			{ID: "ada", Email: "ada@example.com", Container: "north"},
			{ID: "bob", Email: "bob@example.com", Attributes: map[connectors.Attribute]string{connectors.Manager: "ada"}},
			{ID: "cid", Email: "cid@example.com"},
		},
		Groups: []connectors.Group{
			{ID: "g", Name: "engineering", Members: []string{"cid", "ada"}, Groups: []string{"h"}},
			{ID: "h", Name: "board", Members: []string{"bob"}},
		},
	}}
}

// TestApply leads from one company to another, and says what would differ.
func TestApply(t *testing.T) {
	changes := &Collect{
		World: World{
			Users:  []connectors.User{{ID: "dan", Email: "dan@example.com"}, {ID: "cid", Email: "cid.brandt@example.com"}},
			Groups: []connectors.Group{{ID: "i", Name: "new", Members: []string{"dan"}}},
		},
		Deleted: []string{"user ada", "group h"},
	}
	got := kept()
	untouched := got.Clone()
	got.Apply(changes)
	WantSame(t, &Collect{World: World{
		Groups: []connectors.Group{{ID: "g", Name: "engineering", Members: []string{"cid"}}, {ID: "i", Name: "new", Members: []string{"dan"}}},
		Users: []connectors.User{
			{ID: "bob", Email: "bob@example.com"}, {ID: "cid", Email: "cid.brandt@example.com"}, {ID: "dan", Email: "dan@example.com"},
		},
	}}, got)
	WantSame(t, kept(), untouched)
	if !slices.Equal(got.Deleted, changes.Deleted) {
		t.Errorf("deleted: %v", got.Deleted)
	}
	stale := kept()
	stale.Apply(&Collect{Deleted: []string{"user ada"}, World: World{Groups: kept().Groups[:1]}})
	if g := stale.ByName(t, "engineering"); !slices.Equal(g.Members, []string{"cid"}) || stale.Missing() != 1 {
		t.Errorf("a group that still names who is gone has the members %v, and %d others", g.Members, stale.Missing())
	}
}

// TestDiffers shows that no difference is passed over, and that order is none.
func TestDiffers(t *testing.T) {
	for name, change := range map[string]func(*Collect){
		"somebody is missing":    func(c *Collect) { c.Users = c.Users[1:] },
		"an e-mail":              func(c *Collect) { c.Users[2].Email = "" },
		"a status":               func(c *Collect) { c.Users[2].Status = connectors.StatusDisabled },
		"a fault":                func(c *Collect) { c.Users[2].Fault = "no e-mail" },
		"a container":            func(c *Collect) { c.Users[0].Container = "south" },
		"a manager":              func(c *Collect) { delete(c.Users[1].Attributes, connectors.Manager) },
		"a group is missing":     func(c *Collect) { c.Groups = c.Groups[:1] },
		"a name":                 func(c *Collect) { c.Groups[0].Name = "research" },
		"a member":               func(c *Collect) { c.Groups[0].Members[0] = "bob" },
		"a nested group":         func(c *Collect) { c.Groups[0].Groups = nil },
		"somebody who is nobody": func(c *Collect) { c.Groups[0].Members = append(c.Groups[0].Members, "nobody") },
	} {
		other := kept()
		change(other)
		if Differ(kept(), other) == "" {
			t.Errorf("%s: no difference is seen", name)
		}
		if failures(t, func(tb testing.TB) { WantSame(tb, kept(), other) }) == "" {
			t.Errorf("%s: the comparison does not fail", name)
		}
	}
	other := kept()
	slices.Reverse(other.Users)
	slices.Reverse(other.Groups)
	slices.Reverse(other.Groups[1].Members)
	other.Groups[0].Groups = []string{}
	WantSame(t, kept(), other)
}

func TestLookUp(t *testing.T) {
	c := kept()
	if u := c.ByEmail(t, "bob@example.com"); u.ID != "bob" {
		t.Errorf("found %s", u.ID)
	}
	if g := c.ByName(t, "engineering"); !slices.Equal(g.Members, []string{"ada", "cid"}) || c.Groups[0].Members[0] != "cid" {
		t.Errorf("members %v, kept as %v", g.Members, c.Groups[0].Members)
	}
	for what, look := range map[string]func(testing.TB){
		"nobody@example.com": func(tb testing.TB) { c.ByEmail(tb, "nobody@example.com") },
		"ghosts":             func(tb testing.TB) { c.ByName(tb, "ghosts") },
	} {
		if report := failures(t, look); !strings.Contains(report, what) {
			t.Errorf("without %s the test is told %q", what, report)
		}
	}
}
