package ad

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"writersync/connectors"
)

// TestGUID: the first three parts have their lowest byte first (MS-DTYP 2.3.4.2 shows
// such a one).
func TestGUID(t *testing.T) {
	const text, value = "00112233-4455-6677-8899-aabbccddeeff", "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
	g, err := guidOf(value)
	if err != nil || g.String() != text || g.value() != value {
		t.Errorf("%q gives %s, %v, and back %q", value, g, err, g.value())
	}
	if h, err := parseGUID(strings.ToUpper(text)); err != nil || h != g {
		t.Errorf("%s gives %s, %v", text, h, err)
	}
	for _, bad := range []string{"", value, "{" + text + "}", text[:35], text + "0", "0011223344556677-8899-aabb-ccdd-eeff", "g" + text[1:], "no-such-object", strings.ReplaceAll(text, "-", "")} {
		if g, err := parseGUID(bad); err == nil {
			t.Errorf("%q is taken for %s", bad, g)
		}
	}
	for _, bad := range []string{"", value[:15], value + "x"} {
		if g, err := guidOf(bad); err == nil {
			t.Errorf("%q is taken for %s", bad, g)
		}
	}
}

func TestReference(t *testing.T) {
	const id = "00112233-4455-6677-8899-aabbccddeeff"
	tests := []struct {
		text    string
		sid, dn string
		foreign bool
		fails   bool
	}{
		{text: "<GUID=" + id + ">;<SID=S-1-5-21-1-2-3-1105>;CN=Ada,OU=x,DC=y", sid: "S-1-5-21-1-2-3-1105", dn: "CN=Ada,OU=x,DC=y"},
		{text: "<GUID=" + id + ">;CN=Ada;<SID=S-1-1>,DC=y", dn: "CN=Ada;<SID=S-1-1>,DC=y"},
		{text: "<GUID=" + id + ">;<SID=S-1-5-11>;CN=S-1-5-11,CN=ForeignSecurityPrincipals,DC=y", sid: "S-1-5-11", dn: "CN=S-1-5-11,CN=ForeignSecurityPrincipals,DC=y", foreign: true},
		{text: "CN=Ada,DC=y", fails: true},
		{text: "<GUID=" + id, fails: true},
		{text: "<GUID=" + id[1:] + ">;CN=Ada", fails: true},
		{text: "<SID=S-1-1>;<GUID=" + id + ">;CN=Ada", fails: true},
		{text: "", fails: true},
	}
	for _, tt := range tests {
		r, err := parseReference(tt.text)
		if (err != nil) != tt.fails {
			t.Errorf("%q: %v", tt.text, err)
		}
		if err == nil && (r.id.String() != id || r.sid != tt.sid || r.dn != tt.dn || r.foreign() != tt.foreign) {
			t.Errorf("%q gives %+v, foreign %t", tt.text, r, r.foreign())
		}
	}
	for _, tt := range []struct {
		sid, domain string
		want        uint32
	}{
		{"S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3", 513},
		{"S-1-5-32-545", "S-1-5-21-1-2-3", 0},
		{"S-1-5-21-1-2-33-513", "S-1-5-21-1-2-3", 0},
		{"S-1-5-21-1-2-3-4-513", "S-1-5-21-1-2-3", 0},
		{"S-1-5-21-1-2-3-4294967296", "S-1-5-21-1-2-3", 0},
		{"", "S-1-5-21-1-2-3", 0},
	} {
		if got := (reference{sid: tt.sid}).ridIn(tt.domain); got != tt.want {
			t.Errorf("%s in %s has the RID %d, want %d", tt.sid, tt.domain, got, tt.want)
		}
	}
}

func TestRange(t *testing.T) {
	two := []string{"a", "b"}
	tests := []struct {
		name   string
		values []string
		first  int
		last   bool
		fails  bool
	}{
		{"member", two, 0, true, false},
		{"MEMBER;RANGE=0-1", two, 0, false, false},
		{"member;range=1500-1501", two, 1500, false, false},
		{"member;range=1500-*", two, 1500, true, false},
		{"member;range=0-2", two, 0, false, true}, // a value is missing
		{"member;range=0-0", two, 0, false, true},
		{"member;range=5-4", nil, 0, false, true},
		{"member;range=*-1", two, 0, false, true},
		{"member;range=0", two, 0, false, true},
		{"member;range=0-x", two, 0, false, true},
		{"member;lang-de", two, 0, false, true},
		{"memberOf;range=0-1", two, 0, true, false}, // of another attribute: no member at all
	}
	for _, tt := range tests {
		e := &goldap.Entry{Attributes: []*goldap.EntryAttribute{{Name: "member"}, {Name: tt.name, Values: tt.values}}}
		got, err := findRange(e)
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil && (got.first != tt.first || got.last != tt.last) {
			t.Errorf("%s gives %+v", tt.name, got)
		}
	}
}

