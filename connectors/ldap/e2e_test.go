//go:build e2e

package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
	"writersync/connectors/ldap/slapdtest"
)

// config returns what somebody would write for the server: where, as whom, which
// bases.
func config(s *slapdtest.Server) *ldap.Config {
	c := ldap.NewConfig()
	c.URL, c.TLS.CAFile = s.SecureURL, s.CAFile
	c.Bind = ldap.Bind{DN: slapdtest.ReaderDN, Password: connectortest.SecretOf(slapdtest.Password)}
	c.Users.Base, c.Groups.Base = slapdtest.UsersBase, slapdtest.GroupsBase
	return c
}

func TestReadLargeDirectory(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 10_000, Groups: 200, GroupSize: 60})
	c, seen := open(t, config(s))
	got, complete := connectortest.MustRead(t, c)

	want := connectors.Size{Users: 10_000, Groups: 200, Memberships: 12_000}
	if diff := cmp.Diff(want, complete.Size()); diff != "" {
		t.Errorf("size (-want +got):\n%s", diff)
	}
	if n := got.Missing(); n != 0 {
		t.Errorf("%d members unresolved, want none", n)
	}
	evidence := complete.Evidence()
	if evidence.Users != 10_000 || evidence.Groups != 200 {
		t.Errorf("evidence counts %d users and %d groups, want 10000 and 200", evidence.Users, evidence.Groups)
	}
	wantUser := connectors.User{
		ID: s.Value(slapdtest.PersonDN(7), "entryUUID"), Names: []string{slapdtest.PersonDN(7), "memberUid=u00007"}, Email: "u00007@example.com",
		Status: connectors.StatusActive, Container: "ou=south,ou=people,dc=example,dc=com",
		Attributes: map[connectors.Attribute]string{
			connectors.GivenName: "Person", connectors.FamilyName: "00007",
			connectors.DisplayName: "Person 00007", connectors.Title: "Engineer",
		},
	}
	if diff := cmp.Diff(wantUser, got.ByEmail(t, "u00007@example.com")); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	for i, name := range []string{"g000", "g001", "g002"} { // groupOfNames, groupOfUniqueNames, posixGroup
		g := got.ByName(t, name)
		var want []string
		for j := range 60 {
			want = append(want, s.Value(slapdtest.PersonDN(60*i+j), "entryUUID"))
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, g.Members); diff != "" {
			t.Errorf("members of %s (-want +got):\n%s", name, diff)
		}
		if g.ID != s.Value(slapdtest.GroupDN(i), "entryUUID") || g.Container != slapdtest.GroupsBase {
			t.Errorf("group %s is %s in %s", name, g.ID, g.Container)
		}
	}
	if seen.Count("ldap-success") == 0 {
		t.Error("no request was observed")
	}
}

func TestReadOverEachKindOfTLS(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 3})
	elsewhere := slapdtest.Start(t, slapdtest.Options{People: 1})
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*ldap.Config)
		class  connectors.Class // "": the reading succeeds
		says   string
	}{
		{"ldaps", func(*ldap.Config) {}, "", ""},
		{"starttls", func(c *ldap.Config) { c.URL, c.StartTLS = s.URL, true }, "", ""},
		{"loopback in clear", func(c *ldap.Config) { c.URL, c.TLS = s.URL, ldap.TLS{} }, "", ""},
		{"another name", func(c *ldap.Config) { c.TLS.ServerName = "localhost" }, "", ""},
		{"unknown authority", func(c *ldap.Config) { c.TLS.CAFile = "" }, connectors.Rejected, "tls.ca_file"},
		{"foreign authority", func(c *ldap.Config) { c.TLS.CAFile = elsewhere.CAFile }, connectors.Rejected, "tls.ca_file"},
		{"no such file", func(c *ldap.Config) { c.TLS.CAFile = "/nonexistent.pem" }, connectors.Rejected, "read tls.ca_file"},
		{"no certificate in file", func(c *ldap.Config) { c.TLS.CAFile = empty }, connectors.Rejected, "holds no certificate"},
		{"wrong name", func(c *ldap.Config) { c.TLS.ServerName = "ldap.example.com" }, connectors.Rejected, "tls.server_name"},
		{"starttls, unknown authority", func(c *ldap.Config) { c.URL, c.StartTLS, c.TLS.CAFile = s.URL, true, "" }, connectors.Rejected, "tls.ca_file"},
		{"ldaps to the plain port", func(c *ldap.Config) { c.URL = strings.Replace(s.URL, "ldap", "ldaps", 1) }, connectors.Transient, "ldap:// with starttls: true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(s)
			cfg.Groups.Base = ""
			tt.change(cfg)
			c, _ := open(t, cfg)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class, tt.says)
		})
	}
}

func TestReadRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*slapdtest.Server, *ldap.Config)
		class  connectors.Class
		says   string
	}{
		{
			"wrong password", func(_ *slapdtest.Server, c *ldap.Config) { c.Bind.Password = connectortest.SecretOf("wrong") },
			connectors.Denied, "bind.password",
		},
		{
			"unknown base", func(_ *slapdtest.Server, c *ldap.Config) { c.Users.Base = "ou=nobody,dc=example,dc=com" },
			connectors.Rejected, "ou=nobody,dc=example,dc=com",
		},
		{
			"unknown groups base", func(_ *slapdtest.Server, c *ldap.Config) { c.Groups.Base = "ou=none,dc=example,dc=com" },
			connectors.Rejected, "ou=none,dc=example,dc=com",
		},
		{
			"filter that finds nobody", func(_ *slapdtest.Server, c *ldap.Config) { c.Users.Filter = "(uid=nobody)" },
			connectors.Rejected, "users.filter",
		},
		{
			"limit below the directory", func(s *slapdtest.Server, c *ldap.Config) { s.LimitReader(25); c.PageSize = 10 },
			connectors.Rejected, "size.prtotal=unlimited",
		},
		{
			"limit within the first page", func(s *slapdtest.Server, _ *ldap.Config) { s.LimitReader(25) },
			connectors.Rejected, "size.prtotal=unlimited",
		},
		{
			"base hidden", func(s *slapdtest.Server, _ *ldap.Config) { s.Hide(slapdtest.UsersBase) },
			connectors.Rejected, "permissions",
		},
		{"everybody hidden but the base", func(s *slapdtest.Server, _ *ldap.Config) {
			s.SetAccess(`to dn.children="ou=people,dc=example,dc=com" by * none`)
		}, connectors.Rejected, "may read"},
		{
			"ID attribute hidden", func(s *slapdtest.Server, _ *ldap.Config) { s.SetAccess("to attrs=entryUUID by * none") },
			connectors.Rejected, "attributes.id",
		},
		{
			"ID attribute of nobody", func(_ *slapdtest.Server, c *ldap.Config) { c.Attributes.ID = "employeeNumber" },
			connectors.Rejected, "attributes.id",
		},
		{
			"ID attribute that is shared", func(_ *slapdtest.Server, c *ldap.Config) { c.Attributes.ID = "title" },
			connectors.Corrupt, "attributes.id",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := slapdtest.Start(t, slapdtest.Options{People: 40, Groups: 3, GroupSize: 2})
			cfg := config(s)
			tt.change(s, cfg)
			c, _ := open(t, cfg)
			_, _, err := connectortest.Read(t, c)
			connectortest.WantError(t, err, tt.class, tt.says)
			if strings.Contains(err.Error(), slapdtest.Password) || strings.Contains(err.Error(), "wrong") {
				t.Errorf("error %q holds the password", err)
			}
		})
	}
}

func TestRefusedPasswordIsSentOnce(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 3})
	cfg := config(s)
	password := "wrong"
	cfg.Bind.Password = connectors.NewSecret("test", func(context.Context) (string, error) { return password, nil })
	c, seen := open(t, cfg)
	for range 3 {
		_, _, err := connectortest.Read(t, c)
		connectortest.WantError(t, err, connectors.Denied)
	}
	if n := seen.Count("ldap-invalid-credentials"); n != 1 {
		t.Errorf("the wrong password was sent %d times, want once", n)
	}
	password = slapdtest.Password
	connectortest.MustRead(t, c)
}

func TestReadStopsWithItsContext(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 300})
	cfg := config(s)
	cfg.PageSize = 10
	c, _ := open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	sink := &connectortest.Collect{}
	sink.OnUser = func(connectors.User) {
		if len(sink.Users) == 15 {
			cancel()
		}
	}
	complete, err := c.Read(ctx, connectors.NewReading("corp", sink))
	if !errors.Is(err, context.Canceled) || complete.Valid() {
		t.Errorf("read with a cancelled context: %v, valid %t", err, complete.Valid())
	}
	if len(sink.Users) > 20 {
		t.Errorf("%d users were stated after the context ended with the second page", len(sink.Users))
	}
}

