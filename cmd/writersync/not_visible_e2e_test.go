//go:build e2e

package main

import (
	"fmt"
	"testing"

	"writersync/connectors/ldap/slapdtest"
	"writersync/syncer"
	"writersync/syncer/guard"
	"writersync/syncer/plan"
	"writersync/syncer/syncertest"
)

// A hidden is a company of 18 in group engineering. The last six are kept out, after
// they had an account, and a directory that then does not show why.
type hidden struct {
	ldap, more string
	prepare    func(*slapdtest.Server) // before the first push
	keepOut    func(*slapdtest.Server) // from the time after the first push on
	hide       func(*slapdtest.Server)
	waits      int                     // users that an admin is asked about
	show       func(*slapdtest.Server) // the fact again
}

const (
	contractorsDN = "cn=contractors," + slapdtest.GroupsBase
	externalsDN   = "cn=externals," + slapdtest.GroupsBase
	engineeringDN = "cn=engineering," + slapdtest.GroupsBase
)

func eachOut(do func(dn string)) {
	for i := 12; i < 18; i++ {
		do(slapdtest.PersonDN(i))
	}
}

func setAll(attribute, value string) func(*slapdtest.Server) {
	return func(s *slapdtest.Server) { eachOut(func(dn string) { s.Modify(dn, attribute, value) }) }
}

func access(rules ...string) func(*slapdtest.Server) {
	return func(s *slapdtest.Server) { s.SetAccess(rules...) }
}

// TestNotVisible hides from the reader what keeps users out, in a real slapd: they stay out in
// this run and in those after it, a user is asked about only if kept out by what was hidden,
// and nothing is asked once it is shown again.
func TestNotVisible(t *testing.T) {
	t.Parallel()
	lock := setAll("pwdAccountLockedTime", "000001010000Z")
	contractors := setAll("employeeType", "contractor")
	for name, h := range map[string]hidden{
		"lock": {keepOut: lock, hide: access("to attrs=pwdAccountLockedTime by * none"), waits: 6, show: access()},
		"lock in one unit": {
			keepOut: lock, hide: access(fmt.Sprintf("to dn.subtree=%q attrs=pwdAccountLockedTime by * none", "ou=north,"+slapdtest.UsersBase)), waits: 3, show: access(),
		},
		"lock of users who are active by another attribute": {
			ldap:    "    attributes: {disabled: {attribute: employeeType, values: [left], active: [staff]}}\n",
			prepare: staff, keepOut: lock, hide: access("to attrs=pwdAccountLockedTime by * none"), waits: 6, show: access(),
		},
		"attribute of an expression": {
			ldap: "    attributes: {extra: {kind: employeeType}}\n", more: "people: {grace: 0s, exclude: '\"kind\" in user.extra && user.extra.kind == \"contractor\"'}\n",
			keepOut: contractors, hide: access("to attrs=employeeType by * none"), waits: 6, show: access(),
		},
		"status of a configured attribute": {
			ldap:    "    attributes: {disabled: {attribute: employeeType, values: [contractor]}}\n",
			keepOut: contractors, hide: access("to attrs=employeeType by * none"), waits: 6, show: access(),
		},
		"group": {
			more: "people: {grace: 0s, exclude_groups: [contractors]}\n", keepOut: addContractors, hide: func(s *slapdtest.Server) { s.Hide(contractorsDN) }, waits: 6, show: access(),
		},
		"name of a group": {
			more: "people: {grace: 0s, exclude_groups: [contractors]}\n", keepOut: addContractors,
			hide: func(s *slapdtest.Server) { s.Move(contractorsDN, "cn=externals", "") }, waits: 6,
			show: func(s *slapdtest.Server) { s.Move(externalsDN, "cn=contractors", "") },
		},
		"members of a group": {
			more: "people: {grace: 0s, exclude_groups: [contractors]}\n", keepOut: addContractors,
			hide: access(fmt.Sprintf("to dn.exact=%q attrs=member by * none", contractorsDN)), waits: 6, show: access(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h.stays(t)
		})
	}
}

// staff gives every user an attribute that says that they are active.
func staff(s *slapdtest.Server) {
	for i := range 20 {
		s.Modify(slapdtest.PersonDN(i), "employeeType", "staff")
	}
}

func addContractors(s *slapdtest.Server) {
	var members []string
	eachOut(func(dn string) { members = append(members, dn) })
	s.Add(contractorsDN, map[string][]string{"objectClass": {"groupOfNames"}, "member": members})
}

