package syncer_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// A two is a house of two directories that know the same thirty people by the same
// e-mails. Group engineering of corp holds all of them.
type two struct {
	*house
	hr, corp   *connectortest.Fake
	ofHR, ofIT []connectors.User // what they state: h00..., c00...
}

// newTwo returns the house after its first push. Without precedence it has corp alone.
func newTwo(t *testing.T, precedence ...string) *two {
	h := &two{house: newHouse(t), hr: &connectortest.Fake{}, corp: &connectortest.Fake{}}
	for i := range 30 {
		h.ofHR, h.ofIT = append(h.ofHR, record("h", i)), append(h.ofIT, record("c", i))
	}
	h.options.Sources = []syncer.Source{{Name: "hr", Connector: h.hr}, {Name: "corp", Connector: h.corp}}
	h.options.Policy.Rules = []plan.Rule{{Group: "engineering", Team: "Engineering"}}
	h.options.Policy.Join = plan.Join{By: plan.UserName, Precedence: precedence}
	if len(precedence) == 0 {
		h.options.Sources, h.options.Policy.Join = h.options.Sources[1:], plan.Join{}
	}
	h.approveAll(h.read())
	h.read()
	if out := h.read(); len(out.Plan.Ops)+len(out.Plan.Held) > 0 || len(h.writer.Members("Engineering")) != 30 {
		t.Fatalf("it does not settle, with %d members:\n%s", len(h.writer.Members("Engineering")), out.Plan)
	}
	return h
}

func record(prefix string, i int) connectors.User {
	return connectors.User{
		ID: fmt.Sprintf("%s%02d", prefix, i), Email: fmt.Sprintf("p%02d@example.com", i), Status: connectors.StatusActive,
		Container: "people of " + prefix, Attributes: map[connectors.Attribute]string{connectors.DisplayName: fmt.Sprintf("P %d", i)},
	}
}

// read makes a pass with what the directories state now.
func (h *two) read() syncer.Outcome {
	h.t.Helper()
	engineering := connectors.Group{ID: "g1", Name: "engineering", Container: "groups"}
	for _, u := range h.ofIT {
		engineering.Members = append(engineering.Members, u.ID)
	}
	h.hr.Set(h.ofHR, nil)
	h.corp.Set(h.ofIT, []connectors.Group{engineering})
	return h.pass()
}

// has reports whether the first of the thirty is in the team, with a live account.
func (h *two) has(mail string) bool {
	h.t.Helper()
	a, err := h.writer.FindUser(h.t.Context(), mail)
	return err == nil && a.Active && slices.Contains(h.writer.Members("Engineering"), mail)
}

// TestRecordOutOfSight takes one of two records of a person from sight, in a way that
// is not true: neither team nor account go, however often it is read.
func TestRecordOutOfSight(t *testing.T) {
	for _, first := range [][]string{{"hr", "corp"}, {"corp", "hr"}} {
		t.Run(first[0]+" first", func(t *testing.T) {
			h := newTwo(t, first...)
			h.corp.Lie("c00")
			for range 4 {
				if out := h.read(); !h.has("p00@example.com") {
					t.Fatalf("removed:\n%s", out.Plan)
				}
			}
			h.corp.FailRead(errors.New("down"))
			h.ofHR[0].Status = connectors.StatusDisabled
			if out := h.read(); !h.has("p00@example.com") {
				t.Fatalf("removed while the other source was down:\n%s", out.Plan)
			}
			h.ofHR = h.ofHR[1:]
			for range 3 {
				if out := h.read(); !h.has("p00@example.com") {
					t.Fatalf("removed while the other source was down, gone from this one:\n%s", out.Plan)
				}
			}
			h.corp.FailRead(nil)
			h.corp.Lie()
			h.ofIT = h.ofIT[1:]
			h.read()
			if h.read(); h.has("p00@example.com") {
				t.Error("gone from both, and not removed")
			}
		})
	}
}

// TestLeaverOfOneSource is the healthy twin: somebody left corp and stays in hr. The
// team goes, then, out of scope in two readings, the account.
func TestLeaverOfOneSource(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.ofIT = h.ofIT[1:]
	h.read()
	if slices.Contains(h.writer.Members("Engineering"), "p00@example.com") {
		t.Error("is in the team still")
	}
	h.read()
	if h.has("p00@example.com") {
		t.Error("has the account still")
	}
}

// TestSecondRecordOfOneSource gives somebody's old address to a newcomer of the same
// source, by which another record of the person is still known: two are not one.
func TestSecondRecordOfOneSource(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	h.ofIT[0].Email = "renamed@example.com"
	newcomer := record("c", 99)
	newcomer.Email = "p00@example.com"
	h.ofIT = append(h.ofIT, newcomer)
	h.read()
	h.read()
	h.ofIT[0].Status, h.ofHR[0].Status = connectors.StatusDisabled, connectors.StatusDisabled
	h.read()
	a, err := h.writer.FindUser(t.Context(), "renamed@example.com")
	if err != nil || a.Active || !h.has("p00@example.com") {
		t.Errorf("the leaver's account: %+v, %v; the newcomer has one: %t", a, err, h.has("p00@example.com"))
	}
}

