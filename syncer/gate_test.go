package syncer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

func (h *house) pause(on bool) {
	h.t.Helper()
	if err := syncer.Pause(h.t.Context(), h.store, on, "test", h.clock.Now()); err != nil {
		h.t.Fatal(err)
	}
}

func held(out syncer.Outcome, why plan.Why) int {
	n := 0
	for _, h := range out.Plan.Held {
		if h.Why == why {
			n += len(h.Ops)
		}
	}
	return n
}

// TestPauseOpensNoGate: a pass that was held back by the kill switch shows nothing
// about what the rules would do.
func TestPauseOpensNoGate(t *testing.T) {
	h := newHouse(t)
	h.pause(true)
	h.pass()
	h.pause(false)
	if out := h.pass(); held(out, guard.WhyGate) == 0 || len(h.writer.Log()) > 0 {
		t.Errorf("%d writes without an approval\n%s", len(h.writer.Log()), out.Plan)
	}
}

// TestPausedFirstPlan: a first plan that was approved and then held back is still to
// be carried out.
func TestPausedFirstPlan(t *testing.T) {
	h := newHouse(t)
	h.approveAll(h.pass())
	h.pause(true)
	h.pass()
	status, err := syncer.ReadStatus(t.Context(), h.store, h.clock.Now())
	if err != nil || status.Gate != guard.GateOpening {
		t.Errorf("the gate is %s, %v", status.Gate, err)
	}
}

// TestApprovedBeforeTheRulesChanged: ops that were approved under other rules do not
// slip through a closed gate.
func TestApprovedBeforeTheRulesChanged(t *testing.T) {
	h := newHouse(t)
	h.approveAll(h.pass())
	h.options.Base = "rules 2"
	if out := h.pass(); len(h.writer.Log()) > 0 || len(out.Plan.Ops) > 0 {
		t.Errorf("%d writes\n%s", len(h.writer.Log()), out.Plan)
	}
}

// TestShrinkWithoutOps: a reading that shrank is not what later ones are compared
// with, although nothing follows from it.
func TestShrinkWithoutOps(t *testing.T) {
	h := newHouse(t)
	h.options.Policy.Deprovision = plan.DeprovisionNone
	h.approveAll(h.pass())
	h.pass()
	h.company.LoseHalf()
	h.pass()
	if states, err := syncertest.Sources(t.Context(), h.store); err != nil || states[0].Accepted == states[0].Size {
		t.Errorf("it was accepted: %+v, %v", states, err)
	}
}

// TestRemovalsWaitForTheGate: rules that only remove are shown and approved like any
// others, and the approval lets no removal past the limits.
func TestRemovalsWaitForTheGate(t *testing.T) {
	h := settled(t)
	h.options.Policy.Deprovision = plan.DeprovisionNone
	h.options.Base = "keeps accounts"
	for _, mail := range []string{"cira.ahlberg@example.com", "edda.ahlberg@example.com", "falk.ahlberg@example.com", "gita.ahlberg@example.com"} {
		h.company.Leave(mail)
	}
	h.approveAll(h.pass())
	h.pass()
	writes := len(h.writer.Log())

	h.options.Policy.Deprovision, h.options.Base = plan.DeprovisionDeactivate, "takes accounts"
	for range 3 {
		if out := h.pass(); held(out, guard.WhyGate) != 4 || len(h.writer.Log()) != writes {
			t.Fatalf("%d writes without an approval\n%s", len(h.writer.Log())-writes, out.Plan)
		}
	}
	h.approveAll(h.pass())
	h.pass() // the gate opens, and nothing is removed
	if out := h.pass(); len(h.writer.Log()) != writes || held(out, guard.WhyRunLimit) != 4 {
		t.Errorf("%d writes beyond the limit\n%s", len(h.writer.Log())-writes, out.Plan)
	}
}

// TestLimitOfAWeek: two leavers a day are within the limit of a day. After two days
// that of the week holds the next two, until the first are a week away.
func TestLimitOfAWeek(t *testing.T) {
	h := settled(t)
	for i, mails := range [][]string{
		{"edda.ahlberg@example.com", "falk.ahlberg@example.com"},
		{"gita.ahlberg@example.com", "hugo.ahlberg@example.com"},
		{"ines.ahlberg@example.com", "jaro.ahlberg@example.com"},
	} {
		h.clock.Add(25 * time.Hour)
		for _, mail := range mails {
			h.company.Leave(mail)
		}
		out, want := h.pass(), 0
		if i == 2 {
			want = 2
		}
		if got := held(out, guard.WhyRunLimit); got != want {
			t.Fatalf("day %d: %d held, want %d\n%s", i, got, want, out.Plan)
		}
	}
	h.clock.Add(5*24*time.Hour + time.Hour)
	if out := h.pass(); held(out, guard.WhyRunLimit) != 0 || out.Run.Result != syncer.ResultDone {
		t.Errorf("a week after the first two:\n%s", out.Plan)
	}
}

