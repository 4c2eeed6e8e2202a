package ldap_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

// importing returns a configuration with an import.
func importing() *ldap.Config {
	c := valid()
	c.Groups.Base = "ou=groups,dc=corp,dc=example"
	c.Import = ldap.Import{Users: "ou=writer,ou=people,dc=corp,dc=example", Groups: "ou=teams,ou=groups,dc=corp,dc=example"}
	return c
}

func TestValidateImport(t *testing.T) {
	connectortest.RunFaults(t, importing, []connectortest.Fault[*ldap.Config]{
		{"both places", func(*ldap.Config) {}, nil},
		{"the bases themselves", func(c *ldap.Config) {
			c.Import.Users, c.Import.Groups = "OU=People, DC=corp, DC=example", c.Groups.Base
		}, nil},
		{"a credential of its own", func(c *ldap.Config) {
			c.Import.Bind = ldap.Bind{DN: "cn=i,dc=corp", Password: connectortest.SecretOf("x")}
		}, nil},
		{"no place for users", func(c *ldap.Config) { c.Import.Users = "" }, []string{"import.users"}},
		{"no place for groups", func(c *ldap.Config) { c.Import.Groups = "" }, []string{"import.groups"}},
		{"users beside what is read", func(c *ldap.Config) { c.Import.Users = "ou=writer,dc=corp,dc=example" }, []string{"import.users"}},
		{"a name that only ends like the base", func(c *ldap.Config) { c.Import.Users = "ou=writer,xou=people,dc=corp,dc=example" }, []string{"import.users"}},
		{"groups beside what is read", func(c *ldap.Config) { c.Import.Groups = c.Users.Base }, []string{"import.groups"}},
		{"no names", func(c *ldap.Config) { c.Import.Users, c.Import.Groups = "here", "there" }, []string{"import.users", "import.groups"}},
		{"people directly below the base are read alone", func(c *ldap.Config) { c.Users.Scope = ldap.One }, []string{"import.users"}},
		{"groups are not read", func(c *ldap.Config) { c.Groups.Base = "" }, []string{"groups.base"}},
		{"an ID that nobody would give", func(c *ldap.Config) { c.Attributes.ID = "employeeNumber" }, []string{"attributes.id"}},
		{"an ID of the server", func(c *ldap.Config) { c.Attributes.ID = "ENTRYUUID" }, nil},
		{"anonymous", func(c *ldap.Config) { c.Bind = ldap.Bind{} }, []string{"import.bind.dn"}},
		{"a credential without a password", func(c *ldap.Config) { c.Import.Bind.DN = "cn=i,dc=corp" }, []string{"import.bind.password"}},
		{"a password without a name", func(c *ldap.Config) { c.Import.Bind.Password = connectortest.SecretOf("x") }, []string{"import.bind.dn"}},
		{"a credential and nothing to do with it", func(c *ldap.Config) { c.Import = ldap.Import{Bind: c.Bind} }, []string{"import.users"}},
		{"its password in clear text", func(c *ldap.Config) {
			c.URL, c.Bind, c.Import.Bind = "ldap://ldap.corp.example", ldap.Bind{}, ldap.Bind{DN: "cn=i,dc=corp", Password: connectortest.SecretOf("x")}
		}, []string{"url"}},
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestOnlyWhatIsConfiguredImports holds that a source without the keys is no
// Importer, and that the keys do not decide what is read.
func TestOnlyWhatIsConfiguredImports(t *testing.T) {
	with, without := importing(), importing()
	without.Import = ldap.Import{}
	env := connectors.Env{Name: "corp"}
	for c, want := range map[*ldap.Config]bool{with: true, without: false} {
		opened, err := c.Open(env)
		if err != nil {
			t.Fatal(err)
		}
		if _, can := opened.(connectors.Importer); can != want {
			t.Errorf("an Importer: %t, want %t", can, want)
		}
		if _, can := opened.(connectors.Prover); !can {
			t.Error("no Prover")
		}
	}
	if with.Identity() != without.Identity() {
		t.Error("import changes what is read, and would close the gate")
	}
}

// TestWriteLDIF holds an export with every kind of odd value against a golden file.
func TestWriteLDIF(t *testing.T) {
	user := func(mail string, pairs ...string) connectors.NewUser {
		u := connectors.NewUser{Email: mail, Attributes: map[connectors.Attribute]string{}}
		for i := 0; i < len(pairs); i += 2 {
			u.Attributes[connectors.Attribute(pairs[i])] = pairs[i+1]
		}
		return u
	}
	given, family, display, title := string(connectors.GivenName), string(connectors.FamilyName), string(connectors.DisplayName), string(connectors.Title)
	people := []connectors.NewUser{
		user("ada@example.com", given, "Ada", family, "Brandt", display, "Ada Brandt", title, "Engineer", string(connectors.Department), "Lab"),
		user("ada@example.org"), // the same uid
		user("bjørn@example.com", given, "Bjørn", family, "Åse", display, " Bjørn Åse "),
		user("o'dd+tag@example.com", display, "Only A Name"),
		user("--@example.com", display, "two\nlines", title, ": colon"),
		user("x@example.com", family, "<less", given, "userPassword: x"),
		user("#a@example.com", display, "ends\\"),
	}
	groups := []ldap.ExportGroup{{Name: "Everybody", Members: []int{0, 1, 2}}, {Name: " #1, R+D = \"good\" <x>; ", Members: []int{3}}, {Name: "Größe", Members: []int{0}}}
	var b strings.Builder
	if err := ldap.WriteLDIF(&b, "ou=writer,dc=example,dc=com", people, groups); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/export.golden"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("run it with UPDATE=1 (-want +got):\n%s", diff)
	}
	if err := ldap.WriteLDIF(&b, "nowhere", nil, nil); err == nil {
		t.Error("a base that is no name is taken")
	}
}

// TestAddClasses says what is known after each answer to an addition, and after none.
func TestAddClasses(t *testing.T) {
	tests := []struct {
		name  string
		code  int
		class connectors.Class
		says  string
	}{
		{"no right", 50, connectors.Denied, "import.bind"},
		{"no place", 32, connectors.Rejected, "import.users"},
		{"against the schema", 65, connectors.Rejected, "schema"},
		{"a value that must be unique", 19, connectors.Rejected, "rules"},
		{"a copy", 53, connectors.Rejected, "copy"},
		{"busy", 51, connectors.Transient, ""},
		{"every uid is there", 68, connectors.Rejected, "by hand"},
		{"no answer", lost, connectors.Unknown, "may have been added"},
		{"added, and not shown", 0, connectors.Unknown, "ID could not be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := respond(t, func(search) answer { return answer{} })
			r.add = tt.code
			c := importing()
			c.URL = r.url
			opened, err := c.Open(connectors.Env{Name: "corp", Observe: &connectortest.Requests{}})
			if err != nil {
				t.Fatal(err)
			}
			const mail = "canary.person@example.com"
			_, err = opened.(connectors.Importer).CreateUser(t.Context(), connectors.NewUser{Email: mail})
			if connectors.ClassOf(err) != tt.class || err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v (class %s); want class %s and %q", err, connectors.ClassOf(err), tt.class, tt.says)
			}
			if strings.Contains(errorText(err), "canary") || strings.Contains(errorText(err), "pass") {
				t.Errorf("the error names the person, or shows a secret: %v", err)
			}
		})
	}
}

// TestAddNotSent holds that what surely was not sent is not held for done.
func TestAddNotSent(t *testing.T) {
	r := respond(t, func(search) answer { return answer{drop: true} })
	c := importing()
	c.URL = r.url
	opened, err := c.Open(connectors.Env{Name: "corp", Observe: &connectortest.Requests{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = opened.(connectors.Importer).CreateUser(t.Context(), connectors.NewUser{Email: "a@example.com"}); connectors.ClassOf(err) != connectors.Transient {
		t.Errorf("the search before it failed, and the class is %s: %v", connectors.ClassOf(err), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = opened.(connectors.Importer).CreateGroup(ctx, connectors.NewGroup{Name: "g", Members: []string{"x"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}
