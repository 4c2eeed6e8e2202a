package ad_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/ad"
	"writersync/connectors/connectortest"
)

// valid returns the least that somebody has to write.
func valid() *ad.Config {
	c := ad.NewConfig()
	c.URL = "ldaps://dc1.corp.example"
	c.Bind = ad.Bind{User: "writersync@corp.example", Password: connectortest.Secret()}
	return c
}

func TestValidate(t *testing.T) {
	connectortest.RunFaults(t, valid, []connectortest.Fault[*ad.Config]{
		{"the least", func(*ad.Config) {}, nil},
		{"starttls", func(c *ad.Config) { c.URL, c.StartTLS = "ldap://dc1.corp.example", true }, nil},
		{"a DN", func(c *ad.Config) { c.Bind.User = "CN=writersync,CN=Users,DC=corp,DC=example" }, nil},
		{"a name of old", func(c *ad.Config) { c.Bind.User = `CORP\writersync` }, nil},
		{"password in clear text", func(c *ad.Config) { c.URL = "ldap://dc1.corp.example" }, []string{"url"}},
		{"no url", func(c *ad.Config) { c.URL = "" }, []string{"url"}},
		{"global catalog", func(c *ad.Config) { c.URL = "ldaps://dc1.corp.example:3269" }, []string{"url"}},
		{"global catalog in clear", func(c *ad.Config) { c.URL, c.StartTLS = "ldap://dc1.corp.example:3268", true }, []string{"url"}},
		{"no account", func(c *ad.Config) { c.Bind.User = "" }, []string{"bind.user"}},
		{"an account of nowhere", func(c *ad.Config) { c.Bind.User = "writersync" }, []string{"bind.user"}},
		{"no password", func(c *ad.Config) { c.Bind.Password = connectors.Secret{} }, []string{"bind.password"}},
		{"pages that no domain controller gives", func(c *ad.Config) { c.PageSize = 1001 }, []string{"page_size"}},
		{"no patience", func(c *ad.Config) { c.Timeout = 0 }, []string{"timeout"}},
		{"a watch without a pause", func(c *ad.Config) { c.Poll = time.Millisecond }, []string{"poll"}},
		{"bases that are none", func(c *ad.Config) { c.Base, c.Users.Base, c.Groups.Base = "a", "b", "c" }, []string{"base", "users.base", "groups.base"}},
		{"filters that are none", func(c *ad.Config) { c.Users.Filter, c.Groups.Filter = "(", "" }, []string{"users.filter", "groups.filter"}},
		{"scopes that are none", func(c *ad.Config) { c.Users.Scope, c.Groups.Scope = "sub", "" }, []string{"users.scope", "groups.scope"}},
		{"no e-mail", func(c *ad.Config) { c.Attributes.Email = "" }, []string{"attributes.email"}},
		{"attributes that are none", func(c *ad.Config) {
			c.Attributes.Title, c.Attributes.Extra = "a b", map[string]string{"x": "userPassword"}
		}, []string{"attributes.extra.x", "attributes.title"}},
	})
}

func TestIdentity(t *testing.T) {
	connectortest.WantIdentity(t, valid, map[string]func(*ad.Config){
		"the host":    func(c *ad.Config) { c.URL = "ldaps://dc2.corp.example" },
		"the account": func(c *ad.Config) { c.Bind.User = "other@corp.example" },
		"the base":    func(c *ad.Config) { c.Base = "OU=a,DC=corp,DC=example" },
		"people":      func(c *ad.Config) { c.Users.Filter = "(mail=*)" },
		"groups":      func(c *ad.Config) { c.Groups.Base = "OU=a,DC=corp,DC=example" },
	}, map[string]func(*ad.Config){
		"the same in other words": func(c *ad.Config) { c.URL = "ldaps://dc1.corp.example:636/" },
		"tuning":                  func(c *ad.Config) { c.PageSize, c.Timeout, c.Attributes.Title = 10, 1, "" },
	})
}

func TestDecode(t *testing.T) {
	c := ad.NewConfig()
	err := yaml.NewDecoder(strings.NewReader(`
url: ldaps://dc1.corp.example
bind: {user: writersync@corp.example}
base: "DC=corp,DC=example"
users: {base: "OU=Staff,DC=corp,DC=example", filter: "(mail=*)", scope: one}
attributes: {employee_number: employeeNumber, cost_center: extensionAttribute1, manager: "", extra: {office: physicalDeliveryOfficeName}}
page_size: 500
`), yaml.Strict()).Decode(c)
	if err != nil {
		t.Fatal(err)
	}
	want := ad.NewConfig()
	want.URL, want.Bind.User, want.Base, want.PageSize = "ldaps://dc1.corp.example", "writersync@corp.example", "DC=corp,DC=example", 500
	want.Users.Base, want.Users.Filter, want.Users.Scope = "OU=Staff,DC=corp,DC=example", "(mail=*)", "one"
	want.Attributes.EmployeeNumber, want.Attributes.CostCenter, want.Attributes.Manager = "employeeNumber", "extensionAttribute1", ""
	want.Attributes.Extra = map[string]string{"office": "physicalDeliveryOfficeName"}
	if diff := cmp.Diff(want, c, connectortest.SecretsSet()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if got := c.Extras(); !slices.Equal(got, []string{"office"}) {
		t.Errorf("extras %v", got)
	}
}
