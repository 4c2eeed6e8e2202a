//go:build e2e

package ad_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/ad/sambatest"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

// small is a domain that most tests need no more than.
var small = sambatest.Options{People: 12, Groups: 3, GroupSize: 4}

// domainConfig returns what somebody would write for the domain.
func domainConfig(s *sambatest.Server) *ad.Config {
	c := ad.NewConfig()
	c.URL, c.TLS.CAFile = s.SecureURL, s.CAFile
	c.Bind = ad.Bind{User: sambatest.ReaderUser, Password: connectortest.SecretOf(sambatest.Password)}
	c.Users.Base, c.Groups.Base = sambatest.UsersBase, sambatest.GroupsBase
	return c
}

func TestReadDomain(t *testing.T) {
	s := sambatest.Start(t, sambatest.Options{People: 2_100, Groups: 30, GroupSize: 70})
	dn := sambatest.PersonDN(7)
	s.Modify(dn, "manager", sambatest.PersonDN(3))
	s.Disable(sambatest.PersonDN(8))
	s.Modify(sambatest.PersonDN(9), "accountExpires", ending(time.Now().Add(-time.Hour)))
	s.Modify(sambatest.PersonDN(10), "accountExpires", ending(time.Now().Add(time.Hour)))
	all := s.AddGroup("everybody")
	nested := s.AddGroup("nested", sambatest.GroupDN(0), all, sambatest.PersonDN(1), s.AddPerson(sambatest.Elsewhere, "olga"))
	c, seen := open(t, domainConfig(s))
	got, complete := connectortest.MustRead(t, c)

	if diff := cmp.Diff(connectors.Size{Users: 2_100, Groups: 32, Memberships: 2_104}, complete.Size()); diff != "" {
		t.Errorf("size (-want +got):\n%s", diff)
	}
	want := connectors.User{
		ID: s.GUID(dn), Email: "u00007@example.com", Status: connectors.StatusActive, StatusBy: "userAccountControl accountExpires", Container: strings.ToLower("OU=South," + sambatest.UsersBase),
		Attributes: map[connectors.Attribute]string{
			connectors.GivenName: "Person", connectors.FamilyName: "00007", connectors.DisplayName: "Person 00007",
			connectors.Title: "Engineer", connectors.EmployeeNumber: "7", connectors.Manager: s.GUID(sambatest.PersonDN(3)),
		},
	}
	if diff := cmp.Diff(want, got.ByEmail(t, "u00007@example.com")); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	for i, want := range map[int]connectors.Status{8: connectors.StatusDisabled, 9: connectors.StatusDisabled, 10: connectors.StatusActive} {
		if got := got.ByEmail(t, sambatest.PersonName(i)+"@example.com").Status; got != want {
			t.Errorf("person %d is %q, want %q", i, got, want)
		}
	}
	wantGroup := connectors.Group{
		ID: s.GUID(nested), Name: "nested", Container: strings.ToLower(sambatest.GroupsBase),
		Members: []string{s.GUID(sambatest.PersonDN(1))}, Groups: []string{s.GUID(sambatest.GroupDN(0)), s.GUID(all)},
	}
	slices.Sort(wantGroup.Groups)
	if diff := cmp.Diff(wantGroup, got.ByName(t, "nested")); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
	if n := len(got.ByName(t, "g003").Members); n != 70 {
		t.Errorf("%d members of a group of 70", n)
	}
	t.Logf("%d requests", seen.Reset())
}

// TestReadWholeDomain: without a base, everybody is read, and Domain Users has all of
// them as members although its entry lists none.
func TestReadWholeDomain(t *testing.T) {
	s := sambatest.Start(t, small)
	conf := domainConfig(s)
	conf.Users.Base, conf.Groups.Base = "", ""
	c, _ := open(t, conf)
	got, complete := connectortest.MustRead(t, c)
	members := got.ByName(t, "Domain Users").Members
	for i := range small.People {
		if !slices.Contains(members, s.GUID(sambatest.PersonDN(i))) {
			t.Errorf("person %d is no member of Domain Users", i)
		}
	}
	if admins := got.ByName(t, "Domain Admins").Members; len(admins) != 1 {
		t.Errorf("%d members of Domain Admins", len(admins))
	}
	if got.MissingIn(t, "Users") == 0 { // Authenticated Users, Interactive
		t.Error("no foreign member was counted")
	}
	if complete.Size().Users < small.People+3 {
		t.Errorf("%d people", complete.Size().Users)
	}
}

