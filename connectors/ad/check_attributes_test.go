package ad_test

import (
	"fmt"
	"testing"

	"writersync/connectors/ad"
	"writersync/connectors/ad/adtest"
	"writersync/connectors/connectortest"
)

// TestCheckAttributes: a domain controller leaves out without a word what does not exist,
// what is hidden and what is empty.
func TestCheckAttributes(t *testing.T) {
	t.Parallel()
	wrong := func(_ *company, c *ad.Config) {
		c.Attributes.Email, c.Attributes.Department = "mial", "departmnt"
		c.Attributes.Extra = map[string]string{"kind": "extensionAttribute1"}
	}
	tests := []struct {
		name   string
		change func(*company, *ad.Config)
		faults []string
		says   []string
	}{
		{"names that the domain does not know", wrong, []string{"people", "attributes"}, []string{
			"Not one of the first 3 people shows mial", "attributes.email is mial, by default mail; attributes.department is departmnt, by default department; attributes.extra.kind is extensionAttribute1. Correct the names; extensionAttribute1 to 15 come with Exchange",
		}},
		{"a schema that is not shown", func(w *company, c *ad.Config) {
			wrong(w, c)
			w.Set(func(s *adtest.Settings) { s.HidesSchema = true })
		}, []string{"people"}, []string{"Not one of the first 3 people shows mial", "extensionAttribute1 (attributes.extra.kind)"}},
		{"a hidden e-mail", func(w *company, _ *ad.Config) { hide(w.Domain, "mail") }, []string{"people"}, []string{"shows mail, and nobody has an account"}},
		{"an e-mail of one", func(w *company, _ *ad.Config) { w.Modify(w.ada, "mail"); w.Modify(w.bob, "mail") }, nil, []string{"and 1 of them mail."}},
		{"attributes that are empty of everybody", func(w *company, _ *ad.Config) { w.Modify(w.ada, "title", "Engineer") }, nil, []string{
			"None of the first 3 people shows department (attributes.department), employeeID (attributes.employee_number), sn (attributes.family_name), givenName",
		}},
		{"an attribute by its number", func(_ *company, c *ad.Config) { c.Attributes.Title = "2.5.4.12" }, nil, []string{"2.5.4.12 (attributes.title)"}},
		{"another spelling", func(_ *company, c *ad.Config) { c.Attributes.Email = "MAIL" }, nil, []string{"3 of them MAIL."}},
		{"all are shown", func(w *company, c *ad.Config) {
			w.Modify(w.ada, "title", "Engineer")
			c.Attributes.Profile.Profile = ad.NewConfig().Attributes.Profile.Profile
			for _, p := range []*string{
				&c.Attributes.GivenName, &c.Attributes.MiddleName, &c.Attributes.FamilyName, &c.Attributes.Phone,
				&c.Attributes.PreferredLanguage, &c.Attributes.Department, &c.Attributes.EmployeeNumber,
			} {
				*p = ""
			}
		}, nil, []string{"Each one that is configured is shown by somebody."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newCompany(t)
			w.AddUser(adtest.DN, "writersync", map[string][]string{"userPrincipalName": {adtest.User}})
			conf := w.config()
			tt.change(w, conf)
			c, _ := open(t, conf)
			connectortest.WantFindings(t, c, tt.faults, tt.says...)
		})
	}
}

// TestCheckOfServicesFirst: a domain may begin with a hundred accounts that have no
// e-mail, as they should.
func TestCheckOfServicesFirst(t *testing.T) {
	t.Parallel()
	d := adtest.New(t, connectortest.Canary)
	d.AddUser(adtest.DN, "writersync", map[string][]string{"userPrincipalName": {adtest.User}})
	var last adtest.ID
	for i := range 101 {
		last = d.AddUser(adtest.People, fmt.Sprintf("service%d", i), nil)
	}
	d.AddGroup(adtest.Groups, "services", 0, last)
	conf := config(d)
	conf.Users.Base, conf.Groups.Base = adtest.People, adtest.Groups
	c, _ := open(t, conf)
	connectortest.WantFindings(t, c, []string{"people"}, "Not one of the first 100 people shows mail")
	d.Modify(last, "mail", "ada@example.com")
	connectortest.WantFindings(t, c, nil, "None of them shows mail, but others do.")
}
