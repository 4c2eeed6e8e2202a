package syncer_test

import (
	"sync/atomic"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
)

// counting is a Profile that counts how often it is asked about users.
type counting struct{ asked atomic.Int32 }

func (*counting) Sends(string, connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{}, nil
}

func (c *counting) Wants(string, connectors.User) (string, []connectors.Attribute, error) {
	c.asked.Add(1)
	return "", nil, nil
}

// TestOneDiffARun: a run compares once. Each user whose record was loaded is asked about once by
// it, also where the plan is about a user whose record was not needed to make it.
func TestOneDiffARun(t *testing.T) {
	f := newFollowing(t)
	f.t = t
	profile := &counting{}
	f.options.Policy.Profile = profile
	f.publish()
	for len(f.pass().Plan.Ops) > 0 { // the title and name are sent no more, say
	}
	if profile.asked.Store(0); len(f.pass().Plan.Ops) > 0 || profile.asked.Load() != 0 {
		t.Fatalf("nothing changed, and %d users were asked about", profile.asked.Load())
	}
	f.groups[1].Members = f.groups[1].Members[:2]
	f.publish()
	out := f.pass()
	if len(out.Plan.Ops)+len(out.Plan.Held) == 0 || profile.asked.Load() > 0 {
		t.Errorf("a settled user left a group: %d users were asked about\n%s", profile.asked.Load(), out.Plan)
	}
	f.users[3].Attributes = map[connectors.Attribute]string{connectors.Title: "Cook"}
	f.publish()
	if out := f.pass(); profile.asked.Load() != 1 {
		t.Errorf("a user changed: asked %d times, want once\n%s", profile.asked.Load(), out.Plan)
	}
	f.disable(4) // two go
	f.pass()
	for name, run := range map[string]func() syncer.Outcome{"a full read": f.pass, "a delta read": f.ring} {
		profile.asked.Store(0)
		out := run()
		if len(out.Plan.Held) != 1 || profile.asked.Load() > 2 { // each of two users once, or none
			t.Errorf("%s, and a hold waits: asked %d times\n%s", name, profile.asked.Load(), out.Plan)
		}
	}
}
