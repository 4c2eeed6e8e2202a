package syncer_test

import (
	"fmt"
	"testing"

	"writersync/config/expr"
	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// whys counts what is held, by the reason.
func whys(out syncer.Outcome) map[plan.Why]int {
	got := map[plan.Why]int{}
	for _, h := range out.Plan.Held {
		got[h.Why]++
	}
	return got
}

// active reports whether an address has a live account, and how many accounts there are.
func (h *two) active(mail string) (live bool, accounts int) {
	h.t.Helper()
	a, err := h.writer.FindUser(h.t.Context(), mail)
	return err == nil && a.Active, len(h.writer.Accounts())
}

// TestAttributeLostOfAll takes from a credential the right to read an attribute of
// anybody, where another source states it too.
func TestAttributeLostOfAll(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	compiler, err := expr.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	include, err := compiler.Truth(`has(user.department) && user.department == "Engineering"`)
	if err != nil {
		t.Fatal(err)
	}
	h.options.Policy.Profile = &expr.Profile{Include: include, Attributes: map[connectors.Attribute]*expr.Expression{connectors.DisplayName: nil}}
	for i := range h.ofIT {
		h.ofIT[i].Attributes[connectors.Department], h.ofHR[i].Attributes[connectors.Department] = "Engineering", "Engineering"
	}
	h.ofHR[0].Attributes[connectors.Department] = "External"
	h.read()
	for i := range h.ofIT {
		delete(h.ofIT[i].Attributes, connectors.Department)
	}
	for range 4 {
		if out := h.read(); !h.has("p00@example.com") {
			t.Fatalf("left out:\n%s", out.Plan)
		}
	}
}

// TestApprovalIsOfItsQuestion: who approved one question has not answered another that
// nobody had asked yet.
func TestApprovalIsOfItsQuestion(t *testing.T) {
	h := newTwo(t, "corp", "hr")
	h.options.Policy.Join.Authority = "hr"
	h.ofIT = append(h.ofIT, record("c", 40), record("c", 41))
	h.read()
	h.ofIT[31].Status = connectors.StatusDisabled // a leaver
	h.ofIT[30].Fault = "has more than 100 names"
	h.read()
	h.ofHR = append(h.ofHR, numbered(record("h", 98), "", "p41@example.com"), numbered(record("h", 99), "", "p40@example.com"))
	h.approveAll(h.read())
	h.ofIT[30].Fault, h.ofIT[30].Status = "", connectors.StatusDisabled // the other one left too
	for range 3 {
		h.read()
	}
	if live, _ := h.active("p40@example.com"); live {
		t.Error("the account of somebody who left is live, and nobody was asked")
	}
}

// TestDisabledWhileAsked ends the account of somebody who is disabled, also while it is
// asked whether a new record is theirs; or asks, if that record is active.
func TestDisabledWhileAsked(t *testing.T) {
	for _, tt := range []struct {
		authority string
		other     connectors.Status
		goes      bool
	}{
		{"", connectors.StatusDisabled, true},
		{"hr", connectors.StatusDisabled, true},
		{"hr", connectors.StatusActive, true},
		{"", connectors.StatusActive, false},
	} {
		h := newTwo(t, "hr", "corp")
		h.options.Policy.Join.Authority = tt.authority
		h.ofIT[0].ID, h.ofIT[0].Status = "c99", tt.other
		h.ofHR[0].Status = connectors.StatusDisabled
		h.read()
		out := h.read()
		if live, _ := h.active("p00@example.com"); live == tt.goes || (live && whys(out)[plan.WhySourcesDisagree] != 1) {
			t.Errorf("authority %q, the new record is %s: live: %t\n%s", tt.authority, tt.other, live, out.Plan)
		}
	}
}

// TestQuestionOfThree joins nobody while something is asked of one of those who share an
// address, so that another address is an answer.
func TestQuestionOfThree(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	third := &connectortest.Fake{}
	h.options.Sources = append(h.options.Sources, syncer.Source{Name: "x", Connector: third})
	newcomer, theirs := numbered(record("c", 98), "", "p00@example.com"), numbered(record("x", 98), "", "p00@example.com")
	third.Set([]connectors.User{theirs}, nil)
	h.ofIT = append(h.ofIT[1:], newcomer)
	h.read()
	if out := h.read(); whys(out)[plan.WhyNewID] == 0 {
		t.Fatalf("nothing is asked:\n%s", out.Plan)
	}
	newcomer.Email, theirs.Email = "n98@example.com", "n98@example.com"
	h.ofIT[29] = newcomer
	third.Set([]connectors.User{theirs}, nil)
	h.read()
	out := h.read()
	if live, accounts := h.active("n98@example.com"); !live || accounts != 31 || whys(out)[plan.WhyNewID] > 0 {
		t.Errorf("the newcomer has an account: %t, of %d\n%s", live, accounts, out.Plan)
	}
}

// TestBothDirectoriesMoved gives everybody new IDs in both. Two decisions, no second
// account, and the next leaver goes by nobody's leave.
func TestBothDirectoriesMoved(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	for i := range h.ofIT {
		h.ofIT[i].ID, h.ofIT[i].Container = fmt.Sprintf("n%02d", i), "new place"
		h.ofHR[i].ID, h.ofHR[i].Container = fmt.Sprintf("m%02d", i), "new place"
	}
	for range 4 {
		h.approveAll(h.read())
	}
	if out := h.read(); len(out.Plan.Ops)+len(out.Plan.Held) > 0 || len(h.writer.Members("Engineering")) != 30 || len(h.writer.Accounts()) != 30 {
		t.Fatalf("%d members, %d accounts\n%s", len(h.writer.Members("Engineering")), len(h.writer.Accounts()), out.Plan)
	}
	h.ofIT[0].Status, h.ofHR[0].Status = connectors.StatusDisabled, connectors.StatusDisabled
	h.ofIT, h.ofHR = append(h.ofIT[:1], h.ofIT[2:]...), append(h.ofHR[:1], h.ofHR[2:]...)
	out := h.read()
	for _, mail := range []string{"p00@example.com", "p01@example.com"} {
		if live, _ := h.active(mail); live {
			t.Errorf("%s has the account still:\n%s", mail, out.Plan)
		}
	}
}

// TestNewcomersDoNotWaitForEver: not for a record that could never be theirs, nor for a
// source that nobody reads any more.
func TestNewcomersDoNotWaitForEver(t *testing.T) {
	t.Run("a placeholder", func(t *testing.T) {
		h := newTwo(t, "hr", "corp")
		h.options.Policy.Join.By, h.options.Policy.Everyone = connectors.EmployeeNumber, true
		h.ofIT[0].Attributes[connectors.EmployeeNumber], h.ofIT[0].Fault = "0", "has more than 100 names"
		h.ofIT = append(h.ofIT, numbered(record("c", 40), "0", "p40@example.com"))
		h.read()
		out := h.read()
		if live, _ := h.active("p40@example.com"); !live {
			t.Errorf("no account:\n%s", out.Plan)
		}
	})
	t.Run("a source that is gone", func(t *testing.T) {
		h := newTwo(t, "hr", "corp")
		h.options.Policy.Join.By, h.options.Policy.Everyone = connectors.EmployeeNumber, true
		h.ofHR = append(h.ofHR, numbered(record("h", 40), "4711", "p40@hr.example.com"))
		h.approveAll(h.read())
		h.read()
		h.options.Sources = h.options.Sources[1:]
		h.ofIT = append(h.ofIT, numbered(record("c", 40), "4711", "p40@example.com"))
		h.read()
		out := h.read()
		if live, _ := h.active("p40@example.com"); !live {
			t.Errorf("no account:\n%s", out.Plan)
		}
	})
}

// TestHiredAgainAfterDeletion: an account that was deleted is in nobody's way.
func TestHiredAgainAfterDeletion(t *testing.T) {
	h := newTwo(t)
	h.options.Policy.Deprovision = plan.DeprovisionDelete
	leaver := h.ofIT[0]
	h.ofIT = h.ofIT[1:]
	h.approveAll(h.read())
	h.read()
	if _, accounts := h.active("p00@example.com"); accounts != 29 {
		t.Fatalf("%d accounts", accounts)
	}
	leaver.ID = "c00-again"
	h.ofIT = append(h.ofIT, leaver)
	h.read()
	if out := h.read(); !h.has("p00@example.com") {
		t.Errorf("no account:\n%s", out.Plan)
	}
}

// TestLeftOutOnce: an old record of the same address is not the one that a reading left
// out, and what the other source says is no proof of that.
func TestLeftOutOnce(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.ofIT = append(h.ofIT, disabledAs(record("c", 98), "p00@example.com"))
	h.ofHR[0].Status = connectors.StatusDisabled
	h.read()
	if !h.has("p00@example.com") {
		t.Fatal("one says disabled and one says active, and nobody approved anything")
	}
	h.corp.Lie("c00")
	h.read()
	if out := h.read(); !h.has("p00@example.com") {
		t.Errorf("removed, although corp has the record:\n%s", out.Plan)
	}
}
