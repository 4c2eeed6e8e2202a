package syncer_test

import (
	"testing"

	"writersync/syncer"
	"writersync/syncer/plan"
)

// TestProtectedInWriter takes nothing from an account to which an admin of Writer gave
// a protected address, whether the pass reads Writer in full or not.
func TestProtectedInWriter(t *testing.T) {
	for _, verify := range []bool{true, false} {
		h := newTwo(t, "hr", "corp")
		h.options.Protected.Emails = map[string]bool{"break-glass@example.com": true}
		h.options.Policy.Drift.Attributes = plan.Report
		a, err := h.writer.FindUser(t.Context(), "p00@example.com")
		if err != nil {
			t.Fatal(err)
		}
		h.writer.Edit(a.ID, func(a *plan.Account) { a.UserName = "break-glass@example.com" })
		h.ofHR, h.ofIT = h.ofHR[1:], h.ofIT[1:]
		for range 3 {
			h.read()
			if verify {
				if _, err := syncer.New(h.options).Run(t.Context(), syncer.Request{Trigger: "test", Verify: true}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a, err = h.writer.ReadUser(t.Context(), a.ID); err != nil || !a.Active {
			t.Errorf("verify %t: the protected account is %+v, %v", verify, a, err)
		}
	}
}

// TestProtectedKeepsItsAddress does not rename an account to which an admin of Writer
// gave a protected address.
func TestProtectedKeepsItsAddress(t *testing.T) {
	h := newTwo(t)
	h.options.Protected.Emails = map[string]bool{"break-glass@example.com": true}
	a, err := h.writer.FindUser(t.Context(), "p00@example.com")
	if err != nil {
		t.Fatal(err)
	}
	h.writer.Edit(a.ID, func(a *plan.Account) { a.UserName = "break-glass@example.com" })
	h.ofIT[0].Email = "new@example.com"
	h.read()
	if a, err = h.writer.ReadUser(t.Context(), a.ID); err != nil || a.UserName != "break-glass@example.com" {
		t.Errorf("the protected account is %+v, %v", a, err)
	}
}