func TestReadWhileTheDirectoryChanges(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 40, Groups: 1, GroupSize: 2})
	tests := []struct {
		name   string
		change func()
		users  int // 0: the reading fails
	}{
		{"somebody joins", func() { s.AddPerson(41) }, 41},
		{"somebody who was read leaves", func() { s.Delete(slapdtest.PersonDN(0)) }, 0},
		{"somebody who was not read leaves", func() { s.Delete(slapdtest.PersonDN(39)) }, 39},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(s)
			cfg.PageSize = 10
			c, _ := open(t, cfg)
			sink := &connectortest.Collect{}
			sink.OnUser = func(connectors.User) {
				if len(sink.Users) == 15 {
					tt.change()
				}
			}
			complete, err := connectortest.ReadInto(t, c, sink)
			if tt.users == 0 {
				connectortest.WantError(t, err, connectors.Transient)
				if !errors.Is(err, connectors.ErrCount) {
					t.Errorf("error %v is not ErrCount", err)
				}
				return
			}
			if err != nil || complete.Size().Users != tt.users {
				t.Errorf("read %d users, error %v; want %d", complete.Size().Users, err, tt.users)
			}
		})
	}
}

func TestReadStatusAndOddEntries(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 6, Groups: 3, GroupSize: 2})
	s.Modify(slapdtest.PersonDN(0), "pwdAccountLockedTime", "000001010000Z")
	s.Modify(slapdtest.PersonDN(1), "pwdAccountLockedTime", "20250101000000Z")
	s.Modify(slapdtest.PersonDN(2), "employeeType", "Leaver")
	s.Modify(slapdtest.PersonDN(3), "mail")
	s.Modify(slapdtest.PersonDN(4), "mail", "u00004@example.com", "other@example.com")
	s.Modify(slapdtest.PersonDN(5), "displayName")
	s.Modify(slapdtest.GroupDN(0), "member", "UID=U00001, OU=South, OU=People, DC=Example, DC=Com",
		slapdtest.GroupDN(1), slapdtest.GroupDN(0), "uid=gone,"+slapdtest.UsersBase)
	s.Modify(slapdtest.GroupDN(1), "uniqueMember", slapdtest.PersonDN(2)+"#'0101'B", slapdtest.GroupDN(0))
	s.Modify(slapdtest.GroupDN(2), "memberUid", "u00003", "nobody")

	cfg := config(s)
	cfg.Attributes.Disabled = ldap.Disabled{Attribute: "employeeType", Values: []string{"leaver"}}
	c, _ := open(t, cfg)
	got, _ := connectortest.MustRead(t, c)

	id := func(i int) string { return s.Value(slapdtest.PersonDN(i), "entryUUID") }
	group := func(i int) string { return s.Value(slapdtest.GroupDN(i), "entryUUID") }
	status := map[string]connectors.Status{}
	for _, u := range got.Users {
		status[u.ID] = u.Status
		switch u.ID {
		case id(3):
			if u.Email != "" || u.Unusable != nil {
				t.Errorf("a person without mail has e-mail %q, unusable %q", u.Email, u.Unusable)
			}
		case id(4):
			if u.Email != "" || !strings.Contains(u.Unusable[connectors.Email], "first_email") {
				t.Errorf("a person with two addresses has e-mail %q, unusable %q", u.Email, u.Unusable)
			}
		case id(5):
			if u.Attributes[connectors.DisplayName] != "Person 00005" {
				t.Errorf("display name %q, want the cn", u.Attributes[connectors.DisplayName])
			}
		}
	}
	wantStatus := map[string]connectors.Status{
		id(0): connectors.StatusDisabled, id(1): connectors.StatusActive, id(2): connectors.StatusDisabled,
		id(3): connectors.StatusActive, id(4): connectors.StatusActive, id(5): connectors.StatusActive,
	}
	if diff := cmp.Diff(wantStatus, status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	wantGroups := []connectors.Group{
		{ID: group(0), Name: "g000", Container: slapdtest.GroupsBase, Members: []string{id(1)}, Groups: []string{group(1), group(0)}},
		{ID: group(1), Name: "g001", Container: slapdtest.GroupsBase, Members: []string{id(2)}, Groups: []string{group(0)}},
		{ID: group(2), Name: "g002", Container: slapdtest.GroupsBase, Members: []string{id(3)}},
	}
	for i := range wantGroups {
		slices.Sort(wantGroups[i].Groups)
	}
	if diff := cmp.Diff(wantGroups, got.Resolved().Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if n := got.Missing(); n != 2 {
		t.Errorf("%d members unresolved, want 2", n)
	}
}

func TestIDsSurviveMoves(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 4})
	c, _ := open(t, config(s))
	before, _ := connectortest.MustRead(t, c)
	s.Move(slapdtest.PersonDN(1), "uid=renamed", "ou=north,"+slapdtest.UsersBase)
	after, _ := connectortest.MustRead(t, c)
	ids := func(s *connectortest.Collect) (out []string) {
		for _, u := range s.Users {
			out = append(out, u.ID)
		}
		slices.Sort(out)
		return out
	}
	if diff := cmp.Diff(ids(before), ids(after)); diff != "" {
		t.Errorf("IDs changed with a name (-before +after):\n%s", diff)
	}
	if got := after.ByEmail(t, "u00001@example.com").Container; got != "ou=north,ou=people,dc=example,dc=com" {
		t.Errorf("container %q after the move", got)
	}
}

