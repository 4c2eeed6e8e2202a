//go:build e2e

package ldap_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
	"writersync/connectors/ldap/slapdtest"
)

const (
	importUsers  = "ou=writer," + slapdtest.UsersBase
	importGroups = "ou=writer-teams," + slapdtest.GroupsBase
	importerDN   = "cn=importer,ou=svc," + slapdtest.Suffix
)

// startImporting starts a server with a place for what import adds, and somebody who
// may add there; the reader may not.
func startImporting(t *testing.T, o slapdtest.Options) (*slapdtest.Server, *ldap.Config) {
	t.Helper()
	s := slapdtest.Start(t, o)
	for _, dn := range []string{importUsers, importGroups} {
		s.Add(dn, map[string][]string{"objectClass": {"organizationalUnit"}})
	}
	s.Add(importerDN, map[string][]string{
		"objectClass": {"applicationProcess", "simpleSecurityObject"}, "userPassword": {slapdtest.Password},
	})
	s.SetAccess(
		`to dn.subtree="`+importUsers+`" by dn.exact="`+importerDN+`" write by users read`,
		`to dn.subtree="`+importGroups+`" by dn.exact="`+importerDN+`" write by users read`,
	)
	c := config(s)
	c.Import = ldap.Import{Users: importUsers, Groups: importGroups, Bind: ldap.Bind{DN: importerDN, Password: connectortest.SecretOf(slapdtest.Password)}}
	return s, c
}

func openImporter(t *testing.T, c *ldap.Config) connectors.Importer {
	t.Helper()
	opened, err := c.Open(connectors.Env{Name: "corp", Log: slog.New(slog.DiscardHandler), Observe: &connectortest.Requests{}})
	if err != nil {
		t.Fatal(err)
	}
	return opened.(connectors.Importer)
}

