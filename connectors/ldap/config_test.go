package ldap_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/ldap"
)

// valid returns the least that somebody has to write.
func valid() *ldap.Config {
	c := ldap.NewConfig()
	c.URL = "ldaps://ldap.corp.example"
	c.Bind = ldap.Bind{DN: "cn=writersync,ou=svc,dc=corp,dc=example", Password: connectortest.SecretOf("pass")}
	c.Users.Base = "ou=people,dc=corp,dc=example"
	return c
}

func TestValidate(t *testing.T) {
	connectortest.RunFaults(t, valid, []connectortest.Fault[*ldap.Config]{
		{"the least", func(*ldap.Config) {}, nil},
		{"with groups", func(c *ldap.Config) { c.Groups.Base = "ou=groups,dc=corp,dc=example" }, nil},
		{"starttls", func(c *ldap.Config) { c.URL, c.StartTLS = "ldap://ldap.corp.example:1389/", true }, nil},
		{"anonymous in clear", func(c *ldap.Config) { c.URL, c.Bind = "ldap://ldap.corp.example", ldap.Bind{} }, nil},
		{"loopback in clear", func(c *ldap.Config) { c.URL = "ldap://127.0.0.1:3890" }, nil},
		{"loopback of IPv6 in clear", func(c *ldap.Config) { c.URL = "ldap://[::1]:3890" }, nil},
		{"clear text that was asked for", func(c *ldap.Config) { c.URL, c.AllowPlaintext = "ldap://ldap.corp.example", true }, nil},
		{"password in clear text", func(c *ldap.Config) { c.URL = "ldap://ldap.corp.example" }, []string{"url"}},
		{"a host that only looks like loopback", func(c *ldap.Config) { c.URL = "ldap://127.0.0.1.example" }, []string{"url"}},
		{"no url", func(c *ldap.Config) { c.URL = "" }, []string{"url"}},
		{"url of the web", func(c *ldap.Config) { c.URL = "https://ldap.corp.example" }, []string{"url"}},
		{"url without a host", func(c *ldap.Config) { c.URL = "ldaps://" }, []string{"url"}},
		{"url with a password", func(c *ldap.Config) { c.URL = "ldaps://cn:pw@ldap.corp.example" }, []string{"url"}},
		{"url with a base", func(c *ldap.Config) { c.URL = "ldaps://ldap.corp.example/dc=corp?uid" }, []string{"url"}},
		{"url that is none", func(c *ldap.Config) { c.URL = "ldaps://[::1" }, []string{"url"}},
		{"both kinds of TLS", func(c *ldap.Config) { c.StartTLS = true }, []string{"starttls"}},
		{"tls without TLS", func(c *ldap.Config) { c.URL, c.TLS.CAFile = "ldap://localhost", "ca.pem" }, []string{"tls"}},
		{"name without password", func(c *ldap.Config) { c.Bind.Password = connectors.Secret{} }, []string{"bind.password"}},
		{"password without name", func(c *ldap.Config) { c.Bind.DN = "" }, []string{"bind.dn"}},
		{"name that is none", func(c *ldap.Config) { c.Bind.DN = "writersync" }, []string{"bind.dn"}},
		{"no users", func(c *ldap.Config) { c.Users.Base = "" }, []string{"users.base"}},
		{"base that is none", func(c *ldap.Config) { c.Users.Base = "people" }, []string{"users.base"}},
		{
			"filters that are none", func(c *ldap.Config) { c.Users.Filter, c.Groups.Base, c.Groups.Filter = "(uid=", "dc=x", "" },
			[]string{"users.filter", "groups.filter"},
		},
		{"filter without parentheses", func(c *ldap.Config) { c.Users.Filter = "objectClass=person" }, nil},
		{"unknown scope", func(c *ldap.Config) { c.Users.Scope = "sub" }, []string{"users.scope"}},
		{"groups without a base", func(c *ldap.Config) { c.Groups.Filter = "(cn=a)" }, []string{"groups.base"}},
		{"page sizes", func(c *ldap.Config) { c.PageSize = 0 }, []string{"page_size"}},
		{"a huge page", func(c *ldap.Config) { c.PageSize = 20_000 }, []string{"page_size"}},
		{"no timeout", func(c *ldap.Config) { c.Timeout = 0 }, []string{"timeout"}},
		{"a timeout of a day", func(c *ldap.Config) { c.Timeout = 24 * time.Hour }, []string{"timeout"}},
		{"no ID", func(c *ldap.Config) { c.Attributes.ID = "" }, []string{"attributes.id"}},
		{"no e-mail", func(c *ldap.Config) { c.Attributes.Email = "" }, []string{"attributes.email"}},
		{"an attribute with an option", func(c *ldap.Config) { c.Attributes.Title = "title;lang-de" }, []string{"attributes.title"}},
		{"an attribute that is a filter", func(c *ldap.Config) { c.Attributes.ID = "uid=*)(uid" }, []string{"attributes.id"}},
		{"the password as an attribute", func(c *ldap.Config) { c.Attributes.Title = "userpassword" }, []string{"attributes.title"}},
		{"disabled by a number", func(c *ldap.Config) {
			c.Attributes.Disabled = ldap.Disabled{Attribute: "1.3.6.1.4.1.4203.666", Values: []string{"x"}}
		}, nil},
		{"disabled without values", func(c *ldap.Config) { c.Attributes.Disabled.Attribute = "employeeType" }, []string{"attributes.disabled.values"}},
		{"disabled without attribute", func(c *ldap.Config) { c.Attributes.Disabled.Values = []string{"x"} }, []string{"attributes.disabled.attribute"}},
		{
			"everything at once", func(c *ldap.Config) { *c = ldap.Config{} },
			[]string{"url", "page_size", "timeout", "poll", "users.filter", "users.scope", "users.base", "attributes.id", "attributes.email"},
		},
	})
}

