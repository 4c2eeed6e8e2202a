package syncer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// memberships counts the look-ups of memberships so far.
func (f *following) memberships() (n int) {
	for _, c := range f.fake.Claims() {
		if c.Kind == connectors.MembershipObject {
			n++
		}
	}
	return n
}

// TestSecondWitness empties the list of a group: users leave its team whose own entries do not
// name it, one whose entry does stays, and nothing is asked.
func TestSecondWitness(t *testing.T) {
	f := newFollowing(t)
	f.groups[2].Members = f.groups[0].Members // so that three are few
	f.publish()
	f.pass()
	f.groups[1].Members = nil // ann, bob, cid
	f.publish()
	f.fake.OwnLists(map[string][]string{"ann": {"g1", "g3"}, "bob": {"g1", "g2", "g3"}, "cid": {"g3", "g1"}})
	out := f.pass()
	if names := fmt.Sprint(out.Plan); len(out.Plan.Ops) != 2 || strings.Contains(names, "bob@") || len(out.Plan.Held) > 0 || out.Run.Result != syncer.ResultDone {
		t.Fatalf("%s, want ann and cid to leave:\n%s", out.Run.Result, names)
	}
	for range 2 {
		if out := f.pass(); len(out.Plan.Ops)+len(out.Plan.Held) > 0 || len(out.Run.Warnings) != 1 || !strings.Contains(out.Run.Warnings[0].Text, "1 (membership of bob@example.com in group g2)") {
			t.Errorf("%v\n%s", out.Run.Warnings, out.Plan)
		}
	}
	if got := f.writer.Members("Sales"); !slices.Equal(got, []string{"bob@example.com"}) {
		t.Errorf("Sales has %v", got)
	}
	f.groups[1].Members = []string{"bob"}
	f.publish()
	if out := f.pass(); len(out.Plan.Ops)+len(out.Plan.Held)+len(out.Run.Warnings) > 0 {
		t.Errorf("shown again: %v\n%s", out.Run.Warnings, out.Plan)
	}
}

// TestWitnessOfAWhile: an entry that lacks a group which lists the user is of a plugin that was
// not always there. It says nothing of the list that is empty.
func TestWitnessOfAWhile(t *testing.T) {
	f := newFollowing(t)
	f.groups[2].Members = f.groups[0].Members
	f.publish()
	f.pass()
	f.groups[1].Members = nil
	f.publish()
	f.fake.OwnLists(map[string][]string{"ann": {"g1"}, "bob": {"g3"}, "cid": {}})
	if out := f.pass(); held(out, plan.WhyNotVisible) != 3 || len(out.Plan.Ops) > 0 {
		t.Errorf("want ann, bob and cid asked about\n%s", out.Plan)
	}
}

// TestNoSecondWitness: where users' own entries do not say it, an admin is asked, after three
// look-ups; approved, what an entry then says is not taken all the same. A run that did not read
// the source asks nothing of it.
func TestNoSecondWitness(t *testing.T) {
	f := newFollowing(t)
	f.groups[1].Members = f.groups[0].Members[:5]
	f.publish()
	f.pass()
	f.groups[1].Members = nil
	f.publish()
	out := f.pass()
	if held(out, plan.WhyNotVisible) != 5 || len(out.Plan.Ops) > 0 || f.memberships() != 3 {
		t.Fatalf("%d look-ups, want three, and five users asked about:\n%s", f.memberships(), out.Plan)
	}
	f.fake.OwnLists(map[string][]string{"ann": {"g1"}, "bob": {"g1", "g2"}})
	if ring := f.ring(); held(ring, plan.WhyNotVisible) != 5 || f.memberships() != 3 {
		t.Errorf("%d look-ups in a run that did not read the source:\n%s", f.memberships(), ring.Plan)
	}
	f.approveAll(out)
	if out = f.pass(); len(out.Plan.Ops) != 4 || len(out.Plan.Held) > 0 || len(f.writer.Members("Sales")) != 1 {
		t.Errorf("approved: Sales has %v\n%s", f.writer.Members("Sales"), out.Plan)
	}
}

// TestLongListIsAskedAbout: of a list that named more than fifty users none is looked up.
func TestLongListIsAskedAbout(t *testing.T) {
	f := newFollowing(t)
	own := map[string][]string{}
	for i := range 48 { // with ann, bob and cid 51
		id := fmt.Sprintf("new%02d", i)
		f.users = append(f.users, connectors.User{ID: id, Email: id + "@example.com", Status: connectors.StatusActive, Container: "people"})
		f.groups[0].Members, f.groups[1].Members = append(f.groups[0].Members, id), append(f.groups[1].Members, id)
		own[id] = []string{"g1"}
	}
	f.publish()
	f.pass()
	f.fake.OwnLists(own)
	f.groups[1].Members = nil
	f.publish()
	if out := f.pass(); held(out, plan.WhyNotVisible) != 51 || f.memberships() > 0 {
		t.Errorf("%d look-ups, %d users asked about\n%s", f.memberships(), held(out, plan.WhyNotVisible), out.Plan)
	}
}