func TestEachKindOfTLS(t *testing.T) {
	s := sambatest.Start(t, small)
	elsewhere := sambatest.Start(t, small)
	tests := []struct {
		name   string
		change func(*ad.Config)
		class  connectors.Class // "": the reading succeeds
		says   string
	}{
		{"ldaps", func(*ad.Config) {}, "", ""},
		{"starttls", func(c *ad.Config) { c.URL, c.StartTLS = s.URL, true }, "", ""},
		{"by its name", func(c *ad.Config) { c.TLS.ServerName = sambatest.Controller }, "", ""},
		{"as a DN", func(c *ad.Config) { c.Bind.User = "CN=writersync,CN=Users," + sambatest.DN }, "", ""},
		{"in clear", func(c *ad.Config) { c.URL, c.TLS = s.URL, ldap.TLS{} }, connectors.Rejected, "starttls"},
		{"unknown authority", func(c *ad.Config) { c.TLS.CAFile = "" }, connectors.Rejected, "tls.ca_file"},
		{"foreign authority", func(c *ad.Config) { c.TLS.CAFile = elsewhere.CAFile }, connectors.Rejected, "tls.ca_file"},
		{"starttls, foreign authority", func(c *ad.Config) { c.URL, c.StartTLS, c.TLS.CAFile = s.URL, true, elsewhere.CAFile }, connectors.Rejected, "tls.ca_file"},
		{"wrong name", func(c *ad.Config) { c.TLS.ServerName = "dc2.corp.example" }, connectors.Rejected, "tls.server_name"},
		{"wrong password", func(c *ad.Config) { c.Bind.Password = connectortest.SecretOf("wrong") }, connectors.Denied, "bind.user"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conf := domainConfig(s)
			tt.change(conf)
			c, _ := open(t, conf)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class, tt.says)
		})
	}
}

// TestFollowDomain follows each kind of change as an ordinary account sees it, and
// compares with what a whole reading states.
func TestFollowDomain(t *testing.T) {
	s := sambatest.Start(t, small)
	outsider := s.AddPerson(sambatest.Elsewhere, "olga")
	s.Join(sambatest.GroupDN(0), outsider)
	staff := s.AddGroup("staff")
	c, seen := open(t, domainConfig(s))
	got, complete := connectortest.MustRead(t, c)
	next := complete.Evidence().Cursor
	tests := []struct {
		name   string
		change func()
		stated int
	}{
		{"nothing", func() {}, 0},
		{"an attribute", func() { s.Modify(sambatest.PersonDN(0), "title", "Director") }, 1},
		{"disabled", func() { s.Disable(sambatest.PersonDN(1)) }, 1},
		{"enabled", func() { s.Enable(sambatest.PersonDN(1)) }, 1},
		{"joins a group", func() { s.Join(sambatest.GroupDN(0), sambatest.PersonDN(11)) }, 1},
		{"leaves a group", func() { s.Leave(sambatest.GroupDN(0), sambatest.PersonDN(11)) }, 1},
		{"nested", func() { s.Join(sambatest.GroupDN(1), sambatest.GroupDN(2)) }, 1},
		{"another name", func() { s.Move(sambatest.PersonDN(2), "CN=Another Name", "") }, 1},
		{"another place", func() { s.Move(sambatest.PersonDN(3), "CN=u00003", "OU=North,"+sambatest.UsersBase) }, 1},
		{"a unit is renamed", func() { s.Move("OU=North,"+sambatest.UsersBase, "OU=Far North", "") }, 7},
		{"a new person", func() { s.AddPerson(sambatest.UsersBase, "nora") }, 1},
		{"comes into what is read", func() { outsider = s.Move(outsider, "CN=olga", sambatest.UsersBase) }, 1},
		{"another primary group", func() { s.Join(staff, outsider); s.Modify(outsider, "primaryGroupID", s.RID(staff)) }, 2},
	}
	for _, tt := range tests {
		tt.change()
		seen.Reset()
		delta := connectortest.Follow(t, c, got, next)
		next = delta.Next()
		t.Logf("%s: %d records, %d requests", tt.name, delta.Stated(), seen.Reset())
		if delta.Stated() < tt.stated || (tt.stated == 0 && delta.Stated() > 0) {
			t.Errorf("%s: %d records, want %d", tt.name, delta.Stated(), tt.stated)
		}
		other, _ := open(t, domainConfig(s))
		whole, _ := connectortest.MustRead(t, other)
		connectortest.WantSame(t, whole, got)
		if t.Failed() {
			t.Fatalf("after: %s", tt.name)
		}
	}
	s.Delete(sambatest.PersonDN(5))
	if delta := connectortest.Follow(t, c, got, next); delta.Gone() != 0 {
		t.Errorf("an ordinary account was told that %d are gone", delta.Gone())
	}
}

