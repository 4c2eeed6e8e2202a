package syncer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
)

// ring makes the pass that both sources asked for.
func (h *two) ring() syncer.Outcome {
	h.t.Helper()
	engineering := connectors.Group{ID: "g1", Name: "engineering", Container: "groups"}
	for _, u := range h.ofIT {
		engineering.Members = append(engineering.Members, u.ID)
	}
	h.hr.Set(h.ofHR, nil)
	h.corp.Set(h.ofIT, []connectors.Group{engineering})
	h.clock.Add(time.Minute)
	out, err := syncer.New(h.options).Run(h.t.Context(), syncer.Request{Trigger: syncer.TriggerRing, Rings: []string{"corp", "hr"}})
	if err != nil {
		h.t.Fatalf("pass: %v\n%s", err, out.Plan)
	}
	return out
}

// TestRingsSpareNewIDs: nothing is taken from somebody of two sources whose record in one
// came back under another ID, whether the sources were read whole or followed.
func TestRingsSpareNewIDs(t *testing.T) {
	passes := map[string]func(*two) syncer.Outcome{
		"whole":    func(h *two) syncer.Outcome { return h.read() },
		"followed": (*two).ring,
	}
	for name, pass := range passes {
		t.Run(name, func(t *testing.T) {
			h := newTwo(t, "hr", "corp")
			h.ofIT[0].ID = "c99"
			h.ofHR[0].Status = connectors.StatusDisabled
			h.ofHR[5].Attributes[connectors.DisplayName] = "Other"
			out := pass(h)
			if live, _ := h.active("p00@example.com"); !live || !h.has("p00@example.com") {
				t.Errorf("something is taken:\n%s", out.Plan)
			}
		})
	}
}

// TestRingsJoinNewcomers: who comes to two sources at once has one account in the end.
func TestRingsJoinNewcomers(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.options.Policy.Join.By, h.options.Policy.Everyone = connectors.EmployeeNumber, true
	h.read()
	h.read()
	before := len(h.writer.Accounts())
	h.ofHR = append(h.ofHR, numbered(record("h", 40), "4711", "p40@hr.example.com"))
	h.ofIT = append(h.ofIT, numbered(record("c", 40), "4711", "p40@example.com"))
	h.ring()
	h.read()
	out := h.read()
	if n := len(h.writer.Accounts()) - before; n != 1 {
		t.Errorf("%d accounts for one newcomer\n%s\n%v", n, out.Plan, out.Run.Warnings)
	}
}

// TestRingsOnADoubtedReading: nothing is taken by what changes after a read that left out too
// much of what is there, until a full read is believed.
func TestRingsOnADoubtedReading(t *testing.T) {
	f := newFollowing(t)
	f.fake.Lie("jon", "ivy", "hal") // the read misses them, and they are there
	f.approveAll(f.pass())
	if out := f.pass(); held(out, guard.WhyFalseReading) != 0 || len(out.Plan.Ops) > 0 {
		t.Fatalf("what is found is planned or held:\n%s", out.Plan)
	}
	f.groups[0].Members = slices.DeleteFunc(slices.Clone(f.groups[0].Members), func(m string) bool { return m == "cid" })
	f.publish()
	if out := f.ring(); slices.Contains(kindsOf(out.Plan), plan.RemoveMember) {
		t.Errorf("taken on the word of a read that is doubted:\n%s", out.Plan)
	}
	f.fake.Lie()
	if out := f.pass(); !slices.Contains(kindsOf(out.Plan), plan.RemoveMember) {
		t.Errorf("not taken by a read that is believed:\n%s", out.Plan)
	}
}

// TestRingsAnswerHolds: a hold about people who are back in their group is not kept, and
// so cannot be approved and let others through later.
func TestRingsAnswerHolds(t *testing.T) {
	f := newFollowing(t)
	all := f.groups[0].Members
	f.groups[0].Members = all[:3]
	f.publish()
	if full := f.pass(); len(full.Run.Held) == 0 {
		t.Fatalf("nothing is held:\n%s", full.Plan)
	}
	f.groups[0].Members = all
	f.publish()
	if out := f.ring(); len(out.Run.Held) > 0 {
		t.Errorf("held still: %v", out.Run.Held)
	}
}