func TestConfigFromYAML(t *testing.T) {
	const text = `
url: ldap://ldap.corp.example
starttls: true
tls: {ca_file: /etc/ca.pem, server_name: ldap}
bind: {dn: "cn=writersync,dc=corp,dc=example", password: reference}
timeout: 45s
users: {base: "ou=people,dc=corp,dc=example", scope: one}
groups: {base: "ou=groups,dc=corp,dc=example"}
attributes:
  title: ""
  disabled: {attribute: employeeStatus, values: [left], active: [hired]}
`
	got := ldap.NewConfig()
	decodeSecret := yaml.CustomUnmarshaler(func(s *connectors.Secret, _ []byte) error { *s = connectortest.SecretOf("pass"); return nil })
	if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict(), decodeSecret).Decode(got); err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	want := ldap.NewConfig()
	want.URL, want.StartTLS, want.Timeout = "ldap://ldap.corp.example", true, 45*time.Second
	want.TLS = ldap.TLS{CAFile: "/etc/ca.pem", ServerName: "ldap"}
	want.Bind = ldap.Bind{DN: "cn=writersync,dc=corp,dc=example", Password: connectortest.SecretOf("pass")}
	want.Users.Base, want.Users.Scope = "ou=people,dc=corp,dc=example", ldap.One
	want.Groups.Base = "ou=groups,dc=corp,dc=example"
	want.Attributes.Title = ""
	want.Attributes.Disabled = ldap.Disabled{Attribute: "employeeStatus", Values: []string{"left"}, Active: []string{"hired"}}
	if diff := cmp.Diff(want, got, connectortest.SecretsSet()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

func TestIdentityMovesWithWhatIsReadAndNothingElse(t *testing.T) {
	connectortest.WantIdentity(t, valid, map[string]func(*ldap.Config){
		"the host":      func(c *ldap.Config) { c.URL = "ldaps://other.example" },
		"the bind name": func(c *ldap.Config) { c.Bind.DN = "cn=other,dc=example" },
		"the base":      func(c *ldap.Config) { c.Users.Base = "dc=example" },
		"the filter":    func(c *ldap.Config) { c.Users.Filter = "(objectClass=person)" },
		"the scope":     func(c *ldap.Config) { c.Users.Scope = ldap.One },
		"the groups":    func(c *ldap.Config) { c.Groups.Base = "dc=example" },
		"the ID":        func(c *ldap.Config) { c.Attributes.ID = "employeeNumber" },
		"base and filter that run together": func(c *ldap.Config) {
			c.Users.Base, c.Users.Filter = c.Users.Base+`" "`+c.Users.Filter, ""
		},
	}, map[string]func(*ldap.Config){
		"nothing":          func(*ldap.Config) {},
		"the default port": func(c *ldap.Config) { c.URL += ":636" },
		"the password":     func(c *ldap.Config) { c.Bind.Password = connectortest.SecretOf("other") },
		"tuning":           func(c *ldap.Config) { c.PageSize, c.Timeout = 7, time.Minute },
		"the authority":    func(c *ldap.Config) { c.TLS.CAFile = "/etc/ca.pem" },
	})
}

func TestIdentityRevealsNothing(t *testing.T) {
	c := valid()
	c.Bind.Password = connectors.NewSecret("file:/run/x", func(context.Context) (string, error) {
		t.Error("the secret was read")
		return "canary", nil
	})
	if s := c.Identity(); strings.Contains(s, "canary") || strings.Contains(s, "/run/x") {
		t.Errorf("identity %s", s)
	}
	if _, err := c.Open(connectors.Env{}); err != nil { // which makes no request either
		t.Error(err)
	}
}

func TestType(t *testing.T) {
	var r connectors.Registry
	r.Register(ldap.Type())
	found, ok := r.Find("ldap")
	if !ok || found.Doc == "" {
		t.Fatalf("registered as %+v", found)
	}
	if diff := cmp.Diff(ldap.NewConfig(), found.New(), connectortest.SecretsSet()); diff != "" {
		t.Errorf("new config (-want +got):\n%s", diff)
	}
}
