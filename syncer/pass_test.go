package syncer_test

import (
	"path/filepath"
	"testing"
	"time"

	"writersync/connectors/sample"
	"writersync/state"
	"writersync/syncer"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// house is a syncer with everything around it in memory but the state, which is a
// real file.
type house struct {
	t       *testing.T
	now     time.Time
	company *sample.Company
	writer  *applytest.Writer
	store   *state.DB
	options syncer.Options
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), company: sample.New(), writer: applytest.New("Engineering", "Sales", "Writing")}
	store, err := state.Open(filepath.Join(t.TempDir(), "state.db"), state.Options{Now: func() time.Time { return h.now }})
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
		Protected: guard.Protected{Listed: true}, Base: "rules 1", Concurrency: 2, Now: func() time.Time { return h.now },
	}
	return h
}

// pass runs a pass five minutes later.
func (h *house) pass() syncer.Outcome {
	h.t.Helper()
	h.now = h.now.Add(5 * time.Minute)
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
			if _, err := syncer.Approve(h.t.Context(), h.store, string(held.Hash()), "test", h.now); err != nil {
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