func TestImportUsers(t *testing.T) {
	s, c := startImporting(t, slapdtest.Options{People: 4})
	to := openImporter(t, c)
	id, err := to.CreateUser(t.Context(), connectors.NewUser{Email: "u00001@example.org", Attributes: map[connectors.Attribute]string{
		connectors.GivenName: "Bjørn", connectors.FamilyName: "Åse", connectors.DisplayName: "Bjørn Åse", connectors.Title: "Chef",
		connectors.Department: "left out", "password": "left out",
	}})
	if err != nil {
		t.Fatal(err)
	}
	const dn = "uid=u000012," + importUsers // u00001 is sample person 1
	want := map[string]string{
		"entryUUID": id, "cn": "Bjørn Åse", "sn": "Åse", "givenName": "Bjørn", "displayName": "Bjørn Åse", "title": "Chef", "mail": "u00001@example.org",
		"objectClass": "inetOrgPerson", "userPassword": "", "departmentNumber": "",
	}
	got := map[string]string{}
	for name := range want {
		got[name] = s.Value(dn, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
	// The same again, and somebody who was there: both are found, and nothing is added.
	for mail, wantID := range map[string]string{"u00001@example.org": id, "u00002@example.com": s.Value(slapdtest.PersonDN(2), "entryUUID")} {
		again, err := to.CreateUser(t.Context(), connectors.NewUser{Email: mail})
		if connectors.ClassOf(err) != connectors.Conflict || again != wantID {
			t.Errorf("once more: %q, %v; want %q and a conflict", again, err, wantID)
		}
	}
	read, complete := connectortest.MustRead(t, to.(connectors.Connector))
	if complete.Size().Users != 5 {
		t.Errorf("%d people are read, want 5", complete.Size().Users)
	}
	u := read.ByEmail(t, "u00001@example.org")
	if u.ID != id || u.Status != connectors.StatusActive || u.Container != importUsers {
		t.Errorf("read as %+v", u)
	}
	if _, err := to.CreateUser(t.Context(), connectors.NewUser{Email: "nobody.knows@example.com"}); err != nil {
		t.Errorf("somebody without a name: %v", err)
	}
}

func TestImportGroups(t *testing.T) {
	s, c := startImporting(t, slapdtest.Options{People: 250, Groups: 3, GroupSize: 2})
	to := openImporter(t, c)
	var members []string
	before, _ := connectortest.MustRead(t, to.(connectors.Connector))
	for _, u := range before.Users {
		members = append(members, u.ID) // more than one search has room for
	}
	slices.Sort(members)
	for _, name := range []string{"Writers", `#1, R+D = "good" <x>; ende\`, "Größe", " space "} {
		id, err := to.CreateGroup(t.Context(), connectors.NewGroup{Name: name, Members: members})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		read, _ := connectortest.MustRead(t, to.(connectors.Connector))
		g := read.ByName(t, strings.TrimSpace(name))
		if diff := cmp.Diff(members, g.Members); g.ID != id || g.Container != importGroups || diff != "" {
			t.Errorf("%q is read as %s in %s (-want +got):\n%s", name, g.ID, g.Container, diff)
		}
		again, err := to.CreateGroup(t.Context(), connectors.NewGroup{Name: name, Members: members[:1]})
		if connectors.ClassOf(err) != connectors.Conflict || again != id {
			t.Errorf("%q once more: %q, %v", name, again, err)
		}
	}
	if _, err := to.CreateGroup(t.Context(), connectors.NewGroup{Name: "Ghosts", Members: []string{members[0], "nobody"}}); connectors.ClassOf(err) != connectors.Rejected {
		t.Errorf("with a member who is not there: %v", err)
	}
	if got := s.Value(slapdtest.GroupDN(0), "member"); got == "" {
		t.Error("a group that was there was changed")
	}
}

func TestImportRefused(t *testing.T) {
	s, c := startImporting(t, slapdtest.Options{People: 2, Groups: 1, GroupSize: 1})
	member := s.Value(slapdtest.PersonDN(0), "entryUUID")
	tests := []struct {
		name   string
		change func(*ldap.Config)
		class  connectors.Class
		says   string
	}{
		{"the reader may not add", func(c *ldap.Config) { c.Import.Bind = ldap.Bind{} }, connectors.Denied, "import.bind"},
		{"a wrong password", func(c *ldap.Config) { c.Import.Bind.Password = connectortest.SecretOf("wrong") }, connectors.Denied, "bind as " + importerDN},
		{"no such place", func(c *ldap.Config) {
			c.Import.Users, c.Import.Groups = "ou=none,"+slapdtest.UsersBase, "ou=none,"+slapdtest.GroupsBase
		}, connectors.Rejected, "ou=none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			own := *c
			tt.change(&own)
			to := openImporter(t, &own)
			_, uerr := to.CreateUser(t.Context(), connectors.NewUser{Email: "canary.person@example.com"})
			_, gerr := to.CreateGroup(t.Context(), connectors.NewGroup{Name: "G", Members: []string{member}})
			for _, err := range []error{uerr, gerr} {
				connectortest.WantError(t, err, tt.class)
				if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), slapdtest.Password) {
					t.Errorf("the error is %q, and does not say %q or too much", err, tt.says)
				}
			}
		})
	}
}

// TestExportCanBeLoaded loads an export into a server, as an administrator would.
func TestExportCanBeLoaded(t *testing.T) {
	var b strings.Builder
	people := []connectors.NewUser{
		{Email: "ada@example.org", Attributes: map[connectors.Attribute]string{connectors.DisplayName: " Bjørn Åse"}},
		{Email: "ada@example.net", Attributes: map[connectors.Attribute]string{connectors.FamilyName: ": odd"}},
	}
	groups := []ldap.ExportGroup{{Name: `#1, R+D = "good" <x>; ende\`, Members: []int{0, 1}}, {Name: "Größe", Members: []int{1}}}
	b.WriteString("dn: ou=writer," + slapdtest.UsersBase + "\nobjectClass: organizationalUnit\nou: writer\n\n")
	if err := ldap.WriteLDIF(&b, "ou=writer,"+slapdtest.UsersBase, people, groups); err != nil {
		t.Fatal(err)
	}
	s := slapdtest.Start(t, slapdtest.Options{LDIF: strings.Replace(b.String(), "version: 1\n", "", 1)})
	c := config(s)
	c.Groups.Base = slapdtest.UsersBase
	opened, _ := open(t, c)
	read, _ := connectortest.MustRead(t, opened)
	first, second := read.ByEmail(t, "ada@example.org"), read.ByEmail(t, "ada@example.net")
	if first.Attributes[connectors.DisplayName] != "Bjørn Åse" || second.Attributes[connectors.FamilyName] != ": odd" {
		t.Errorf("read as %+v and %+v", first, second)
	}
	for _, g := range groups {
		if got := read.ByName(t, g.Name); len(got.Members) != len(g.Members) || read.MissingIn(t, g.Name) != 0 {
			t.Errorf("group %q is read as %+v", g.Name, got)
		}
	}
}