// TestRingsKeepQuestions: what is asked about a newcomer can be approved after a small
// change of the newcomer as well.
func TestRingsKeepQuestions(t *testing.T) {
	f := newFollowing(t)
	f.users[0].ID = "ann2"
	f.groups[0].Members = append([]string{"ann2"}, f.groups[0].Members[1:]...)
	f.groups[1].Members = append([]string{"ann2"}, f.groups[1].Members[1:]...)
	f.publish()
	full := f.pass()
	if held(full, plan.WhyNewID) != 1 {
		t.Fatalf("want a question:\n%s", full.Plan)
	}
	f.users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Ann"}
	f.publish()
	out := f.ring()
	for _, h := range full.Run.Held {
		if h.Exit != plan.Approve {
			continue
		}
		if _, err := syncer.Approve(t.Context(), f.store, syncer.ApproveRequest{Hash: string(h.Hash()), By: "admin", At: f.clock.Now()}); err != nil {
			t.Errorf("%s: %v\nheld now: %v\n%s", h.Why, err, out.Run.Held, out.Plan)
		}
	}
}

// unasked cannot prove, and tells what changed.
type unasked struct {
	connectors.Connector
	connectors.Changer
}

// goer says of somebody who is there to be gone.
type goer struct {
	*connectortest.Fake
	id string
}

func (g goer) Changes(_ context.Context, c connectors.Cursor, r *connectors.Reading) (connectors.Delta, error) {
	if err := r.Gone(connectors.UserObject, g.id); err != nil {
		return connectors.Delta{}, err
	}
	return r.Delta(c)
}

// TestGoneIsNoReading: a source that cannot be asked must miss somebody in two complete
// readings, and to say that they are gone is none.
func TestGoneIsNoReading(t *testing.T) {
	f := newFollowing(t)
	f.options.Sources[0].Connector = unasked{f.fake, goer{f.fake, "bob"}}
	if out := f.ring(); len(out.Plan.Ops) > 0 {
		t.Fatalf("taken at once:\n%s", out.Plan)
	}
	f.fake.Lie("bob")
	if out := f.pass(); slices.Contains(kindsOf(out.Plan), plan.Deactivate) {
		t.Errorf("one complete reading missed bob:\n%s", out.Plan)
	}
}

// vague shows no listing to be whole.
type vague struct {
	syncer.Target
	full int
}

func (v *vague) ReadAll(ctx context.Context) (plan.Listing, error) {
	v.full++
	r, err := v.Target.ReadAll(ctx)
	r.AccountsWhole = false
	return r, err
}

// TestRingsLeaveTheFullRead: a full read of Writer that is due is made on schedule, not
// when something changes.
func TestRingsLeaveTheFullRead(t *testing.T) {
	f := newFollowing(t)
	v := &vague{Target: f.writer}
	f.options.Target, f.options.Verify = v, 24*time.Hour
	f.clock.Add(25 * time.Hour)
	for range 3 {
		f.ring()
	}
	if v.full > 0 {
		t.Errorf("%d full reads of Writer in three passes after rings", v.full)
	}
	if f.pass(); v.full != 1 {
		t.Errorf("%d full reads of Writer after a pass on schedule, want 1", v.full)
	}
}

// TestRingOfNobody: a source that rang and is not configured any more is no reason for a
// pass: it would read nothing.
func TestRingOfNobody(t *testing.T) {
	f := newFollowing(t)
	out, err := syncer.New(f.options).Run(t.Context(), syncer.Request{Trigger: syncer.TriggerRing, Rings: []string{"gone"}})
	if err != nil || out.Run.ID != "" {
		t.Errorf("a pass was made: %+v, %v", out.Run, err)
	}
}

// TestRingOpensTheGate: an approved plan that could not be carried out for want of its
// source is, once that is back and rings; before anybody approves a ring does nothing.
func TestRingOpensTheGate(t *testing.T) {
	f := newFollowing(t)
	f.options.Base = "other rules"
	f.users = append(f.users, connectors.User{ID: "kim", Email: "kim@example.com", Status: connectors.StatusActive, Container: "people"})
	f.groups[0].Members = append(f.groups[0].Members, "kim")
	f.publish()
	first := f.pass()
	if out := f.ring(); out.Run.ID != "" {
		t.Errorf("a pass was made before anybody approved: %+v", out.Run)
	}
	f.approveAll(first)
	f.fake.FailRead(errors.New("the directory is away"))
	f.pass()
	f.fake.FailRead(nil)
	out := f.ring()
	if out.Run.Trigger != syncer.TriggerAgain || !out.Run.Sources[0].Complete {
		t.Errorf("not a whole pass: %+v", out.Run)
	}
	if status, err := syncer.ReadStatus(t.Context(), f.options.Store, f.clock.Now()); err != nil || status.Gate != guard.GateOpen {
		t.Errorf("the gate is %s, %v", status.Gate, err)
	}
}
