package syncer_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/sample"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

// house is a syncer with everything around it in memory but the state, which is a
// real file.
type house struct {
	t       *testing.T
	clock   *syncertest.Clock
	company *sample.Company
	writer  *applytest.Writer
	store   *state.DB
	options syncer.Options
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: syncertest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), company: sample.New(), writer: applytest.New("Engineering", "Sales", "Writing")}
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	h.store = store
	h.options = syncer.Options{
		Sources: []syncer.Source{{Name: "sample", Connector: h.company}}, Store: store, Target: h.writer,
		Policy: plan.Policy{Rules: []plan.Rule{
			{Group: "engineering", Team: "Engineering"}, {Group: "sales", Team: "Sales"}, {Group: "everybody-writing", Team: "Writing"},
		}, Deprovision: plan.DeprovisionDeactivate},
		Protected: guard.Protected{Listed: true}, Base: "rules 1", Concurrency: 2, Now: h.clock.Now,
	}
	return h
}

// pass runs a pass five minutes later.
func (h *house) pass() syncer.Outcome {
	h.t.Helper()
	h.clock.Add(5 * time.Minute)
	out, err := syncer.New(h.options).Run(h.t.Context(), syncer.Request{Trigger: "test"})
	if err != nil {
		h.t.Fatalf("pass: %v\n%s", err, out.Plan)
	}
	return out
}