// TestGateOfOtherRules: an approval of a plan says nothing of one that other rules
// make, although a failed pass still shows it.
func TestGateOfOtherRules(t *testing.T) {
	h := newHouse(t)
	first := h.pass()
	reachable := h.options.Target
	h.options.Base, h.options.Target = "rules 2", unreachable{h.writer}
	h.options.Policy.Rules = h.options.Policy.Rules[1:]
	if _, err := syncer.New(h.options).Run(t.Context(), syncer.Request{}); err == nil {
		t.Fatal("the pass did not fail")
	}
	if _, err := syncer.Approve(t.Context(), h.store, syncer.ApproveRequest{Hash: string(first.Plan.Held[0].Hash()), By: "test", At: h.clock.Now()}); err == nil {
		t.Error("a plan of other rules was approved")
	}
	h.options.Target = reachable
	if out := h.pass(); held(out, guard.WhyGate) == 0 || len(h.writer.Log()) > 0 {
		t.Errorf("%d writes without an approval\n%s", len(h.writer.Log()), out.Plan)
	}
}

// TestShrinkIsApprovedOnce: the approval of a reading that shrank is none of the next
// one that does.
func TestShrinkIsApprovedOnce(t *testing.T) {
	h := settled(t)
	h.company.LoseHalf()
	h.approveAll(h.pass())
	h.pass()
	states, err := syncertest.Sources(t.Context(), h.store)
	if err != nil || states[0].Accepted != states[0].Size {
		t.Fatalf("the approved reading is not accepted: %+v, %v", states, err)
	}
	h.company.LoseHalf()
	writes := len(h.writer.Log())
	out := h.pass()
	if held(out, guard.WhyShrink) == 0 || len(h.writer.Log()) != writes {
		t.Errorf("%d writes\n%s", len(h.writer.Log())-writes, out.Plan)
	}
	if states, err = syncertest.Sources(t.Context(), h.store); err != nil || states[0].Accepted == states[0].Size {
		t.Errorf("it was accepted: %+v, %v", states, err)
	}
}

// blind is a Writer whose accounts cannot be looked at one by one.
type blind struct{ *applytest.Writer }

func (blind) ReadUser(context.Context, plan.RemoteID) (plan.Account, error) {
	return plan.Account{}, errors.New("no answer")
}

// TestUnknownRemovalsCount: requests whose outcome nobody knows count as removals.
func TestUnknownRemovalsCount(t *testing.T) {
	h := settled(t)
	h.company.Leave("cira.ahlberg@example.com")
	h.company.Leave("edda.ahlberg@example.com") // as many as may leave in a day
	for _, p := range h.load().People {
		if p.Gone.IsZero() && p.Account != "" {
			op := plan.Op{Kind: plan.Deactivate, Person: p.Ref, Account: p.Account, Reason: plan.Reason{Basis: plan.Shown}}
			if _, err := h.store.Advance(t.Context(), nil, [][]plan.Op{{op}}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	h.options.Target = blind{h.writer}
	if out := h.pass(); held(out, guard.WhyRunLimit) != 2 {
		t.Errorf("one request is open, and two more went\n%s", out.Plan)
	}
}

func (h *house) load() plan.Input {
	h.t.Helper()
	in, err := syncertest.Load(h.t.Context(), h.store)
	if err != nil {
		h.t.Fatal(err)
	}
	return in
}

// TestFullReadAfterTheGate: what only a full look at Writer shows is not forgotten by
// the passes after the one that opened the gate.
func TestFullReadAfterTheGate(t *testing.T) {
	h := settled(t)
	h.writer.Invite("stranger@example.com")
	h.join("Engineering", "stranger@example.com")
	h.options.Policy.Rules[0].Exclusive, h.options.Base = true, "exclusive"
	h.approveAll(h.pass())
	h.pass()
	h.pass()
	if slices.Contains(h.writer.Members("Engineering"), "stranger@example.com") {
		t.Error("the stranger is in the exclusive team still")
	}
}
