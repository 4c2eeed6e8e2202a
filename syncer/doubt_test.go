package syncer_test

import (
	"errors"
	"fmt"
	"testing"

	"writersync/config/expr"
	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// numbered gives a record a number by which people can be joined, and an e-mail.
func numbered(u connectors.User, number, mail string) connectors.User {
	u.Email, u.Attributes[connectors.EmployeeNumber] = mail, number
	return u
}

// disabledAs is a record that is not active, of that address.
func disabledAs(u connectors.User, mail string) connectors.User {
	u.Email, u.Status = mail, connectors.StatusDisabled
	return u
}

// leaver gives the house somebody known to corp alone, who has left.
func (h *two) leaver() {
	h.t.Helper()
	h.ofIT = append(h.ofIT, record("c", 40))
	h.read()
	h.ofIT[30].Status = connectors.StatusDisabled
	if h.read(); h.has("p40@example.com") {
		h.t.Fatal("the leaver has an account")
	}
}

// TestNothingUnasked lives what looks like one person and may be two, or the other way
// round. Nobody approves anything: whoever had a team and an account keeps both, and
// nobody gets what was another's.
func TestNothingUnasked(t *testing.T) {
	tests := []struct {
		name    string
		sources []string // by precedence
		mail    string
		had     bool // an account and the team, before and after
		live    func(h *two)
	}{
		{"a record is made anew under another ID", []string{"hr", "corp"}, "p00@example.com", true, func(h *two) {
			h.ofIT[0].ID = "c99"
		}},
		{"the record that has the account is", []string{"corp", "hr"}, "p00@example.com", true, func(h *two) {
			h.ofIT[0].ID = "c99"
		}},
		{"in a source that cannot be asked", []string{"hr", "corp"}, "p00@example.com", true, func(h *two) {
			h.options.Sources[1].Connector = struct{ connectors.Connector }{h.corp}
			h.ofIT[0].ID = "c99"
		}},
		{"the records of both sources are", []string{"hr", "corp"}, "p00@example.com", true, func(h *two) {
			h.ofIT[0].ID, h.ofHR[0].ID = "c99", "h99"
		}},
		{"a leaver's address is that of somebody who is to be hired", []string{"corp", "hr"}, "p40@example.com", false, func(h *two) {
			h.leaver()
			h.ofHR = append(h.ofHR, disabledAs(record("h", 99), "p40@example.com"))
			h.read()
			h.ofIT = h.ofIT[:30] // the leaver's record goes
			h.read()
			h.ofHR[30].Status, h.options.Policy.Everyone = connectors.StatusActive, true
		}},
		{"a leaver whose status nobody explained", []string{"corp", "hr"}, "p40@example.com", false, func(h *two) {
			h.leaver()
			h.ofIT[30].Status = connectors.StatusUnknown
			h.read()
			h.ofHR = append(h.ofHR, numbered(record("h", 99), "", "p40@example.com"))
		}},
		{"the source that said disabled says nothing any more", []string{"hr", "corp"}, "p00@example.com", false, func(h *two) {
			h.options.Policy.Join.Authority = "hr"
			h.ofHR[0].Status = connectors.StatusDisabled
			h.read()
			h.ofHR = h.ofHR[1:]
		}},
		{"or leaves the leaver out once", []string{"hr", "corp"}, "p00@example.com", false, func(h *two) {
			h.options.Policy.Join.Authority = "hr"
			h.ofHR[0].Status = connectors.StatusDisabled
			h.read()
			h.hr.Lie("h00")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newTwo(t, tt.sources...)
			tt.live(h)
			for range 4 {
				if out := h.read(); h.has(tt.mail) != tt.had {
					t.Fatalf("has it: %t\n%s", !tt.had, out.Plan)
				}
			}
		})
	}
}

// TestJoinedWithALeaver does not join somebody active with a record that is disabled.
func TestJoinedWithALeaver(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	h.options.Policy.Join.Authority = "hr"
	h.ofIT = append(h.ofIT, record("c", 40)) // known to corp alone
	h.read()
	h.read()
	h.ofHR = append(h.ofHR, disabledAs(record("h", 99), "p40@example.com"))
	if out := h.read(); !h.has("p40@example.com") || len(out.Plan.Held) != 1 || out.Plan.Held[0].Why != plan.WhyNewID {
		t.Errorf("the account of somebody active:\n%s", out.Plan)
	}
	h.ofIT = append(h.ofIT, record("c", 41)) // and a newcomer in the same case
	h.ofHR = append(h.ofHR, disabledAs(record("h", 98), "p41@example.com"))
	if out := h.read(); len(out.Plan.Held) != 1 || len(out.Plan.Held[0].Ops)+len(out.Plan.Ops) < 2 {
		t.Errorf("nobody is asked:\n%s", out.Plan)
	}
}

// TestMovedDirectory gives everybody in one of two sources a new ID in another place.
// Approved, the next leaver goes like any other.
func TestMovedDirectory(t *testing.T) {
	for _, first := range [][]string{{"corp", "hr"}, {"hr", "corp"}} {
		h := newTwo(t, first...)
		for i := range h.ofIT {
			h.ofIT[i].ID, h.ofIT[i].Container = fmt.Sprintf("n%02d", i), "new place"
		}
		for range 4 {
			h.approveAll(h.read())
		}
		if out := h.read(); len(h.writer.Members("Engineering")) != 30 || len(h.writer.Accounts()) != 30 || len(out.Plan.Ops)+len(out.Plan.Held) > 0 {
			t.Fatalf("%d members, %d accounts\n%s", len(h.writer.Members("Engineering")), len(h.writer.Accounts()), out.Plan)
		}
		h.ofIT[0].Status, h.ofHR[0].Status = connectors.StatusDisabled, connectors.StatusDisabled
		if out := h.read(); h.has("p00@example.com") {
			t.Errorf("disabled in both, and not removed:\n%s", out.Plan)
		}
	}
}

// TestApprovedJoinIsProven does nothing by a join that was approved before the proof of
// what it rests on.
func TestApprovedJoinIsProven(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	h.corp.Lie("c00")
	other := numbered(record("c", 99), "", "p00@example.com")
	other.Attributes[connectors.DisplayName] = "Somebody Else"
	h.ofIT = append(h.ofIT, other)
	h.approveAll(h.read())
	h.read()
	h.read()
	if a, err := h.writer.FindUser(t.Context(), "p00@example.com"); err != nil || a.Attributes[connectors.DisplayName] != "P 0" || !h.has("p00@example.com") {
		t.Errorf("the account is %+v, %v", a, err)
	}
}

// TestKeyThatCannotBeReliedOn makes no second account while the record of somebody with
// the same number was not read, or has a fault.
func TestKeyThatCannotBeReliedOn(t *testing.T) {
	for _, how := range []string{"not read", "a fault"} {
		h := newTwo(t, "hr", "corp")
		h.options.Policy.Join.By, h.options.Policy.Everyone = connectors.EmployeeNumber, true
		h.ofHR = append(h.ofHR, numbered(record("h", 40), "4711", "ann@hr.example.com"))
		h.approveAll(h.read())
		h.read()
		if how == "not read" {
			h.hr.FailRead(errors.New("down"))
		} else {
			h.ofHR[30].Fault = "has more than 100 names"
		}
		h.ofIT = append(h.ofIT, numbered(record("c", 40), "4711", "ann@example.com"))
		h.read()
		h.hr.FailRead(nil)
		h.ofHR[30].Fault = ""
		h.read()
		if n := len(h.writer.Accounts()); n != 31 {
			t.Errorf("%s: %d accounts of 31 people", how, n)
		}
	}
}

// TestAttributeOutOfSight leaves nobody out for what a credential may have lost the right
// to read, also where another source states something in its place.
func TestAttributeOutOfSight(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	for i := range h.ofIT {
		h.ofIT[i].Attributes[connectors.Department], h.ofHR[i].Attributes[connectors.Department] = "Engineering", "D-4711"
	}
	compiler, err := expr.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	include, err := compiler.Truth(`has(user.email) && has(user.department) && user.department == "Engineering"`)
	if err != nil {
		t.Fatal(err)
	}
	h.options.Policy.Profile = &expr.Profile{Include: include, Attributes: map[connectors.Attribute]*expr.Expression{connectors.DisplayName: nil}}
	h.read()
	delete(h.ofIT[0].Attributes, connectors.Department)
	h.ofIT[1].Email, h.ofHR[1].Email = "", ""
	var out syncer.Outcome
	for range 4 {
		out = h.read()
	}
	if !h.has("p00@example.com") || !h.has("p01@example.com") || len(out.Plan.Held) == 0 {
		t.Errorf("somebody was left out:\n%s", out.Plan)
	}
	h.approveAll(out)
	if h.read(); h.has("p00@example.com") || h.has("p01@example.com") {
		t.Error("approved, and not left out")
	}
}

// TestThirdSource keeps a team that one of three sources vouches for, when the record by
// which it was joined is made anew.
func TestThirdSource(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	third := &connectortest.Fake{}
	third.Set([]connectors.User{numbered(record("x", 0), "", "p00@example.com"), record("x", 99)}, []connectors.Group{
		{ID: "xg", Name: "sales", Container: "groups", Members: []string{"x00"}},
	})
	h.options.Sources = append(h.options.Sources, syncer.Source{Name: "x", Connector: third})
	h.options.Policy.Rules = append(h.options.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
	h.read()
	third.Set([]connectors.User{numbered(record("x", 0), "", "married@example.com"), record("x", 99)}, []connectors.Group{
		{ID: "xg", Name: "sales", Container: "groups", Members: []string{"x00"}},
	})
	h.read()
	h.ofIT[0].ID = "c99"
	for range 3 {
		h.approveAll(h.read())
	}
	if got := h.writer.Members("Sales"); len(got) != 1 || len(h.writer.Accounts()) != 30 {
		t.Errorf("Sales has %v, and there are %d accounts of 30 people", got, len(h.writer.Accounts()))
	}
}
