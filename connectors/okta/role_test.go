package okta_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta/oktatest"
)

// TestChangesAfterALostRole reads changes once the credential sees nothing, or only a
// part: "nothing changed" would be what it then says of everything. The cursor stays
// good, and what happened meanwhile is stated once the role is back.
func TestChangesAfterALostRole(t *testing.T) {
	for name, blind := range map[string]func(*oktatest.Org, bool){
		"none at all": (*oktatest.Org).Blind,
		"a resource set without Everyone": func(org *oktatest.Org, on bool) {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if on && strings.Contains(r.URL.RawQuery, "BUILT_IN") {
					a.Body = []byte("[]")
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			turned(t, 6, 2, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
				since := cursor(t, c)
				time.Sleep(time.Hour) //nolint:forbidigo // of the fake clock
				blind(org, true)
				gone := person(2, org.Now())
				gone.Status = "SUSPENDED"
				org.Put(gone)
				_, delta, err := connectortest.Changes(t, c, since)
				if connectors.ClassOf(err) != connectors.Denied || delta.Valid() {
					t.Fatalf("class %s, valid %v: %v", connectors.ClassOf(err), delta.Valid(), err)
				}
				if !strings.Contains(err.Error(), "Read-Only Administrator") {
					t.Errorf("the error does not say what to do: %v", err)
				}
				blind(org, false)
				if got, _ := mustChange(t, c, since); len(got.Users) != 1 || got.Users[0].Status != connectors.StatusDisabled {
					t.Errorf("once the role is back: %+v", got.Users)
				}
			})
		})
	}
}
