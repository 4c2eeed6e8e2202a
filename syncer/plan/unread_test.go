package plan_test

import (
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// waits returns the sources that ops of a kind wait for, in the plan or in a hold.
func waits(in plan.Input, kind plan.Kind) (out []string, ops int) {
	p, _ := plan.Diff(in)
	all := p.Ops
	for _, h := range p.Held {
		all = append(all, h.Ops...)
	}
	for _, op := range all {
		if op.Kind == kind {
			out = append(out, op.Unread...)
			ops++
		}
	}
	return out, ops
}

// TestUnread: an op names the sources that this run had to read for it, and no others.
func TestUnread(t *testing.T) {
	failedCorp := func(w *world) { w.in.Sources[0].Read = plan.NotRead }
	delta := func(w *world) { w.in.Sources[0].Read = plan.ByDelta }
	x := connectors.Ref{Source: "hr", ID: "1"}
	for _, tt := range []struct {
		name  string
		kind  plan.Kind
		world func(*world)
		unread
	}{
		{"a join that is asked about", plan.JoinPerson, func(w *world) {
			w.live("ann", status(connectors.StatusDisabled)).inHR("1", "ann")
		}, unread{corp: []string{"corp"}, hr: []string{"hr"}}},
		{"a new ID", plan.MoveLink, func(w *world) {
			w.live("ann", absent(2)).stated("ann2", email(mailOf("ann"))).member("g-eng", "ann2").hadIn("t1", "ann")
			w.in.Policy.Join.By = ""
		}, unread{corp: []string{"corp"}}},
		{"a new ID, by a delta read", plan.MoveLink, func(w *world) {
			w.live("ann", absent(2)).stated("ann2", email(mailOf("ann"))).member("g-eng", "ann2").hadIn("t1", "ann")
			w.in.Policy.Join.By = ""
			delta(w)
		}, unread{corp: []string{"corp"}}},
		{"the end of a link", plan.UnlinkTeam, func(w *world) {
			w.in.Groups = nil
			w.in.Feeds[0].Gone = now
		}, unread{corp: []string{"corp"}}},
		{"an unmanaged member who is linked", plan.RemoveMember, func(w *world) {
			hrFeeds(w)
			w.in.Policy.Rules[0].Exclusive = true
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").live("bob").reads("a-ann", "a-bob")
		}, unread{corp: []string{"corp"}, hr: []string{"hr"}}},
		{"a membership", plan.RemoveMember, func(w *world) {
			hrFeeds(w)
			w.live("ann").hadIn("t1", "ann")
		}, unread{corp: []string{"corp"}, hr: []string{"hr"}}},
		{"a disabled user", plan.Deactivate, func(w *world) {
			w.live("ann", status(connectors.StatusDisabled)).person(plan.Person{Ref: x, User: &connectors.User{ID: "1", Email: mailOf("ann"), Status: connectors.StatusDisabled}}, nil).joinedAs("1", "ann")
		}, unread{corp: []string{"corp"}, hr: []string{"hr"}}},
		{"a user that the authority disables", plan.Deactivate, func(w *world) {
			w.in.Policy.Join.Authority = "hr"
			w.live("ann").inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann")
		}, unread{hr: []string{"hr"}}},
		{"a change", plan.UpdateUser, func(w *world) { w.live("ann", name("New")).member("g-eng", "ann").hadIn("t1", "ann") }, unread{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for source, want := range map[string][]string{"": nil, "corp": tt.corp, "hr": tt.hr} {
				w := newWorld(t)
				withHR(w)
				tt.world(w)
				hash := hashesOf(w.input())
				switch source {
				case "corp":
					failedCorp(w)
				case "hr":
					failedHR(w)
				default:
					if w.in.Sources[0].Read == plan.ByDelta {
						continue
					}
				}
				got, ops := waits(w.input(), tt.kind)
				if slices.Sort(got); ops == 0 || !slices.Equal(slices.Compact(got), want) {
					t.Errorf("%q was not read: %d ops wait for %v, want %v", source, ops, got, want)
				}
				if !slices.Equal(hashesOf(w.input()), hash) {
					t.Errorf("%q was not read: other ops are planned", source)
				}
			}
		})
	}
}

// unread is what an op waits for if one source was not read.
type unread struct{ corp, hr []string }

// hashesOf returns the hashes of all ops that are planned or held, sorted.
func hashesOf(in plan.Input) []plan.Hash {
	p, _ := plan.Diff(in)
	var out []plan.Hash
	for _, op := range p.Ops {
		out = append(out, op.Hash())
	}
	for _, h := range p.Held {
		for _, op := range h.Ops {
			out = append(out, op.Hash())
		}
	}
	slices.Sort(out)
	return out
}

// TestNewIDByTheAddressInWriter: the state is one of the past. The account has another address in
// Writer than it knows, and a newcomer who has that address takes the place of the account's user.
func TestNewIDByTheAddressInWriter(t *testing.T) {
	w := newWorld(t).live("ann", absent(2), func(p *plan.Person) {
		p.Remote = &plan.Account{ID: p.Account, UserName: "ann.b@example.com", Active: true}
	}).stated("ann2", email("ann.b@example.com")).member("g-eng", "ann2").hadIn("t1", "ann")
	p, _ := plan.Diff(w.input())
	if len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyNewID || p.Held[0].Ops[0].Kind != plan.MoveLink {
		t.Errorf("want one question:\n%s", p)
	}
}

// TestOneAccountForNewcomersOfTwoSources: two sources list a newcomer, and one of them was not
// read now. One record gets the account, and the other one waits to be joined with it.
func TestOneAccountForNewcomersOfTwoSources(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	failedHR(w)
	number := func(p *plan.Person) { p.User.Attributes[connectors.EmployeeNumber] = "7" }
	w.in.Policy.Join.By, w.in.Policy.Everyone = connectors.EmployeeNumber, true
	w.stated("ann", number).inHR("1", "private", number)
	p, _ := plan.Diff(w.input())
	if len(p.Ops) != 1 || p.Ops[0].Kind != plan.CreateUser || len(p.Held) != 1 || p.Held[0].Exit != plan.Wait {
		t.Errorf("want one account, and one that waits:\n%s", p)
	}
}

// TestReactivatedOutOfScope: an account that ended since its user is out of scope was reactivated
// in Writer. That is asked about, in each run.
func TestReactivatedOutOfScope(t *testing.T) {
	for _, read := range []plan.Read{plan.InFull, plan.ByDelta, plan.NotRead} {
		w := newWorld(t).live("ann", standing(plan.Inactive), remote(true, "ANN"))
		w.in.Sources[0].Read = read
		p, _ := plan.Diff(w.input())
		if len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyRevivedThere || p.Held[0].Ops[0].Kind != plan.Deactivate {
			t.Errorf("want one question:\n%s", p)
		}
	}
	w := newWorld(t).live("ann", standing(plan.Inactive), remote(false, "ANN"))
	if p, _ := plan.Diff(w.input()); len(p.Ops)+len(p.Held) > 0 {
		t.Errorf("the account is inactive:\n%s", p)
	}
}

// TestEmptyNestedListKeepsOut: the list of a group nested in one that keeps users out is empty. An
// approval is of that list, and ends what it keeps.
func TestEmptyNestedListKeepsOut(t *testing.T) {
	w := newWorld(t)
	w.in.Policy.ExcludeGroups = []string{"out"}
	w.stated("ann").member("g-eng", "ann").group("g-in", "inner").group("g-out", "out").member("g-in", "ann")
	in := w.input()
	for i := range in.Groups {
		switch in.Groups[i].Name {
		case "inner":
			in.Groups[i].Emptied = true
		case "out":
			in.Groups[i].Nested = []uint32{uint32(slices.IndexFunc(in.Groups, func(g plan.Group) bool { return g.Name == "inner" }))} //nolint:gosec // a small index
		}
	}
	p, _ := plan.Diff(in)
	if len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyNotVisible {
		t.Fatalf("want one question:\n%s", p)
	}
	if marks := p.Held[0].Ops[0].Reason.Marks; len(marks) != 2 || marks[0].Ref != ref("g-in") {
		t.Errorf("the approval is of %v, want the list that is empty", marks)
	}
}
