package ad_test

import (
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestStateHidden: where nobody shows whether they are disabled, or when their accounts
// end, there is one error that names the attribute and the right, and not one hold for
// each person.
func TestStateHidden(t *testing.T) {
	for _, attribute := range []string{"userAccountControl", "accountExpires"} {
		t.Run(attribute, func(t *testing.T) {
			w := newCompany(t)
			c, _ := open(t, w.config())
			connectortest.MustRead(t, c)
			hide(w.Domain, attribute)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, connectors.Rejected, "not one of 3 people", "shows "+attribute,
				`dsacls "`+adtest.People+`"`, "RP;"+attribute+";user")
			hide(w.Domain)
			connectortest.MustRead(t, c)
		})
	}
}

// TestStateHiddenOfOne: of a person alone whose entry hides it, the record says what is
// hidden and which right is missing, and everybody else is read.
func TestStateHiddenOfOne(t *testing.T) {
	for _, attribute := range []string{"userAccountControl", "accountExpires"} {
		w := newCompany(t)
		w.Modify(w.ada, attribute)
		c, _ := open(t, w.config())
		s, _ := connectortest.MustRead(t, c)
		hidden := s.ByEmail(t, "ada@example.com")
		if hidden.Status != connectors.StatusUnknown || !strings.Contains(hidden.Fault, attribute+" is hidden") || !strings.Contains(hidden.Fault, "AdminSDHolder") {
			t.Errorf("%s: she is %q, and of her record is said %q", attribute, hidden.Status, hidden.Fault)
		}
		for _, u := range s.Users {
			if u.ID != hidden.ID && (u.Fault != "" || u.Status == connectors.StatusUnknown) {
				t.Errorf("%s: somebody else is %q, with %q", attribute, u.Status, u.Fault)
			}
		}
	}
}