// TestDeletedIsTold to an account that may list the deleted objects.
func TestDeletedIsTold(t *testing.T) {
	s := sambatest.Start(t, small)
	conf := domainConfig(s)
	conf.Bind.User = sambatest.Administrator
	c, _ := open(t, conf)
	got, complete := connectortest.MustRead(t, c)
	gone := []string{"group " + s.GUID(sambatest.GroupDN(0)), "user " + s.GUID(sambatest.PersonDN(1))}
	s.Delete(sambatest.PersonDN(1))
	s.Delete(sambatest.GroupDN(0))
	connectortest.Follow(t, c, got, complete.Evidence().Cursor)
	slices.Sort(got.Deleted)
	if diff := cmp.Diff(gone, got.Deleted); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
}

func TestProveInDomain(t *testing.T) {
	s := sambatest.Start(t, small)
	c, _ := open(t, domainConfig(s))
	got, _ := connectortest.MustRead(t, c)
	claim := connectors.Claim{
		Kind: connectors.UserObject, ID: s.GUID(sambatest.PersonDN(0)), Container: got.ByEmail(t, "u00000@example.com").Container,
		Controls: []string{s.GUID(sambatest.PersonDN(2)), s.GUID(sambatest.PersonDN(4))},
	}
	group := connectors.Claim{
		Kind: connectors.GroupObject, ID: s.GUID(sambatest.GroupDN(0)), Container: got.ByName(t, "g000").Container, Controls: []string{s.GUID(sambatest.GroupDN(1))},
	}
	prove := func(when string, claim connectors.Claim, want connectors.Presence) {
		t.Helper()
		if got, err := c.Prove(t.Context(), claim); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", when, got, err, want)
		}
	}
	prove("there", claim, connectors.Present)
	prove("group there", group, connectors.Present)
	s.Delete(sambatest.PersonDN(0))
	s.Delete(sambatest.GroupDN(0))
	prove("deleted", claim, connectors.Absent)
	prove("group deleted", group, connectors.Absent)
	claim.Controls = append(claim.Controls, s.GUID(sambatest.PersonDN(1))) // who stands elsewhere
	prove("a control elsewhere", claim, connectors.Undecided)

	claim.ID, claim.Controls = s.GUID(sambatest.PersonDN(6)), []string{s.GUID(sambatest.PersonDN(2))}
	s.Move(sambatest.PersonDN(6), "CN=u00006", sambatest.Elsewhere)
	prove("moved out of what is read", claim, connectors.Absent)
	claim.ID = s.GUID(sambatest.PersonDN(8))
	s.Hide(sambatest.PersonDN(8), "CN=writersync,CN=Users,"+sambatest.DN)
	if got, err := c.Prove(t.Context(), claim); got != connectors.Undecided {
		t.Errorf("an entry that shows nothing: %s, %v", got, err)
	} else {
		connectortest.WantError(t, err, connectors.Rejected)
	}
}