func TestStatus(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	past := now.Add(-time.Minute)
	at := func(when time.Time) []string {
		return []string{fmt.Sprint(when.Unix()*10_000_000 + 116_444_736_000_000_000)}
	}
	tests := []struct {
		name             string
		control, expires []string
		want             connectors.Status
	}{
		{"enabled", []string{"512"}, []string{"9223372036854775807"}, connectors.StatusActive},
		{"never, written as 0", []string{"512"}, []string{"0"}, connectors.StatusActive},
		{"no end to be read", []string{"512"}, nil, connectors.StatusUnknown},
		{"disabled", []string{"514"}, []string{"0"}, connectors.StatusDisabled},
		{"disabled, among other bits", []string{"66082"}, nil, connectors.StatusDisabled},
		{"locked and password expired", []string{fmt.Sprint(512 | 0x10 | 0x800000)}, []string{"0"}, connectors.StatusActive},
		{"the last bit of 32", []string{"-2147483136"}, []string{"0"}, connectors.StatusActive},
		{"unreadable", nil, []string{"0"}, connectors.StatusUnknown},
		{"no number", []string{"enabled"}, nil, connectors.StatusUnknown},
		{"two values", []string{"512", "514"}, nil, connectors.StatusUnknown},
		{"ended", []string{"512"}, at(past.Add(-time.Second)), connectors.StatusDisabled},
		{"ends now", []string{"512"}, at(past), connectors.StatusDisabled},
		{"ended by one clock", []string{"512"}, at(past.Add(time.Second)), connectors.StatusUnknown},
		{"ends now by one clock", []string{"512"}, at(now), connectors.StatusUnknown},
		{"ends soon", []string{"512"}, at(now.Add(time.Second)), connectors.StatusActive},
		{"an end that is no number", []string{"512"}, []string{"soon"}, connectors.StatusUnknown},
		{"an end before time", []string{"512"}, []string{"-1"}, connectors.StatusUnknown},
	}
	for _, tt := range tests {
		e := goldap.NewEntry("", map[string][]string{"userAccountControl": tt.control, "accountExpires": tt.expires})
		if got, _, _ := status(e, now, past); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestMark(t *testing.T) {
	m := mark{
		domain: guid{1}, invocation: guid{2}, usn: 1 << 40, when: time.Unix(1_700_000_000, 0).UTC(),
		service: "cn=ntds settings,cn=dc1,cn=servers,cn=first site,cn=sites,cn=configuration,dc=corp,dc=example",
	}
	got, err := parseMark(m.cursor())
	if err != nil || got != m {
		t.Errorf("%s gives %+v, %v", m.cursor(), got, err)
	}
	for _, bad := range []string{"", "1", "2" + string(m.cursor())[1:], strings.ReplaceAll(string(m.cursor()), "1099511627776", "x")} {
		if got, err := parseMark(connectors.Cursor(bad)); !errors.Is(err, connectors.ErrCursorLost) {
			t.Errorf("%q gives %+v, %v", bad, got, err)
		}
	}
}

func TestSID(t *testing.T) {
	for raw, want := range map[string]string{
		"\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00": "S-1-5-32-544",
		"\x01\x01\x00\x00\x00\x00\x00\x05\x0b\x00\x00\x00":                 "S-1-5-11",
		"\x01\x02\x00\x00\x00\x00\x00\x05\x0b\x00\x00\x00":                 "", // a part is missing
		"": "",
	} {
		if got := sidText(raw); got != want {
			t.Errorf("%q gives %q, want %q", raw, got, want)
		}
	}
}

// FuzzReference feeds names from a directory: none ends the program, and none is taken
// for somebody whom it does not name.
func FuzzReference(f *testing.F) {
	f.Add("<GUID=00112233-4455-6677-8899-aabbccddeeff>;<SID=S-1-5-21-1-2-3-1105>;CN=Ada,DC=y")
	f.Add("<GUID=00112233-4455-6677-8899-aabbccddeeff>;CN=Ada\\,<GUID=,DC=y")
	f.Add("<GUID=>;<SID=>;")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseReference(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(strings.ToLower(text), "<guid="+r.id.String()+">;") || !strings.HasSuffix(text, r.dn) {
			t.Errorf("%q is taken for %+v", text, r)
		}
	})
}
