package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// refused says which e-mail Writer did not take for an account.
func refused(mail string) func(*plan.Person) {
	return func(p *plan.Person) { p.Link.RefusedEmail = mail }
}

// approve returns the input with an approval of everything that its plan holds.
func approve(in plan.Input) plan.Input {
	in.Approved = map[plan.Hash]bool{}
	p, _ := plan.Diff(in)
	for _, h := range p.Held {
		for _, op := range h.Ops {
			in.Approved[op.Hash()] = true
		}
	}
	return in
}

// TestOrder has one op of each phase: what is listed as disabled goes before everything
// else, and what is merely not seen goes last.
func TestOrder(t *testing.T) {
	w := newWorld(t).
		live("ann", absent(0)).
		live("bob", status(connectors.StatusDisabled)).
		stated("cid").
		live("dan", email("dan.new@example.com")).
		live("eve", name("Eve B.")).
		stated("fay").account("fay").
		live("gus", outFor(time.Hour)).
		live("hal").
		member("g-eng", "cid", "dan", "eve", "fay", "gus").
		hadIn("t1", "dan", "eve", "gus", "hal")
	p, _ := plan.Diff(w.input())
	var got []string
	for _, op := range p.Ops {
		got = append(got, string(op.Kind)+" "+op.Person.ID)
	}
	want := []string{
		"deactivate-user bob", "adopt-user fay", "update-user dan", "create-user cid", "update-user eve", "update-user fay",
		"add-member cid", "add-member fay", "remove-member hal", "deactivate-user ann",
	}
	if !slices.Equal(got, want) {
		t.Errorf("order:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(p.Held) > 0 {
		t.Errorf("held:\n%s", p)
	}
}

// TestHoldsAreSorted: by their reason first, whatever they are about.
func TestHoldsAreSorted(t *testing.T) {
	w := newWorld(t).stated("ann", status(connectors.StatusUnknown)).stated("bob", email("")).stated("cid", status(connectors.StatusUnknown)).
		member("g-eng", "ann", "bob", "cid")
	p, _ := plan.Diff(w.input())
	var got []string
	for _, h := range p.Held {
		got = append(got, string(h.Why)+" "+h.Ops[0].Person.ID)
	}
	if want := []string{"no-email bob", "status-unknown ann", "status-unknown cid"}; !slices.Equal(got, want) {
		t.Errorf("holds: %v, want %v", got, want)
	}
}

// TestRefusedEmailFreesNothing: an account whose new e-mail Writer refused keeps the old
// one, which nobody else gets.
func TestRefusedEmailFreesNothing(t *testing.T) {
	for _, newcomer := range []bool{true, false} {
		w := newWorld(t).live("ann", email("ann.new@example.com"), refused("ann.new@example.com"))
		if newcomer {
			w.stated("zoe", email(mailOf("ann")))
		} else {
			w.live("zoe", email(mailOf("ann"))).hadIn("t1", "zoe")
		}
		w.member("g-eng", "ann", "zoe").hadIn("t1", "ann")
		p, _ := plan.Diff(w.input())
		if len(p.Ops) > 0 {
			t.Errorf("newcomer %t, planned:\n%s", newcomer, p)
		}
		var whys []plan.Why
		for _, h := range p.Held {
			whys = append(whys, h.Why)
		}
		if want := []plan.Why{plan.WhyEmailRefused, plan.WhyRecycledEmail}; !slices.Equal(whys, want) {
			t.Errorf("newcomer %t, held as %v, want %v:\n%s", newcomer, whys, want, p)
		}
	}
}

// TestApprovedEndIsTheOnlyChange: once somebody approved that a person left, whom two
// sources do not agree on, nothing else is planned for that person.
func TestApprovedEndIsTheOnlyChange(t *testing.T) {
	disagree := func() *world {
		w := newWorld(t)
		withHR(w)
		return w.live("ann").inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann").member("g-eng", "ann")
	}
	in := approve(disagree().input())
	p, _ := plan.Diff(in)
	if len(p.Ops) != 1 || p.Ops[0].Kind != plan.Deactivate || len(p.Held) > 0 {
		t.Errorf("approved:\n%s", p)
	}
	in.Retries = []plan.Retry{{Key: p.Ops[0].Key(), Attempts: 1, Last: now, Class: connectors.Rejected, Text: "not now"}}
	p, _ = plan.Diff(in)
	if len(p.Held) != 1 || p.Held[0].Why != plan.WhyBackoff {
		t.Fatalf("approved, and refused a moment ago:\n%s", p)
	}
	for _, op := range p.Ops {
		if op.Removes() {
			t.Errorf("planned although Writer refused it a moment ago: %s", op)
		}
	}
}

// TestReactivatedInWriter: an account that Writer's admin reactivated is deactivated
// again, or that is asked, only after its source was read.
func TestReactivatedInWriter(t *testing.T) {
	for name, edit := range map[string]func(*plan.Person){"disabled": status(connectors.StatusDisabled), "absent": absent(2)} {
		for _, read := range []bool{true, false} {
			w := newWorld(t).live("ann", edit, standing(plan.Inactive), remote(true, "ANN"))
			if !read {
				failedRead(w)
			}
			p, _ := diff(w.input())
			if waits := slices.ContainsFunc(p.Held, func(h plan.Held) bool { return len(h.Ops[0].Unread) > 0 }); waits == read || len(p.Ops)+len(p.Held) != 1 {
				t.Errorf("%s, source read %t:\n%s", name, read, p)
			}
		}
	}
	w := newWorld(t).live("ann", status(connectors.StatusDisabled), standing(plan.Inactive))
	if p, _ := plan.Diff(w.input()); len(p.Ops)+len(p.Held) > 0 {
		t.Errorf("Writer was not read:\n%s", p)
	}
}