func TestProve(t *testing.T) {
	const north, south = "ou=north,ou=people,dc=example,dc=com", "ou=south,ou=people,dc=example,dc=com"
	s := slapdtest.Start(t, slapdtest.Options{People: 10, Groups: 4, GroupSize: 2})
	id := func(i int) string { return s.Value(slapdtest.PersonDN(i), "entryUUID") }
	gone, controls, souths := id(0), []string{id(2), id(4)}, []string{id(1), id(3)}
	goneGroup, groupControls := s.Value(slapdtest.GroupDN(0), "entryUUID"), []string{s.Value(slapdtest.GroupDN(1), "entryUUID")}
	moved := id(6)
	s.Delete(slapdtest.PersonDN(0))
	s.Delete(slapdtest.GroupDN(0))
	s.Move(slapdtest.PersonDN(6), "uid=u00006", "ou=svc,"+slapdtest.Suffix)
	s.Modify(slapdtest.PersonDN(8), "objectClass", "inetOrgPerson", "uidObject")

	user := func(id, container string, controls ...string) connectors.Claim {
		return connectors.Claim{Kind: connectors.UserObject, ID: id, Container: container, Controls: controls}
	}
	tests := []struct {
		name  string
		claim connectors.Claim
		want  connectors.Presence
	}{
		{"deleted", user(gone, north, controls...), connectors.Absent},
		{"moved out of the base", user(moved, north, controls...), connectors.Absent},
		{"still there", user(id(8), north, controls...), connectors.Present},
		{"still there, elsewhere", user(id(1), north, controls...), connectors.Present},
		{"no control", user(gone, north), connectors.Undecided},
		{"a control is gone too", user(gone, north, append(controls, moved)...), connectors.Undecided},
		{"controls of another container", user(gone, north, souths...), connectors.Undecided},
		{"controls of two containers", user(gone, north, controls[0], souths[0]), connectors.Undecided},
		{"controls with the object's ID", user(gone, north, gone), connectors.Undecided},
		{"an ID that is a filter", user("*)(uid=*", north, controls...), connectors.Absent},
		{"an empty container", user(gone, south+",", souths...), connectors.Undecided},
		{"a deleted group", connectors.Claim{Kind: connectors.GroupObject, ID: goneGroup, Container: slapdtest.GroupsBase, Controls: groupControls}, connectors.Absent},
		{"a group that is there", connectors.Claim{Kind: connectors.GroupObject, ID: groupControls[0], Container: slapdtest.GroupsBase}, connectors.Present},
	}
	for _, auto := range []string{"auto", "entryUUID"} {
		cfg := config(s)
		cfg.Attributes.ID = auto
		c, _ := open(t, cfg)
		for _, tt := range tests {
			t.Run(auto+"/"+tt.name, func(t *testing.T) {
				got, err := c.Prove(t.Context(), tt.claim)
				if err != nil || got != tt.want {
					t.Errorf("got %s, error %v; want %s", got, err, tt.want)
				}
			})
		}
	}
}