// engineers returns a company of 18 in one group, after the first push. What prepares the
// directory comes before that.
func engineers(t *testing.T, ldap, more string, prepare ...func(*slapdtest.Server)) *company {
	t.Helper()
	group := "dn: " + engineeringDN + "\nobjectClass: groupOfNames\ncn: engineering\n"
	for i := range 18 {
		group += "member: " + slapdtest.PersonDN(i) + "\n"
	}
	c := newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: 20, LDIF: group + "\n"}, dir: syncertest.Directory{}, ldap: ldap, more: more,
		rules: map[string]string{"engineering": "Engineering", "platform": "Platform"},
	})
	for _, do := range prepare {
		do(c.slapd)
	}
	first, _ := c.sync()
	c.approve(first)
	if _, code := c.sync(); code != exitDone {
		t.Fatalf("push: exit %d", code)
	}
	return c
}

func (h hidden) stays(t *testing.T) {
	if h.prepare == nil {
		h.prepare = func(*slapdtest.Server) {}
	}
	c := engineers(t, h.ldap, h.more, h.prepare)
	h.keepOut(c.slapd)
	for range 4 { // more than the limit of a day leave, some of them after a second look
		if o, code := c.sync(); code == exitHeld {
			c.approve(o)
		}
	}
	if n := c.active(); n != 12 {
		t.Fatalf("%d active accounts before, want 12", n)
	}
	h.hide(c.slapd)
	const want = exitHeld
	for range 3 {
		o, code := c.sync()
		if n := c.active(); code != want || n != 12 || asked(o) != h.waits {
			t.Fatalf("not shown: exit %d, %d active, %d asked about; want %d, 12, %d\n%s", code, n, asked(o), want, h.waits, o.Plan)
		}
	}
	h.show(c.slapd)
	if o, code := c.sync(); code != exitDone || c.active() != 12 {
		t.Errorf("shown again: exit %d, %d active\n%s", code, c.active(), o.Plan)
	}
}

// asked returns how many users an outcome asks about whose fact is not visible.
func asked(o syncer.Outcome) int {
	users := map[string]bool{}
	for _, h := range o.Run.Held {
		for _, op := range h.Ops {
			if h.Why == plan.WhyNotVisible {
				users[op.Person.String()] = true
			}
		}
	}
	return len(users)
}

// TestAbsenceThatIsAnotherValue unlocks users of a slapd, where to be locked no more is to have
// no value: one of several in a unit comes back at once, the only one of a unit is asked about,
// and who shows an active value is not.
func TestAbsenceThatIsAnotherValue(t *testing.T) {
	t.Parallel()
	t.Run("lock", func(t *testing.T) {
		t.Parallel()
		c := engineers(t, "", "")
		for _, i := range []int{11, 12, 13, 15, 17} { // 12 is alone in its unit
			c.slapd.Modify(slapdtest.PersonDN(i), "pwdAccountLockedTime", "000001010000Z")
		}
		for range 3 {
			if o, code := c.sync(); code == exitHeld {
				c.approve(o)
			}
		}
		c.slapd.Modify(slapdtest.PersonDN(11), "pwdAccountLockedTime")
		if _, code := c.sync(); code != exitDone || c.active() != 14 {
			t.Errorf("one of several in a unit: exit %d, %d active, want 14", code, c.active())
		}
		c.slapd.Modify(slapdtest.PersonDN(12), "pwdAccountLockedTime")
		o, code := c.sync()
		if code != exitHeld || c.active() != 14 || asked(o) != 1 {
			t.Errorf("the only one of a unit: exit %d, %d active, %d asked about", code, c.active(), asked(o))
		}
		c.approve(o)
		if _, code := c.sync(); code != exitDone || c.active() != 15 {
			t.Errorf("approved: exit %d, %d active, want 15", code, c.active())
		}
	})
	t.Run("status", func(t *testing.T) {
		t.Parallel()
		c := engineers(t, "    attributes: {disabled: {attribute: employeeType, values: [left], active: [staff]}}\n", "", staff)
		c.slapd.Modify(slapdtest.PersonDN(12), "employeeType", "left")
		c.sync()
		c.slapd.Modify(slapdtest.PersonDN(12), "employeeType", "staff")
		if _, code := c.sync(); c.active() != 18 {
			t.Errorf("exit %d, %d active, want 18", code, c.active())
		}
	})
}

