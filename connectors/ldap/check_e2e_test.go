//go:build e2e

package ldap_test

import (
	"testing"

	"writersync/connectors/connectortest"
	"writersync/connectors/ldap/slapdtest"
)

// TestCheckOfSlapd: what slapd leaves out for a want of rights is noticed, and how it is
// followed is said.
func TestCheckOfSlapd(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10, Groups: 3, GroupSize: 4, Sync: slapdtest.SyncLog})
	c, _ := open(t, config(s))
	connectortest.WantFindings(t, c, nil, "10 of the first 10 people show mail", "3 of the first 3 groups show members", "12 of 12 members", "syncprov, a persistent search")
	s.SetAccess("to attrs=mail by * none")
	connectortest.WantFindings(t, c, []string{"people"}, "Not one of the first 10 people shows mail")
	s.SetAccess("to attrs=member,uniqueMember,memberUid by * none")
	connectortest.WantFindings(t, c, []string{"groups"}, "Not one of the first 3 groups shows a member")
	s.SetAccess(`to dn.subtree="` + north + `" by * none`)
	connectortest.WantFindings(t, c, nil, "6 of 12 members")
	cfg := config(s)
	cfg.Users.Filter = "(uid=u00009)"
	narrow, _ := open(t, cfg)
	connectortest.WantFindings(t, narrow, []string{"members"}, "11 of 12 members of these groups are neither")
	cfg = config(s)
	cfg.Attributes.ID = "cn"
	other, _ := open(t, cfg)
	connectortest.WantFindings(t, other, nil, "every change leads to a whole reading")
}

func TestCheckOfSlapdWithoutSync(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10, Groups: 3, GroupSize: 4})
	c, _ := open(t, config(s))
	connectortest.WantFindings(t, c, nil, "looked for every 30s", "wait for the next whole reading")
	s.SetAccess("to attrs=modifyTimestamp by * none")
	connectortest.WantFindings(t, c, []string{"changes"}, "no entry shows modifyTimestamp")
}
