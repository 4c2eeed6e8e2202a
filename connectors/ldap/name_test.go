package ldap_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"writersync/connectors/ldap"
)

func TestParseName(t *testing.T) {
	tests := []struct{ dn, want, parent string }{
		{"uid=alice,ou=people,dc=example,dc=com", "uid=alice,ou=people,dc=example,dc=com", "ou=people,dc=example,dc=com"},
		{"UID=Alice, OU=People, DC=Example ,DC=Com", "uid=alice,ou=people,dc=example,dc=com", "ou=people,dc=example,dc=com"},
		{"userid=alice,domainComponent=example", "uid=alice,dc=example", "dc=example"},
		{"0.9.2342.19200300.100.1.1=alice,2.5.4.11=people", "uid=alice,ou=people", "ou=people"},
		{"cn=Doe\\, Alice,dc=x", `cn=doe\, alice,dc=x`, "dc=x"},
		{`cn=Doe\2C Alice,dc=x`, `cn=doe\, alice,dc=x`, "dc=x"},
		{"cn=a  b   c,dc=x", "cn=a b c,dc=x", "dc=x"},
		{"cn=a=b,dc=x", "cn=a=b,dc=x", "dc=x"},
		{"sn=b+cn=a,dc=x", "cn=a+sn=b,dc=x", "dc=x"},
		{"CN=A+SN=B,dc=x", "cn=a+sn=b,dc=x", "dc=x"},
		{"ou=Käufer,dc=x", "ou=käufer,dc=x", "dc=x"},
		{"ou=KÄUFER,dc=x", "ou=käufer,dc=x", "dc=x"},
		{"ou=Ka\u0308ufer,dc=x", "ou=käufer,dc=x", "dc=x"},
		{`ou=K\c3\a4ufer,dc=x`, "ou=käufer,dc=x", "dc=x"},
		{"ou=Straße,dc=x", "ou=strasse,dc=x", "dc=x"},
		{"cn=#0403666f6f,dc=x", "cn=foo,dc=x", "dc=x"},
		{"dc=com", "dc=com", ""},
	}
	for _, tt := range tests {
		n, err := ldap.ParseName(tt.dn)
		if err != nil || n.String() != tt.want || n.Parent() != tt.parent {
			t.Errorf("%q: %q below %q, error %v; want %q below %q", tt.dn, n, n.Parent(), err, tt.want, tt.parent)
		}
	}
	for _, dn := range []string{"", " ", "alice", "=alice", "uid=alice,", ",uid=alice", "uid=alice,people", "u d=a", `uid=a\`, `uid=\ff`, `cn=a"b`, "uid=a,,dc=x"} {
		if n, err := ldap.ParseName(dn); err == nil {
			t.Errorf("%q is taken for %q", dn, n)
		}
	}
}

// TestParseNamePlainWay compares the quick way, which plain names take, with the
// long one, which an escape forces.
func TestParseNamePlainWay(t *testing.T) {
	value := rapid.StringMatching(`[A-Za-z0-9=._@ '()/-]{0,8}`)
	kind := rapid.SampledFrom([]string{"cn", "CN", "uid", "userid", "ou", "x-a", "2.5.4.3", "1.2"})
	rapid.Check(t, func(t *rapid.T) {
		var plain, escaped []string
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			k, v := kind.Draw(t, "type"), value.Draw(t, "value")
			plain = append(plain, k+"="+v)
			escaped = append(escaped, k+"="+strings.ReplaceAll(v, ".", `\2e`))
		}
		want, wantErr := ldap.ParseName(strings.Join(escaped, ",") + `,dc=\78`)
		got, err := ldap.ParseName(strings.Join(plain, ",") + `,dc=x`)
		if (err == nil) != (wantErr == nil) || got != want {
			t.Fatalf("%v: %q (%v), want %q (%v)", plain, got, err, want, wantErr)
		}
	})
}

// FuzzParseName feeds what servers hand out as names: a name must survive being
// read again, and its parent must be a name, or memberships go astray.
func FuzzParseName(f *testing.F) {
	for _, s := range []string{"uid=alice,ou=people,dc=x", `cn=Doe\, A+sn=b,dc=x`, "cn=#0403666f6f", `cn=\20a\20`, "ou=İ,dc=ſ", "cn=a;dc=b", "cn= ,dc=x", "cn=ᾳ\u0345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		n, err := ldap.ParseName(dn)
		if err != nil {
			return
		}
		again, err := ldap.ParseName(n.String())
		if err != nil || again != n {
			t.Errorf("%q gives %q, and that gives %q (%v)", dn, n, again, err)
		}
		if !utf8.ValidString(n.String()) {
			t.Errorf("%q gives %q, which is not UTF-8", dn, n)
		}
		if p := n.Parent(); p != "" {
			if parent, err := ldap.ParseName(p); err != nil || parent.String() != p {
				t.Errorf("%q has the parent %q, which is read as %q (%v)", dn, p, parent, err)
			}
		}
	})
}