// TestEmptiedList takes from the reader the right to read the members of a mapped group in a
// real slapd, and moves them to another one: what they have they keep, and they get what the
// other list gives, until an admin says that the list is empty.
func TestEmptiedList(t *testing.T) {
	t.Parallel()
	var all []string
	c := engineers(t, "", "", func(s *slapdtest.Server) {
		for i := range 18 {
			all = append(all, slapdtest.PersonDN(i))
		}
		s.Add("cn=platform,"+slapdtest.GroupsBase, map[string][]string{"objectClass": {"groupOfNames"}, "member": {slapdtest.PersonDN(0)}})
	})
	has := func(when string, engineering, platform, waits int) {
		t.Helper()
		want := exitDone
		if waits > 0 {
			want = exitHeld
		}
		for range 2 {
			o, code := c.sync()
			e, p := len(teamOf(c, "Engineering")), len(teamOf(c, "Platform"))
			if code != want || c.active() != 18 || asked(o) != waits || e != engineering || p != platform {
				t.Fatalf("%s: exit %d, %d active, %d asked about, %d and %d in the teams; want %d, 18, %d, %d and %d\n%s",
					when, code, c.active(), asked(o), e, p, want, waits, engineering, platform, o.Plan)
			}
		}
	}
	hide := fmt.Sprintf("to dn.exact=%q attrs=member by * none", engineeringDN)
	c.slapd.SetAccess(hide)
	has("hidden", 18, 1, 18)
	c.slapd.SetAccess()
	has("shown again", 18, 1, 0)
	c.slapd.SetAccess(hide)
	c.slapd.Modify("cn=platform,"+slapdtest.GroupsBase, "member", all...)
	has("in the other group", 18, 18, 18)
	o, _ := c.sync()
	c.approve(o)
	has("approved", 0, 18, 0)
}

// TestSecondWitness takes from the reader the right to read the members of a mapped group in a
// real slapd that keeps memberOf, and then most of its members: they leave once the limit of the
// team is approved, and those whose own entries name the group stay.
func TestSecondWitness(t *testing.T) {
	t.Parallel()
	c := newCompany(t, companyOptions{
		slapd: slapdtest.Options{People: 40, MemberOf: true}, dir: syncertest.Directory{},
		rules: map[string]string{"engineering": "Engineering"},
	})
	var all []string
	for i := range 18 {
		all = append(all, slapdtest.PersonDN(i))
	}
	add := func(name string, members ...string) {
		c.slapd.Add("cn="+name+","+slapdtest.GroupsBase, map[string][]string{"objectClass": {"groupOfNames"}, "member": members})
	}
	add("engineering", all...)
	for _, name := range []string{"one", "two", "three", "four"} { // so that 18 memberships are few
		add(name, append(all, slapdtest.PersonDN(30))...)
	}
	first, _ := c.sync()
	c.approve(first)
	if _, code := c.sync(); code != exitDone || len(teamOf(c, "Engineering")) != 18 {
		t.Fatalf("push: exit %d, %d members", code, len(teamOf(c, "Engineering")))
	}
	c.slapd.SetAccess(fmt.Sprintf("to dn.exact=%q attrs=member by * none", engineeringDN))
	for range 2 { // the list is hidden, and all are members
		o, code := c.sync()
		if code != exitDone || len(teamOf(c, "Engineering")) != 18 || len(o.Run.Warnings) != 1 {
			t.Fatalf("hidden: exit %d, %d members, %v\n%s", code, len(teamOf(c, "Engineering")), o.Run.Warnings, o.Plan)
		}
	}
	c.slapd.Modify(engineeringDN, "member", all[:15]...)
	if _, code := c.sync(); code != exitDone || len(teamOf(c, "Engineering")) != 15 {
		t.Errorf("three left: exit %d, %d members, want 15", code, len(teamOf(c, "Engineering")))
	}
	c.slapd.Modify(engineeringDN, "member", all[:3]...)
	o, code := c.sync()
	if code != exitHeld || len(o.Plan.Held) != 1 || o.Plan.Held[0].Why != guard.WhyTeamLimit || len(teamOf(c, "Engineering")) != 15 {
		t.Errorf("more left: exit %d, %d members, want 15\n%s", code, len(teamOf(c, "Engineering")), o.Plan)
	}
	c.slapd.Include(engineeringDN, "member", all[3]) // after the plan was shown
	c.approve(o)
	if o, _ := c.sync(); len(teamOf(c, "Engineering")) != 4 {
		t.Errorf("approved: %d members, want 4\n%s", len(teamOf(c, "Engineering")), o.Plan)
	}
}
