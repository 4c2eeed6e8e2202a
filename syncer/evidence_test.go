package syncer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/syncertest"
)

// TestApprovedRemovalsDoNotCount: those who left by an approval leave room within the
// limit of a day for others.
func TestApprovedRemovalsDoNotCount(t *testing.T) {
	h := settled(t)
	for _, mail := range []string{"cira.ahlberg@example.com", "edda.ahlberg@example.com", "falk.ahlberg@example.com", "gita.ahlberg@example.com"} {
		h.company.Leave(mail)
	}
	out := h.pass()
	if held(out, guard.WhyRunLimit) != 4 {
		t.Fatalf("want four held by the limit of a day\n%s", out.Plan)
	}
	h.approveAll(out)
	h.pass()
	h.company.Leave("hugo.ahlberg@example.com")
	h.company.Leave("ines.ahlberg@example.com") // as many as may leave in a day
	out = h.pass()
	inactive := 0
	for _, a := range h.writer.Accounts() {
		if !a.Active {
			inactive++
		}
	}
	if inactive != 6 || len(out.Plan.Held) > 0 {
		t.Errorf("%d accounts are inactive, want 6\n%s", inactive, out.Plan)
	}
}

// careless is a source that says of everybody it does not have that they are absent,
// whether or not there is another one beside whom it can find.
type careless struct{ *syncertest.Source }

func (c careless) Prove(_ context.Context, claim connectors.Claim) (connectors.Presence, error) {
	if _, there := c.Users[claim.ID]; there {
		return connectors.Present, nil
	}
	return connectors.Absent, nil
}

// TestAbsenceNeedsAControl: the absence of a person counts where another one of the
// same container is found. Where there is none, it waits for an approval.
func TestAbsenceNeedsAControl(t *testing.T) {
	for _, alone := range []bool{false, true} {
		h := newHouse(t)
		source := syncertest.NewSource("sample", rand.New(rand.NewPCG(1, 1)))
		for i := range 12 {
			u := record("c", i)
			if u.Container = "people"; alone {
				u.Container = fmt.Sprint("people of room ", i)
			}
			source.Users[u.ID] = u
		}
		h.options.Sources = []syncer.Source{{Name: "sample", Connector: careless{source}}}
		h.options.Policy.Everyone = true
		h.approveAll(h.pass())
		h.pass()
		delete(source.Users, record("c", 3).ID)
		out := h.pass()
		inactive := 0
		for _, a := range h.writer.Accounts() {
			if !a.Active {
				inactive++
			}
		}
		switch {
		case !alone && (inactive != 1 || len(out.Plan.Held) > 0):
			t.Errorf("with others beside: %d accounts are inactive, want 1\n%s", inactive, out.Plan)
		case alone && (inactive != 0 || held(out, guard.WhyNoControl) != 1):
			t.Errorf("alone: %d accounts are inactive, want none and a hold\n%s", inactive, out.Plan)
		}
	}
}
