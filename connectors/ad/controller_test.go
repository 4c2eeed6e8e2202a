package ad_test

import (
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestIdentityIsTheController too: another one may lack who has not been replicated to
// it, and after a start nothing else tells them apart. Its site is no part of it.
func TestIdentityIsTheController(t *testing.T) {
	w := newCompany(t)
	identity := func() string {
		c, _ := open(t, w.config())
		_, complete := connectortest.MustRead(t, c)
		return complete.Evidence().Identity
	}
	first := identity()
	w.MoveSite("Branch")
	if got := identity(); got != first {
		t.Errorf("in another site the IDs are said to be %q, and were %q", got, first)
	}
	w.MoveTo("dc2.corp.example")
	if got := identity(); got == first {
		t.Errorf("of another domain controller the IDs are said to be %q too", got)
	}
}

// TestWentBack: a copy that was put back is seen after a start too.
func TestWentBack(t *testing.T) {
	w := newCompany(t)
	cursor := func() connectors.Cursor {
		c, _ := open(t, w.config())
		_, complete := connectortest.MustRead(t, c)
		return complete.Evidence().Cursor
	}
	before := cursor()
	w.Modify(w.ada, "title", "Engineer")
	after := cursor()
	w.Restore()
	restored := cursor()
	c, _ := open(t, w.config())
	historian, ok := any(c).(connectors.Historian)
	if !ok {
		t.Fatal("it is no connectors.Historian")
	}
	for name, tt := range map[string]struct{ since, now connectors.Cursor }{
		"forward": {before, after}, "the same": {after, after}, "another database": {after, restored}, "no text of ours": {"2 x", before}, "none": {before, ""},
	} {
		if err := historian.WentBack(tt.since, tt.now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := historian.WentBack(after, before)
	connectortest.WantError(t, err, connectors.Transient, "older")
}

// TestFirstConnectionsLeadToOne: of two that begin at once, one that leads elsewhere is
// refused.
func TestFirstConnectionsLeadToOne(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	moved := false
	w.After(func(q adtest.Query) {
		if q.Base == "" && !moved { // the reading was told by dc1 who it is
			moved = true
			w.MoveTo("dc2.corp.example")
			if _, err := c.Prove(t.Context(), claimOf(w.ada, nil)); err != nil {
				t.Errorf("prove: %v", err)
			}
			w.MoveTo("dc1.corp.example")
		}
	})
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Rejected)
}

// TestNoAddressInErrors: the name that is bound with may have the form of an e-mail.
func TestNoAddressInErrors(t *testing.T) {
	w := newCompany(t)
	w.Set(func(s *adtest.Settings) { s.Refuse = true })
	c, _ := open(t, w.config())
	for range 2 { // the second time it is not sent
		_, _, err := connectortest.Read(t, c)
		if connectortest.WantError(t, err, connectors.Denied); strings.Contains(err.Error(), "@") || !strings.Contains(err.Error(), "bind as bind.user") {
			t.Errorf("error %q", err)
		}
	}
}