// TestWatchDomain rings, notices a restart, and watches again.
func TestWatchDomain(t *testing.T) {
	s := sambatest.Start(t, small)
	c, seen := open(t, domainConfig(s))
	for round := range 2 {
		rang, ended := make(chan struct{}, 100), make(chan error, 1)
		seen.Reset()
		go func() { ended <- c.Watch(t.Context(), func() { rang <- struct{}{} }) }()
		seen.Await(t, 5)
		s.Join(sambatest.GroupDN(0), sambatest.PersonDN(round+5))
		began := time.Now()
		select {
		case <-rang:
			t.Logf("rang after %s", time.Since(began).Round(time.Millisecond))
		case err := <-ended:
			t.Fatalf("ended with %v", err)
		case <-time.After(10 * time.Second):
			t.Fatal("did not ring")
		}
		s.Stop()
		select {
		case err := <-ended:
			connectortest.WantError(t, err, connectors.Transient)
		case <-time.After(10 * time.Second):
			t.Fatal("a restart was not noticed")
		}
		s.Resume()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Watch(ctx, func() {}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// TestGroupBeyondTheLimitOfWindows: Samba gives all members at once.
func TestGroupBeyondTheLimitOfWindows(t *testing.T) {
	s := sambatest.Start(t, sambatest.Options{People: 2_100, Groups: 30, GroupSize: 70})
	var everybody []string
	for i := range 2_100 {
		everybody = append(everybody, sambatest.PersonDN(i))
	}
	s.Modify(sambatest.GroupDN(0), "member", everybody...)
	c, _ := open(t, domainConfig(s))
	got, _ := connectortest.MustRead(t, c)
	if n := len(got.ByName(t, "g000").Members); n != 2_100 {
		t.Errorf("%d members, want 2100", n)
	}
}

func TestCheckDomain(t *testing.T) {
	s := sambatest.Start(t, small)
	s.Delete(sambatest.PersonDN(0))
	delegated := s.AddAccount("delegated")
	s.Grant(sambatest.UsersBase, delegated, "CC", "bf967aba-0de6-11d0-a285-00aa003049e2") // to make people
	tests := []struct {
		name   string
		change func(*ad.Config)
		faults []string
		says   []string
	}{
		{"an ordinary account", func(*ad.Config) {}, nil, []string{"corp.example", "need not", "All of the first 11 people", "3 of the first 3 groups"}},
		{"by the older name", func(c *ad.Config) { c.Bind.User = `CORP\writersync` }, nil, []string{"The account can bind", "in no group of administrators"}},
		{"an administrator", func(c *ad.Config) { c.Bind.User = sambatest.Administrator }, []string{"rights"}, []string{"Domain Admins", "sees deleted objects"}},
		{"more than reading", func(c *ad.Config) { c.Bind.User = "delegated@corp.example" }, []string{"rights"}, []string{"may make entries"}},
		{"nobody there", func(c *ad.Config) { c.Users.Base, c.Groups.Base = sambatest.Elsewhere, sambatest.Elsewhere }, []string{"people", "groups"}, []string{"Not one person"}},
		{"attributes that the domain does not have", func(c *ad.Config) {
			c.Attributes.Email, c.Attributes.Department = "mial", "departmnt"
			c.Attributes.CostCenter = "departmentNumber"
			c.Attributes.Extra = map[string]string{"kind": "extensionAttribute1", "office": "physicalDeliveryOfficeName"}
		}, []string{"people", "attributes"}, []string{
			"Not one of the first 11 people shows mial", "attributes.email is mial, by default mail; attributes.department is departmnt, by default department; attributes.extra.kind is extensionAttribute1.",
			"departmentNumber (attributes.cost_center)", "physicalDeliveryOfficeName (attributes.extra.office)",
		}},
		{"wrong password", func(c *ad.Config) { c.Bind.Password = connectortest.SecretOf("wrong") }, []string{"credential"}, []string{"bind.user"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conf := domainConfig(s)
			tt.change(conf)
			c, _ := open(t, conf)
			connectortest.WantFindings(t, c, tt.faults, tt.says...)
		})
	}
}
