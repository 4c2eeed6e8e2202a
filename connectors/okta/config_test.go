package okta_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
)

// valid returns the least that somebody has to write.
func valid() *okta.Config {
	c := okta.NewConfig()
	c.URL, c.Token = "https://company.okta.com", connectortest.SecretOf(token)
	return c
}

// byApp makes c use a service app.
func byApp(c *okta.Config) {
	c.Token = connectors.Secret{}
	c.OAuth.ClientID, c.OAuth.KeyID, c.OAuth.PrivateKey = "0oa1", "kid", connectortest.SecretOf("key")
}

func TestValidate(t *testing.T) {
	connectortest.RunFaults(t, valid, []connectortest.Fault[*okta.Config]{
		{"the least", func(*okta.Config) {}, nil},
		{"a service app", byApp, nil},
		{"a port", func(c *okta.Config) { c.URL = "https://company.okta.com:8443" }, nil},
		{"loopback", func(c *okta.Config) { c.URL = "http://127.0.0.1:8080" }, nil},
		{"a domain of one's own", func(c *okta.Config) { c.URL = "https://login.example.com" }, nil},
		{"no url", func(c *okta.Config) { c.URL = "" }, []string{"url"}},
		{"no scheme", func(c *okta.Config) { c.URL = "company.okta.com" }, []string{"url"}},
		{"clear text", func(c *okta.Config) { c.URL = "http://company.okta.com" }, []string{"url"}},
		{"a slash", func(c *okta.Config) { c.URL = "https://company.okta.com/" }, []string{"url"}},
		{"a path", func(c *okta.Config) { c.URL = "https://company.okta.com/api/v1" }, []string{"url"}},
		{"a query", func(c *okta.Config) { c.URL = "https://company.okta.com?" }, []string{"url"}},
		{"a password", func(c *okta.Config) { c.URL = "https://a:b@company.okta.com" }, []string{"url"}},
		{"the admin console", func(c *okta.Config) { c.URL = "https://company-admin.okta.com" }, []string{"url"}},
		{"another scheme", func(c *okta.Config) { c.URL = "ldaps://company.okta.com" }, []string{"url"}},
		{"an organization", func(c *okta.Config) { c.OrgID = "00o1abcDEF" }, nil},
		{"an organization that is none", func(c *okta.Config) { c.OrgID = "company" }, []string{"org_id"}},
		{"no credential", func(c *okta.Config) { c.Token = connectors.Secret{} }, []string{"token"}},
		{"two credentials", func(c *okta.Config) { c.OAuth.ClientID = "0oa1" }, []string{"token"}},
		{"an app without a key", func(c *okta.Config) { byApp(c); c.OAuth.PrivateKey = connectors.Secret{} }, []string{"oauth.private_key"}},
		{"a key without an app", func(c *okta.Config) { byApp(c); c.OAuth.ClientID = "" }, []string{"oauth.client_id"}},
		{"a key without an ID", func(c *okta.Config) { byApp(c); c.OAuth.KeyID = "" }, []string{"oauth.key_id"}},
		{"no scopes", func(c *okta.Config) { byApp(c); c.OAuth.Scopes = nil }, []string{"oauth.scopes", "oauth.scopes", "oauth.scopes"}},
		{"no log", func(c *okta.Config) { byApp(c); c.OAuth.Scopes, c.Events.Poll = c.OAuth.Scopes[:2], 0 }, nil},
		{"a log without its scope", func(c *okta.Config) { byApp(c); c.OAuth.Scopes = c.OAuth.Scopes[:2] }, []string{"oauth.scopes"}},
		{"a scope that is none", func(c *okta.Config) { byApp(c); c.OAuth.Scopes = append(c.OAuth.Scopes, "openid profile") }, []string{"oauth.scopes[3]"}},
		{"no type of group", func(c *okta.Config) { c.Groups.Types = nil }, []string{"groups.types"}},
		{"an unknown type", func(c *okta.Config) { c.Groups.Types = []string{"OKTA_GROUP", "AD"} }, []string{"groups.types[1]"}},
		{"names", func(c *okta.Config) { c.Groups.Names = []string{"writer-*", `a\[b`} }, nil},
		{"names that are none", func(c *okta.Config) { c.Groups.Names = []string{"", "a["} }, []string{"groups.names[0]", "groups.names[1]"}},
		{"a filter of two lines", func(c *okta.Config) { c.Groups.Filter = "a\nb" }, []string{"groups.filter"}},
		{"no e-mail", func(c *okta.Config) { c.Attributes.Email = "" }, []string{"attributes.email"}},
		{"a property that is none", func(c *okta.Config) { c.Attributes.Title = "profile.title" }, []string{"attributes.title"}},
		{"a password as an attribute", func(c *okta.Config) { c.Attributes.Extra = map[string]string{"x": "userPassword"} }, []string{"attributes.extra.x"}},
		{"nobody active", func(c *okta.Config) { c.Status.Active = nil }, []string{"status.active"}},
		{"a state twice", func(c *okta.Config) { c.Status.Disabled = append(c.Status.Disabled, "ACTIVE") }, []string{"status.active[0]"}},
		{"who left is active", func(c *okta.Config) { c.Status.Active, c.Status.Disabled = []string{"DEPROVISIONED"}, nil }, []string{"status.active[0]"}},
		{"states that are none", func(c *okta.Config) {
			c.Status = okta.Statuses{Active: []string{"active"}, Disabled: []string{"on leave"}}
		}, []string{"status.active[0]", "status.disabled[0]"}},
		{"polling too often", func(c *okta.Config) { c.Events.Poll = time.Second }, []string{"events.poll"}},
		{"a header that is none", func(c *okta.Config) { c.Events.HookSecret, c.Events.HookHeader = connectortest.SecretOf("x"), "a b" }, []string{"events.hook_header"}},
		{"a token for an import that is off", func(c *okta.Config) { c.Import.Token = connectortest.SecretOf("x") }, []string{"import.enabled"}},
		{"an import", func(c *okta.Config) { c.Import.Enabled, c.Import.Token = true, connectortest.SecretOf("x") }, nil},
		{"no share", func(c *okta.Config) { c.RateShare = 0 }, []string{"rate_share"}},
		{"more than all", func(c *okta.Config) { c.RateShare = 1.5 }, []string{"rate_share"}},
		{"a huge page", func(c *okta.Config) { c.PageSize = 2000 }, []string{"page_size"}},
		{"no timeout", func(c *okta.Config) { c.Timeout = 0 }, []string{"timeout"}},
		{
			"everything at once", func(c *okta.Config) { *c = okta.Config{} },
			[]string{"url", "token", "groups.types", "attributes.email", "status.active", "rate_share", "page_size", "timeout"},
		},
	})
}