// TestProveMembership asks users' own entries, which the overlay memberof keeps, and those of a
// server without it.
func TestProveMembership(t *testing.T) {
	for _, kept := range []bool{true, false} {
		s := slapdtest.Start(t, slapdtest.Options{People: 10, MemberOf: kept})
		group := func(name string, people ...int) string {
			dn, members := "cn="+name+","+slapdtest.GroupsBase, []string{}
			for _, i := range people {
				members = append(members, slapdtest.PersonDN(i))
			}
			s.Add(dn, map[string][]string{"objectClass": {"groupOfNames"}, "member": members})
			return s.Value(dn, "entryUUID")
		}
		engineering, sales := group("engineering", 0, 2), group("sales", 0, 4)
		hidden := group("hidden", 6)
		s.SetAccess(fmt.Sprintf("to dn.subtree=%q by * none", "cn=hidden,"+slapdtest.GroupsBase))
		id := func(i int) string { return s.Value(slapdtest.PersonDN(i), "entryUUID") }
		c, _ := open(t, config(s))
		for _, tt := range []struct {
			name           string
			user           int
			group, control string
			want           connectors.Presence // where the server keeps such lists
		}{
			{"names it", 0, engineering, "", connectors.Present},
			{"names another, which lists the user", 4, engineering, sales, connectors.Absent},
			{"names another, and no group lists the user", 4, engineering, "", connectors.Undecided},
			{"does not name one that lists the user", 8, engineering, sales, connectors.Undecided},
			{"the group is not shown", 4, hidden, sales, connectors.Undecided},
			{"there is no such user", 99, engineering, sales, connectors.Undecided},
		} {
			claim := connectors.Claim{Kind: connectors.MembershipObject, ID: "00000000-0000-0000-0000-000000000099", Group: tt.group}
			if tt.user < 10 {
				claim.ID = id(tt.user)
			}
			if tt.control != "" {
				claim.Controls = []string{tt.control}
			}
			want := tt.want
			if !kept {
				want = connectors.Undecided
			}
			if got, err := c.Prove(t.Context(), claim); err != nil || got != want {
				t.Errorf("kept %t, %s: %s, %v; want %s", kept, tt.name, got, err, want)
			}
		}
	}
}

// TestLostPermissionProvesNothing revokes the right to read one OU. The reading
// cannot tell this from a deletion; the proof must.
func TestLostPermissionProvesNothing(t *testing.T) {
	const north, south = "ou=north,ou=people,dc=example,dc=com", "ou=south,ou=people,dc=example,dc=com"
	s := slapdtest.Start(t, slapdtest.Options{People: 10})
	c, _ := open(t, config(s))
	before, _ := connectortest.MustRead(t, c)
	s.Hide(north)
	after, complete := connectortest.MustRead(t, c)
	if complete.Size().Users != 5 {
		t.Fatalf("%d users after half were hidden, want 5", complete.Size().Users)
	}
	var hidden, visible []string
	for _, u := range before.Users {
		if u.Container == north {
			hidden = append(hidden, u.ID)
		}
	}
	for _, u := range after.Users {
		visible = append(visible, u.ID)
	}
	for _, tt := range []struct {
		name     string
		controls []string
	}{
		{"controls hidden as well", hidden[1:]},
		{"controls that are visible stand elsewhere", visible},
		{"none", nil},
	} {
		claim := connectors.Claim{Kind: connectors.UserObject, ID: hidden[0], Container: north, Controls: tt.controls}
		got, err := c.Prove(t.Context(), claim)
		if err != nil || got != connectors.Undecided {
			t.Errorf("%s: got %s, error %v; want undecided", tt.name, got, err)
		}
	}
	if after.Users[0].Container != south {
		t.Errorf("the visible half stands in %s", after.Users[0].Container)
	}
}

func TestProveRefused(t *testing.T) {
	s := slapdtest.Start(t, slapdtest.Options{People: 4})
	cfg := config(s)
	cfg.Groups.Base = ""
	c, _ := open(t, cfg)
	_, err := c.Prove(t.Context(), connectors.Claim{Kind: connectors.GroupObject, ID: "x"})
	if connectors.ClassOf(err) != connectors.Rejected {
		t.Errorf("claim about a group of a source without groups: %v", err)
	}
	s.Hide(slapdtest.UsersBase)
	_, err = c.Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: "x"})
	connectortest.WantError(t, err, connectors.Rejected)
	cfg.Timeout = time.Second
	cfg.URL = "ldaps://127.0.0.1:1"
	unreachable, _ := open(t, cfg)
	_, err = unreachable.Prove(t.Context(), connectors.Claim{Kind: connectors.UserObject, ID: "x"})
	connectortest.WantError(t, err, connectors.Transient)
}
