package syncer_test

import (
	"slices"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// TestAlternatingOutage makes no second account while the sources fail in turn.
func TestAlternatingOutage(t *testing.T) {
	h := newTwo(t, "hr", "corp")
	h.options.Policy.Join.By, h.options.Policy.Everyone = connectors.EmployeeNumber, true
	h.ofHR = append(h.ofHR, numbered(record("h", 40), "4711", "ann@hr.example.com"))
	h.approveAll(h.read())
	h.read()
	h.ofIT = append(h.ofIT, numbered(record("c", 40), "4711", "ann@example.com"))
	for range 2 {
		h.hr.FailRead(failed(connectors.Transient))
		h.read()
		h.hr.FailRead(nil)
		h.corp.FailRead(failed(connectors.Transient))
		h.read()
		h.corp.FailRead(nil)
	}
	h.read()
	if _, accounts := h.active(""); accounts != 31 {
		t.Errorf("%d accounts of 31 people", accounts)
	}
}

// TestMovedWhileExpelled: the account of somebody whose link is moved is taken out of an
// exclusive team by the same plan. What was done is recorded, and passes go on.
func TestMovedWhileExpelled(t *testing.T) {
	h := newTwo(t)
	h.options.Policy.Rules = append(h.options.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales", Exclusive: true})
	sales := connectors.Group{ID: "g2", Name: "sales", Container: "groups"}
	for _, u := range h.ofIT[5:13] {
		sales.Members = append(sales.Members, u.ID)
	}
	read := func() syncer.Outcome {
		t.Helper()
		engineering := connectors.Group{ID: "g1", Name: "engineering", Container: "groups"}
		for _, u := range h.ofIT {
			engineering.Members = append(engineering.Members, u.ID)
		}
		h.corp.Set(h.ofIT, []connectors.Group{engineering, sales})
		return h.pass() // which fails the test if it ends early
	}
	for range 3 {
		h.approveAll(read())
	}
	h.ofIT[0].ID = "c99"
	h.approveAll(read())
	h.join("Sales", "p00@example.com")
	h.options.Verify = time.Minute // every pass reads Writer in full
	for range 3 {
		read()
	}
	if !h.has("p00@example.com") || slices.Contains(h.writer.Members("Sales"), "p00@example.com") {
		t.Errorf("has the old team: %t; Sales has %v", h.has("p00@example.com"), h.writer.Members("Sales"))
	}
}