// TestLeaversAddress gives a leaver's address to a newcomer of the other source: the
// account is not given to the newcomer unless somebody says that they are one.
func TestLeaversAddress(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	h.ofIT = append(h.ofIT, record("c", 40)) // known to corp alone
	h.read()
	h.ofIT[30].Status = connectors.StatusDisabled
	h.read()
	if h.has("p40@example.com") {
		t.Fatal("the leaver has an account")
	}
	newcomer := record("h", 99)
	newcomer.Email = "p40@example.com"
	h.ofHR = append(h.ofHR, newcomer)
	out := h.read()
	if h.has("p40@example.com") || len(out.Plan.Held) != 1 || out.Plan.Held[0].Why != plan.WhyNewID {
		t.Fatalf("the account is back:\n%s", out.Plan)
	}
	h.approveAll(out)
	h.read() // remembers the join, and nothing else
	out = h.read()
	if len(out.Plan.Held) != 1 || out.Plan.Held[0].Why != plan.WhySourcesDisagree || h.has("p40@example.com") {
		t.Fatalf("one is disabled and one is active:\n%s", out.Plan)
	}
	h.approveAll(out)
	if out = h.read(); !h.has("p40@example.com") {
		t.Errorf("approved, and not back:\n%s", out.Plan)
	}
}

// TestRootReturns joins somebody with the one who has the account, whoever was first
// once.
func TestRootReturns(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.ofHR = append(h.ofHR, record("h", 40))
	h.read() // hr/h40 is in no group
	h.ofHR = h.ofHR[:30]
	h.read()
	h.ofIT = append(h.ofIT, record("c", 40)) // has an account of corp's
	h.read()
	h.ofHR = append(h.ofHR, record("h", 40))
	h.read()
	if out := h.read(); len(out.Plan.Ops)+len(out.Plan.Held) > 0 {
		t.Errorf("it does not settle:\n%s", out.Plan)
	}
	h.ofHR[30].Status, h.ofIT[30].Status = connectors.StatusDisabled, connectors.StatusDisabled
	if h.read(); h.has("p40@example.com") {
		t.Error("disabled in both, and the account is live")
	}
}

// TestExplainJoined says of both records what is so of the person, and what the next
// pass takes.
func TestExplainJoined(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	explain := func(text string) syncer.Explanation {
		t.Helper()
		x, err := syncer.New(h.options).Explain(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, who := range []string{"hr/h00", "corp/c00", "p00@example.com"} {
		x := explain(who)
		if len(x.People) != 1 || len(x.People[0].Records) != 2 || len(x.People[0].Teams) != 1 || !x.People[0].Teams[0].Wanted || x.People[0].Link == nil ||
			!x.People[0].InScope || len(x.People[0].Planned) > 0 {
			t.Errorf("%s: %+v", who, x.People)
		}
	}
	if x := explain("Engineering"); x.Teams[0].Wanted != 30 || x.Teams[0].Members != 30 || len(x.Teams[0].Waiting) > 0 {
		t.Errorf("the team: %+v", x.Teams)
	}
	h.options.Policy.Join.Authority = "hr"
	h.ofHR[0].Status = connectors.StatusDisabled
	h.hr.Set(h.ofHR, nil)
	if _, err := syncer.New(h.options).Run(t.Context(), syncer.Request{Trigger: "test", DryRun: true}); err != nil {
		t.Fatal(err)
	}
	if planned := explain("corp/c00").People[0].Planned; len(planned) != 1 || planned[0].Kind != plan.Deactivate {
		t.Errorf("planned: %v", planned)
	}
}

// TestExplainHold names the hold that can be approved.
func TestExplainHold(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.ofHR, h.ofIT = h.ofHR[10:], h.ofIT[10:]
	out := h.read()
	x, err := syncer.New(h.options).Explain(t.Context(), "hr/h00")
	if err != nil || len(out.Plan.Held) != 1 || len(x.People[0].Held) != 1 {
		t.Fatalf("%v: %+v\n%s", err, x.People, out.Plan)
	}
	if held := x.People[0].Held[0]; held.Hash != out.Plan.Held[0].Hash() || held.Of != 10 || len(held.Held.Ops) != 1 {
		t.Errorf("%s of %d: %v; the hold is %s", held.Hash, held.Of, held.Held.Ops, out.Plan.Held[0].Hash())
	}
}

// TestOldReadGivesNothing: a source that was last read more than a day ago may keep a person
// out by now, or know a newcomer. What another source gives waits for it, and no longer than that.
func TestOldReadGivesNothing(t *testing.T) {
	for _, old := range []bool{false, true} {
		h := newTwo(t, "hr", "corp")
		group := connectors.Group{ID: "g1", Name: "engineering", Container: "groups"}
		for _, u := range h.ofIT {
			group.Members = append(group.Members, u.ID)
		}
		both := func() {
			h.hr.Set(append(h.ofHR, record("h", 99)), nil)
			h.corp.Set(append(h.ofIT, record("c", 99), record("c", 98)), []connectors.Group{group})
		}
		both()
		h.pass() // two newcomers, who are in no mapped group
		h.hr.FailRead(errors.New("it does not answer"))
		after := 23 * time.Hour
		if old {
			after = 25 * time.Hour
		}
		h.clock.Add(after)
		group.Members = append(group.Members, "c99", "c98")
		both()
		out := h.pass()
		if h.has("p98@example.com") == old || h.has("p99@example.com") == old {
			t.Errorf("read %s before: of one source %t, of two %t\n%s", after, h.has("p98@example.com"), h.has("p99@example.com"), out.Plan)
		}
		h.hr.FailRead(nil)
		if out := h.pass(); !h.has("p99@example.com") {
			t.Errorf("read %s before, and again: it does not go\n%s", after, out.Plan)
		}
	}
}
