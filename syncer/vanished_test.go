package syncer_test

import (
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer/plan"
)

// externals keeps out the users of one department.
type externals struct{}

func (externals) Sends(_ string, u connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{connectors.Title: u.Attributes[connectors.Title]}, nil
}

func (externals) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	if u.Attributes[connectors.Department] == "External" {
		return "people.exclude", []connectors.Attribute{connectors.Department}, nil
	}
	return "", []connectors.Attribute{connectors.Department}, nil
}

// list publishes the users but for those named, and makes a run.
func (f *following) without(ids ...string) plan.Plan {
	f.t.Helper()
	f.fake.Set(slices.DeleteFunc(slices.Clone(f.users), func(u connectors.User) bool { return slices.Contains(ids, u.ID) }), f.groups)
	return f.pass().Plan
}

// TestVanishedWhileKeptOut: a user who was kept out, is missing from a read, and is listed again
// without what kept them out, is kept out still, whatever attribute it is.
func TestVanishedWhileKeptOut(t *testing.T) {
	f := newFollowing(t)
	f.options.Policy.Profile = externals{}
	f.users = append(f.users, connectors.User{
		ID: "kim", Email: "kim@example.com", Status: connectors.StatusActive, Container: "people",
		Attributes: map[connectors.Attribute]string{connectors.Department: "External"},
	})
	f.groups[0].Members = append(f.groups[0].Members, "kim")
	f.without()
	f.without("kim")
	f.users[10].Attributes = nil
	if p := f.without(); len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyNotVisible {
		t.Errorf("want kim asked about\n%s", p)
	}
	if p := f.without(); len(p.Ops) > 0 || len(p.Held) != 1 {
		t.Errorf("want kim asked about in the next run too\n%s", p)
	}
	f.users[10].Attributes = map[connectors.Attribute]string{connectors.Department: "Sales"}
	if p := f.without(); len(p.Held) > 0 || len(p.Ops) == 0 {
		t.Errorf("another value is shown, want the account made\n%s", p)
	}
}

// TestVanishedWhileDisabled: users who are disabled, whose accounts a limit keeps, who are missing
// from a read and listed again without a status, are not active for that.
func TestVanishedWhileDisabled(t *testing.T) {
	f := newFollowing(t)
	for i := range 4 { // two may go in a day
		f.users[i].Status = connectors.StatusDisabled
	}
	held := f.without().Held
	if len(held) != 1 || len(held[0].Ops) != 2 {
		t.Fatalf("held %v, want two over the limit", held)
	}
	var waiting []string
	for _, op := range held[0].Ops {
		waiting = append(waiting, op.Person.ID)
	}
	f.without(waiting...)
	for i := range f.users {
		if slices.Contains(waiting, f.users[i].ID) {
			f.users[i].Status, f.users[i].StatusBy = connectors.StatusActive, connectortest.NotShown
		}
	}
	for range 2 {
		p := f.without()
		asked := slices.IndexFunc(p.Held, func(h plan.Held) bool { return h.Why == plan.WhyNotVisible && len(h.Ops) == 2 })
		if asked < 0 || slices.ContainsFunc(p.Ops, func(o plan.Op) bool { return slices.Contains(waiting, o.Person.ID) }) {
			t.Fatalf("want the two asked about\n%s", p)
		}
		f.clock.Add(time.Hour)
	}
}

// TestExcludedInADryRun: a user whom only a dry run saw in a group that keeps users out is kept out
// when that group is not listed any more.
func TestExcludedInADryRun(t *testing.T) {
	f := newGraced(t) // kim is kept out
	f.groups[0].Members = append(f.groups[0].Members, "lea")
	f.groups[2].Members = append(f.groups[2].Members, "lea")
	f.users = append(f.users, connectors.User{ID: "lea", Email: "lea@example.com", Status: connectors.StatusActive, Container: "people"})
	f.publish()
	f.planOnly()
	f.groups = f.groups[:2]
	if p := f.without(); len(p.Ops) > 0 || !slices.ContainsFunc(p.Held, func(h plan.Held) bool { return h.Why == plan.WhyNotVisible }) {
		t.Errorf("want lea asked about\n%s", p)
	}
}
