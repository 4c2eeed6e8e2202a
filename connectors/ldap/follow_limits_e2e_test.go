//go:build e2e

package ldap_test

import (
	"os"
	"regexp"
	"testing"

	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

// TestDocumentedLimits: with the limits that the documentation gives, slapd lets be
// followed what it would list 500 entries of at the most.
func TestDocumentedLimits(t *testing.T) {
	page, err := os.ReadFile("../../docs/ldap.md")
	if err != nil {
		t.Fatal(err)
	}
	limits := regexp.MustCompile(`(?m)^olcLimits: \{0\}dn\.exact="[^"]*" (.*)$`).FindSubmatch(page)
	if limits == nil {
		t.Fatal("the page has no olcLimits")
	}
	const many = 600
	s := slapdtest.Start(t, slapdtest.Options{People: many, Sync: slapdtest.SyncLog})
	s.Limit(string(limits[1]))
	c, _ := open(t, config(s))
	_, complete := connectortest.MustRead(t, c)
	for i := range many {
		s.Modify(slapdtest.PersonDN(i), "title", "Writer")
	}
	if told, _ := connectortest.MustChange(t, c, complete.Evidence().Cursor); len(told.Users) != many {
		t.Errorf("%d of %d people are told", len(told.Users), many)
	}
}
