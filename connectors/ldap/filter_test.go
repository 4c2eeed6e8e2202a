package ldap_test

import (
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors/ldap"
)

func TestParseFilter(t *testing.T) {
	for text, want := range map[string]string{
		"(uid=a)":                   "(uid=a)",
		" uid=a ":                   "(uid=a)",
		"(&(uid=*)(!(sn=b)))":       "(&(uid=*)(!(sn=b)))",
		"(memberOf:1.2.840:=cn=a)":  "(memberOf:1.2.840:=cn=a)",
		"(cn=Doe \\28Alice\\29)":    "(cn=Doe \\28Alice\\29)",
		"(|(objectClass=*)(cn>=a))": "(|(objectClass=*)(cn>=a))",
	} {
		if f, err := ldap.ParseFilter(text); err != nil || f.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, f, err, want)
		}
	}
	for _, text := range []string{"", " ", "(", "()", "(uid=a", "uid=a)", "(uid=a)(uid=b)", "(&(uid=a)", "(uid=\\zz)"} {
		if f, err := ldap.ParseFilter(text); err == nil {
			t.Errorf("%q is taken for %q", text, f)
		}
	}
}

func TestCombineFilters(t *testing.T) {
	a, _ := ldap.Equal("uid", "a")
	b, _ := ldap.Equal("uid", "b")
	for want, f := range map[string]ldap.Filter{
		"(objectClass=*)":                    {},
		"(uid=a)":                            ldap.Any(a),
		"(|(uid=a)(uid=b))":                  ldap.Any(a, b),
		"(&(objectClass=*)(uid=a))":          ldap.All(ldap.Filter{}, a),
		"(&(uid=a)(|(uid=a)(uid=b))(uid=b))": ldap.All(a, ldap.Any(a, b), b),
	} {
		if f.String() != want {
			t.Errorf("got %s, want %s", f, want)
		}
	}
}

func TestEqualRefusesWhatIsNoAttribute(t *testing.T) {
	for _, name := range []string{"", "uid=", "uid)(x", "uid;binary", "*", "u id", "1uid", "-a", "ü", "a.b", "uid:dn:"} {
		if f, err := ldap.Equal(name, "a"); err == nil {
			t.Errorf("%q is taken for an attribute: %s", name, f)
		}
	}
}

// FuzzEqual feeds values from a directory or an attacker: whatever the bytes, the
// filter that is sent compares one attribute with exactly them.
func FuzzEqual(f *testing.F) {
	for _, s := range []string{"", "*", "*)(uid=*", "a)(|(uid=*", `\2a`, `\`, "\x00", "\xff\xfe", "a\\2a)(cn=*))(|(cn=*", "cn=Doe\\2c Alice,dc=x", "&", "(", " a "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		filter, err := ldap.Equal("entryUUID", value)
		if err != nil {
			t.Fatal(err)
		}
		p, err := goldap.CompileFilter(filter.String())
		if err != nil {
			t.Fatalf("%q gives the filter %s: %v", value, filter, err)
		}
		if p.Tag != goldap.FilterEqualityMatch || len(p.Children) != 2 {
			t.Fatalf("%q gives a filter of kind %d: %s", value, p.Tag, filter)
		}
		if name, got := p.Children[0].Data.String(), p.Children[1].Data.String(); name != "entryUUID" || got != value {
			t.Errorf("%q is compared as %s = %q", value, name, got)
		}
	})
}