// approveAll approves every hold of the last pass that can be.
func (h *house) approveAll(out syncer.Outcome) {
	h.t.Helper()
	for _, held := range out.Plan.Held {
		if held.Exit == plan.Approve {
			if _, err := syncer.Approve(h.t.Context(), h.store, syncer.ApproveRequest{Hash: string(held.Hash()), By: "test", At: h.clock.Now()}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// settled brings the house to where nothing is left to do.
func settled(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.approveAll(h.pass())
	h.pass()
	if out := h.pass(); len(out.Plan.Ops) > 0 || len(out.Plan.Held) > 0 {
		t.Fatalf("something is left to do:\n%s", out.Plan)
	}
	return h
}

func TestFirstPassWaitsForAnApproval(t *testing.T) {
	h := newHouse(t)
	out := h.pass()
	if out.Run.Result != syncer.ResultHeld || len(h.writer.Log()) > 0 {
		t.Fatalf("result %s, %d writes; want held and none", out.Run.Result, len(h.writer.Log()))
	}
	h.approveAll(out)
	if out = h.pass(); out.Run.Result != syncer.ResultDone {
		t.Fatalf("result %s:\n%s", out.Run.Result, out.Plan)
	}
	if got := len(h.writer.Members("Engineering")); got != 18 {
		t.Errorf("Engineering has %d members, want 18", got)
	}
	if got := len(h.writer.Members("Writing")); got != 19 {
		t.Errorf("Writing has %d members, want the 19 of three nested groups", got)
	}
}

func TestUnchangedPassSendsNothing(t *testing.T) {
	h := settled(t)
	writes, reads := len(h.writer.Log()), h.writer.Reads()
	out := h.pass()
	if len(h.writer.Log()) != writes || h.writer.Reads() != reads {
		t.Errorf("%d writes, %d reads; want none", len(h.writer.Log())-writes, h.writer.Reads()-reads)
	}
	if out.Run.Result != syncer.ResultDone {
		t.Errorf("result %s", out.Run.Result)
	}
}

func TestDays(t *testing.T) {
	h := settled(t)
	h.company.Hire("Uma", "Castor", "engineering")
	h.company.Move("bela.ahlberg@example.com", "sales")
	h.company.Leave("cira.ahlberg@example.com")
	h.company.Rename("dario.ahlberg@example.com", "Olin")
	h.company.Readdress("edda.ahlberg@example.com", "edda.olin@example.com")
	out := h.pass()
	if out.Run.Result != syncer.ResultDone {
		t.Fatalf("result %s:\n%s", out.Run.Result, out.Plan)
	}
	t.Log(out.Plan)
	if got := len(h.writer.Members("Engineering")); got != 17 {
		t.Errorf("Engineering has %d members, want 17", got)
	}
	if got := len(h.writer.Members("Sales")); got != 13 {
		t.Errorf("Sales has %d members, want 13", got)
	}
}

func TestHalfLost(t *testing.T) {
	h := settled(t)
	writes := len(h.writer.Log())
	h.company.LoseHalf()
	out := h.pass()
	if len(h.writer.Log()) != writes || out.Run.Result != syncer.ResultHeld {
		t.Fatalf("result %s, %d writes:\n%s", out.Run.Result, len(h.writer.Log())-writes, out.Plan)
	}
}

// TestLeaversCountInTheirTeams moves four of eighteen to another team on the day on
// which two leave the company: together they are more than the team's limit. The
// moves wait, those who left are gone.
func TestLeaversCountInTheirTeams(t *testing.T) {
	h := settled(t)
	engineers := h.writer.Members("Engineering")
	if len(engineers) != 18 {
		t.Fatalf("Engineering has %d members, want 18", len(engineers))
	}
	h.company.Leave(engineers[0])
	h.company.Leave(engineers[1])
	for _, mail := range engineers[2:6] {
		h.company.Move(mail, "sales")
	}
	out := h.pass()
	if len(out.Plan.Held) != 1 || out.Plan.Held[0].Why != guard.WhyTeamLimit || len(out.Plan.Held[0].Ops) != 4 {
		t.Errorf("want the four moves held by the team's limit, got\n%s", out.Plan)
	}
	if got := len(h.writer.Members("Engineering")); got != 16 {
		t.Errorf("Engineering has %d active members, want the 16 who are with the company", got)
	}
}

// broken is a connector that panics.
type broken struct{}

func (broken) Read(context.Context, *connectors.Reading) (connectors.Complete, error) {
	panic("index out of range") //nolint:forbidigo // the fault under test
}

// TestPanicOfAConnector fails its source like any other error: nobody is removed,
// and the next reading is as good as ever.
func TestPanicOfAConnector(t *testing.T) {
	h := settled(t)
	sound, writes := h.options.Sources, len(h.writer.Log())
	h.options.Sources = []syncer.Source{{Name: "sample", Connector: broken{}}}
	out := h.pass()
	if out.Run.Result != syncer.ResultFailed || !strings.Contains(out.Run.Sources[0].Error, "fault of the program") || len(h.writer.Log()) != writes {
		t.Errorf("%s, %+v", out.Run.Result, out.Run.Sources)
	}
	h.options.Sources = sound
	if out := h.pass(); out.Run.Result != syncer.ResultDone {
		t.Errorf("afterwards: %s", out.Run.Result)
	}
}

// TestPassThatEndsEarly is recorded as failed and keeps what was held before: it
// can still be approved.
func TestPassThatEndsEarly(t *testing.T) {
	h := settled(t)
	h.company.LoseHalf()
	held := h.pass()
	h.options.Target = unreachable{h.writer}
	h.clock.Add(5 * time.Minute)
	out, err := syncer.New(h.options).Run(t.Context(), syncer.Request{Verify: true})
	if err == nil || out.Run.Result != syncer.ResultFailed {
		t.Errorf("%v, %s", err, out.Run.Result)
	}
	status, err := syncer.ReadStatus(t.Context(), h.store, h.clock.Now())
	if err != nil || status.Last.Result != syncer.ResultFailed || len(status.Last.Held) != len(held.Run.Held) {
		t.Errorf("status: %+v, %v", status.Last, err)
	}
	h.approveAll(held)
}

// unreachable is a Writer that cannot be read.
type unreachable struct{ *applytest.Writer }

func (unreachable) ReadAll(context.Context) (plan.Listing, error) {
	return plan.Listing{}, errors.New("no answer")
}

// TestRulesChange closes the gate: the next plan is shown, and waits.
func TestRulesChange(t *testing.T) {
	h := settled(t)
	writes := len(h.writer.Log())
	h.options.Base = "rules 2"
	h.options.Policy.Rules = h.options.Policy.Rules[:2] // Writing is no longer fed
	h.company.Leave("cira.ahlberg@example.com")
	out := h.pass()
	if out.Run.Result != syncer.ResultHeld && out.Run.Result != syncer.ResultSkips || len(h.writer.Log()) != writes {
		t.Fatalf("%s, %d writes\n%s", out.Run.Result, len(h.writer.Log())-writes, out.Plan)
	}
	h.approveAll(out)
	h.pass()
	for _, e := range h.writer.Log()[writes:] {
		if len(e.Edit.Remove) > 0 || (e.User.Active != nil && !*e.User.Active) {
			t.Errorf("the approved plan removed somebody: %+v", e)
		}
	}
	out = h.pass()
	for _, held := range out.Plan.Held {
		if held.Why == guard.WhyGate || held.Why == guard.WhyGateOpening {
			t.Errorf("the gate stays closed:\n%s", out.Plan)
		}
	}
	for _, a := range h.writer.Accounts() {
		if !a.Active && a.Email() != "cira.ahlberg@example.com" {
			t.Errorf("%s is gone, who only lost a rule", a.Email())
		}
	}
}

// TestApprovalIsForItsOps approves a hold; before the next pass others leave and
// somebody is renamed. The approved go, the rename is made, the others wait.
func TestApprovalIsForItsOps(t *testing.T) {
	h := settled(t)
	all := h.company
	for _, mail := range []string{"cira.ahlberg@example.com", "edda.ahlberg@example.com", "falk.ahlberg@example.com", "gita.ahlberg@example.com"} {
		all.Leave(mail)
	}
	out := h.pass()
	if len(out.Plan.Held) != 1 || out.Plan.Held[0].Why != guard.WhyRunLimit || len(out.Plan.Held[0].Ops) != 4 {
		t.Fatalf("want four held by the limit of a day\n%s", out.Plan)
	}
	h.approveAll(out)
	for _, mail := range []string{"hugo.ahlberg@example.com", "ines.ahlberg@example.com", "jaro.ahlberg@example.com", "kaja.ahlberg@example.com"} {
		all.Leave(mail)
	}
	all.Rename("dario.ahlberg@example.com", "Olin")
	out = h.pass()
	gone, renamed := map[string]bool{}, false
	for _, a := range h.writer.Accounts() {
		if !a.Active {
			gone[a.Email()] = true
		}
		renamed = renamed || a.Attributes[connectors.FamilyName] == "Olin"
	}
	if len(gone) != 4 || !gone["cira.ahlberg@example.com"] || gone["hugo.ahlberg@example.com"] || !renamed {
		t.Errorf("gone: %v, renamed: %t\n%s", gone, renamed, out.Plan)
	}
	if len(out.Plan.Held) != 1 || len(out.Plan.Held[0].Ops) != 4 {
		t.Errorf("want the four others in a hold of their own\n%s", out.Plan)
	}
}

// TestKillSwitchSurvives holds everything while it is on, in every later pass.
func TestKillSwitchSurvives(t *testing.T) {
	h := settled(t)
	if err := syncer.Pause(t.Context(), h.store, true, "test", h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	writes := len(h.writer.Log())
	h.company.Hire("Uma", "Castor", "engineering")
	for range 2 {
		if out := h.pass(); out.Run.Result != syncer.ResultPaused || len(h.writer.Log()) != writes {
			t.Errorf("%s, %d writes", out.Run.Result, len(h.writer.Log())-writes)
		}
	}
	if err := syncer.Pause(t.Context(), h.store, false, "test", h.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if out := h.pass(); out.Run.Result != syncer.ResultDone || len(h.writer.Log()) == writes {
		t.Errorf("resumed: %s", out.Run.Result)
	}
}
