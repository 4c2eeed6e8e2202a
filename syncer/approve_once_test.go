package syncer_test

import (
	"errors"
	"testing"

	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// TestApprovedOnce approves a hold once more while the run that carries it out is under way:
// what it has done is not let through again, and nothing is left of the approval after it.
func TestApprovedOnce(t *testing.T) {
	h := settled(t)
	h.options.Concurrency = 1
	for _, mail := range []string{"cira.ahlberg@example.com", "edda.ahlberg@example.com", "falk.ahlberg@example.com", "gita.ahlberg@example.com"} {
		h.company.Leave(mail)
	}
	out := h.pass()
	if held(out, guard.WhyRunLimit) != 4 {
		t.Fatalf("want four held by the limit of a day\n%s", out.Plan)
	}
	h.approveAll(out)
	writes := 0
	h.writer.Before = func(applytest.Entry) error {
		writes++
		h.approveAll(out) // before each request, and so after those that were done
		status, err := syncer.ReadStatus(t.Context(), h.store, h.clock.Now())
		if err != nil {
			return err
		}
		for _, hold := range out.Plan.Held {
			if !status.Approved(hold) {
				t.Error("what is being carried out is shown as held")
			}
		}
		return nil
	}
	h.pass()
	h.writer.Before = nil
	if writes != 4 {
		t.Fatalf("%d requests, want 4", writes)
	}
	h.pass()
	status, err := syncer.ReadStatus(t.Context(), h.store, h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range status.Approvals {
		if a.Left > 0 {
			t.Errorf("%d of %d ops are still approved", a.Left, a.Ops)
		}
	}
}

// TestApprovalEndsWithItsPlan: what was approved, and is planned no more before it was done, is
// asked about anew when it comes again. A run that could not read all sources ends nothing.
func TestApprovalEndsWithItsPlan(t *testing.T) {
	f := newFollowing(t)
	f.t = t
	members := f.groups[1].Members
	list := func(members []string) syncer.Outcome {
		f.groups[1].Members = members
		f.publish()
		return f.pass()
	}
	held := func(out syncer.Outcome) int { return len(holdsOf(out.Run, plan.WhyNotVisible)) }
	if out := list(nil); held(out) != 1 {
		t.Fatalf("an empty list is not asked about\n%s", out.Plan)
	}
	f.approve(plan.WhyNotVisible)
	f.fake.FailRead(errors.New("it does not answer"))
	f.pass()
	f.fake.FailRead(nil)
	list(members)
	if out := list(nil); held(out) != 1 || len(out.Plan.Ops) > 0 {
		t.Errorf("the approval of a list that was shown again counts for the next time\n%s", out.Plan)
	}
	f.approve(plan.WhyNotVisible)
	f.fake.FailRead(errors.New("it does not answer"))
	f.pass()
	f.fake.FailRead(nil)
	if out := f.pass(); len(out.Plan.Ops) != len(members) {
		t.Errorf("a run that read nothing ended the approval\n%s", out.Plan)
	}
}