// TestOpenFaults says what only shows when the files are looked at.
func TestOpenFaults(t *testing.T) {
	c := valid()
	c.TLS.CAFile, c.Proxy = "/nowhere/ca.pem", "proxy.example"
	_, err := c.Open(connectortest.Env(&connectortest.Requests{}))
	if err == nil || !strings.Contains(err.Error(), "tls.ca_file") || !strings.Contains(err.Error(), "proxy") {
		t.Errorf("got %v", err)
	}
}

// TestIdentity moves with what decides who is read, and with nothing else.
func TestIdentity(t *testing.T) {
	connectortest.WantIdentity(t, valid, map[string]func(*okta.Config){
		"url":    func(c *okta.Config) { c.URL = "https://other.okta.com" },
		"org":    func(c *okta.Config) { c.OrgID = "00o1" },
		"app":    func(c *okta.Config) { c.OAuth.ClientID = "0oa1" },
		"types":  func(c *okta.Config) { c.Groups.Types = []string{"APP_GROUP"} },
		"names":  func(c *okta.Config) { c.Groups.Names = []string{"a"} },
		"filter": func(c *okta.Config) { c.Groups.Filter = "x" },
	}, map[string]func(*okta.Config){
		"token":  func(c *okta.Config) { c.Token = connectortest.SecretOf("y") },
		"case":   func(c *okta.Config) { c.URL = "https://COMPANY.okta.com" },
		"order":  func(c *okta.Config) { c.Groups.Types = []string{"APP_GROUP", "OKTA_GROUP"} },
		"tuning": func(c *okta.Config) { c.PageSize, c.RateShare = 10, 1 },
	})
	if strings.Contains(fmt.Sprintf("%v %+v %#v", valid(), valid(), valid()), token) {
		t.Error("the configuration shows the token")
	}
}

// TestDefaults reads a profile without a word about attributes and states.
func TestDefaults(t *testing.T) {
	c := okta.NewConfig()
	if err := yaml.Unmarshal([]byte("url: https://company.okta.com\ngroups:\n  names: [a]\n"), c); err != nil {
		t.Fatal(err)
	}
	if len(c.Groups.Types) != 2 || c.Attributes.Email != "email" || c.Events.Poll != 10*time.Second || c.RateShare != 0.5 || c.PageSize != 200 {
		t.Errorf("the defaults were lost: %+v", c)
	}
	c.Attributes.Extra = map[string]string{"b": "x", "a": "y"}
	if diff := cmp.Diff([]string{"a", "b"}, c.Extras()); diff != "" {
		t.Error(diff)
	}
	if kind := okta.Type(); kind.Name != "okta" || kind.New() == nil {
		t.Errorf("%+v", kind)
	}
}
