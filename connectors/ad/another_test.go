package ad_test

import (
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
)

// TestAnotherDomainOfTheName: where the names are the same only the GUIDs tell two domains
// apart, and the error says which one was linked from.
func TestAnotherDomainOfTheName(t *testing.T) {
	w := newCompany(t)
	c, _ := open(t, w.config())
	_, complete := connectortest.MustRead(t, c)
	first, _, _ := strings.Cut(strings.TrimPrefix(complete.Evidence().Identity, "objectGUID in the domain "), ",")
	w.Found()
	_, _, err := connectortest.Read(t, c)
	connectortest.WantError(t, err, connectors.Rejected)
	other, _ := open(t, w.config())
	_, complete = connectortest.MustRead(t, other)
	second, _, _ := strings.Cut(strings.TrimPrefix(complete.Evidence().Identity, "objectGUID in the domain "), ",")
	for _, word := range []string{"corp.example with the GUID " + first + " before", "corp.example with the GUID " + second, "url, bind.user, base"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if first == second || len(first) != 36 {
		t.Errorf("the GUIDs are %s and %s", first, second)
	}
}
