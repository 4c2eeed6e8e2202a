package ldap

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

const aliceDN = "uid=alice,ou=People,dc=example,dc=com"

func entryOf(attributes map[string][]string) *goldap.Entry {
	if attributes["entryUUID"] == nil {
		attributes["entryUUID"] = []string{"id"}
	}
	return goldap.NewEntry(aliceDN, attributes)
}

func TestTranslateUser(t *testing.T) {
	base := connectors.User{ID: "id", Status: connectors.StatusActive, Container: "ou=people,dc=example,dc=com", Attributes: map[connectors.Attribute]string{}}
	with := func(change func(*connectors.User)) connectors.User {
		u := base
		u.Attributes = map[connectors.Attribute]string{}
		change(&u)
		return u
	}
	tests := []struct {
		name   string
		config func(*Attributes)
		entry  map[string][]string
		want   connectors.User
	}{
		{"nothing but an ID", nil, map[string][]string{}, base},
		{
			"all attributes, in any case", nil,
			map[string][]string{"MAIL": {"Alice@Example.com"}, "givenname": {"Alice"}, "SN": {"Doe"}, "displayname": {"Alice Doe"}, "title": {"Engineer", "Lead"}},
			with(func(u *connectors.User) {
				u.Email = "Alice@Example.com"
				u.Attributes = map[connectors.Attribute]string{
					connectors.GivenName: "Alice", connectors.FamilyName: "Doe",
					connectors.DisplayName: "Alice Doe", connectors.Title: "Engineer",
				}
			}),
		},
		{
			"cn for a missing displayName", nil,
			map[string][]string{"cn": {"Alice"}},
			with(func(u *connectors.User) { u.Attributes[connectors.DisplayName] = "Alice" }),
		},
		{"no cn for another attribute", func(a *Attributes) { a.DisplayName = "gecos" }, map[string][]string{"cn": {"Alice"}}, base},
		{"an attribute that is switched off", func(a *Attributes) { a.Title = "" }, map[string][]string{"title": {"Engineer"}, "": {"x"}}, base},
		{"a variant is another attribute", nil, map[string][]string{"title;lang-de": {"Ingenieurin"}}, base},
		{
			"one address in two spellings", nil,
			map[string][]string{"mail": {"Alice@example.com", "alice@example.com"}},
			with(func(u *connectors.User) { u.Email = "Alice@example.com" }),
		},
		{
			"two addresses", nil,
			map[string][]string{"mail": {"a@example.com", "b@example.com"}},
			with(func(u *connectors.User) {
				u.Unusable = map[connectors.Attribute]string{connectors.Email: "mail has 2 values; set attributes.email to an attribute with one, or first_email: true"}
			}),
		},
		{
			"the first of two addresses", func(a *Attributes) { a.FirstEmail = true },
			map[string][]string{"mail": {"b@example.com", "a@example.com"}},
			with(func(u *connectors.User) { u.Email = "b@example.com" }),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := NewConfig().Attributes
			if tt.config != nil {
				tt.config(&a)
			}
			got, _, err := newTranslator(a).user(entryOf(tt.entry))
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Names = []string{"uid=alice,ou=people,dc=example,dc=com"}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	left := Disabled{Attribute: "employeeStatus", Values: []string{"left", "fired"}}
	closed := left
	closed.Active = []string{"hired"}
	tests := []struct {
		name     string
		disabled Disabled
		entry    map[string][]string
		want     connectors.Status
	}{
		{"nothing said", Disabled{}, nil, connectors.StatusActive},
		{"locked", Disabled{}, map[string][]string{"nsaccountlock": {"true"}}, connectors.StatusDisabled},
		{"not locked", Disabled{}, map[string][]string{"nsAccountLock": {"FALSE"}}, connectors.StatusActive},
		{"locked, perhaps", Disabled{}, map[string][]string{"nsAccountLock": {"maybe"}}, connectors.StatusUnknown},
		{"locked for good", Disabled{}, map[string][]string{"pwdAccountLockedTime": {"000001010000Z"}}, connectors.StatusDisabled},
		{"locked for a while", Disabled{}, map[string][]string{"pwdAccountLockedTime": {"20260101000000Z"}}, connectors.StatusActive},
		{"listed value", left, map[string][]string{"employeeStatus": {" Fired "}}, connectors.StatusDisabled},
		{"other value", left, map[string][]string{"employeeStatus": {"hired"}}, connectors.StatusActive},
		{"no value", left, nil, connectors.StatusActive},
		{"one of several values", left, map[string][]string{"employeeStatus": {"hired", "left"}}, connectors.StatusDisabled},
		{"value of neither list", closed, map[string][]string{"employeeStatus": {"leave"}}, connectors.StatusUnknown},
		{"no value, with both lists", closed, nil, connectors.StatusUnknown},
		{"active value", closed, map[string][]string{"employeeStatus": {"HIRED"}}, connectors.StatusActive},
		{"active here, locked there", closed, map[string][]string{"employeeStatus": {"hired"}, "nsAccountLock": {"TRUE"}}, connectors.StatusDisabled},
		{"unknown here, locked there", closed, map[string][]string{"nsAccountLock": {"TRUE"}}, connectors.StatusDisabled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := NewConfig().Attributes
			a.Disabled = tt.disabled
			if got, _ := newTranslator(a).status(goldap.NewEntry(aliceDN, tt.entry)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestIDAttribute(t *testing.T) {
	ipa := map[string][]string{"entryUUID": {"e"}, "nsuniqueid": {"n"}, "ipaUniqueID": {"i"}}
	tr := newTranslator(NewConfig().Attributes)
	if id, err := tr.id(goldap.NewEntry(aliceDN, ipa)); err != nil || id != "i" {
		t.Errorf("ID %q, %v; want FreeIPA's own", id, err)
	}
	if id, err := tr.id(goldap.NewEntry(aliceDN, map[string][]string{"entryUUID": {"e"}})); err == nil {
		t.Errorf("the second entry has the ID %q of another attribute", id)
	}
	a := NewConfig().Attributes
	a.ID = "employeeNumber"
	if id, err := newTranslator(a).id(goldap.NewEntry(aliceDN, map[string][]string{"employeenumber": {"7"}})); err != nil || id != "7" {
		t.Errorf("ID %q, %v; want 7", id, err)
	}
	if _, err := newTranslator(a).id(goldap.NewEntry(aliceDN, map[string][]string{"employeeNumber": {""}})); err == nil {
		t.Error("an empty ID is taken")
	}
}

func TestAttributesAreAskedForOnce(t *testing.T) {
	a := NewConfig().Attributes
	a.DisplayName, a.Title = "cn", ""
	names := newTranslator(a).userAttributes()
	if slices.Contains(names, "") || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		t.Errorf("asked for %q", names)
	}
}

// FuzzID feeds ID values, which can be any bytes (eDirectory's GUID): no two may
// become one ID, and each must be found again by it.
func FuzzID(f *testing.F) {
	for _, s := range []string{"1f0c-ab", "\x00\x01", "hex:00", "hex:", "ä", " a", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		id := encodeID(value)
		if strings.ContainsFunc(id, unprintable) {
			t.Errorf("%q becomes %q", value, id)
		}
		if back, err := decodeID(id); err != nil || back != value {
			t.Errorf("%q becomes %q and then %q (%v)", value, id, back, err)
		}
	})
}

func TestWithoutUID(t *testing.T) {
	for v, want := range map[string]string{
		"cn=a,dc=x":           "cn=a,dc=x",
		"cn=a,dc=x#'0101'B":   "cn=a,dc=x",
		"cn=a,dc=x#''B":       "cn=a,dc=x",
		"cn=a#'0101'b":        "cn=a#'0101'b",
		"cn=a#'012'B":         "cn=a#'012'B",
		"cn=#0403666f6f,dc=x": "cn=#0403666f6f,dc=x",
		"#":                   "#",
		"":                    "",
	} {
		if got := withoutUID(v); got != want {
			t.Errorf("%q becomes %q, want %q", v, got, want)
		}
	}
}

func TestGroupName(t *testing.T) {
	for _, tt := range []struct {
		dn   string
		cn   []string
		want string
	}{
		{"cn=Team A,dc=x", []string{"alias", "Team A"}, "Team A"},
		{"gidNumber=5+CN=Team\\, B,dc=x", []string{"alias"}, "Team, B"},
		{"gidNumber=5,dc=x", []string{"Team C"}, "Team C"},
		{"gidNumber=5,cn=above", nil, ""},
	} {
		if got := groupName(goldap.NewEntry(tt.dn, map[string][]string{"cn": tt.cn})); got != tt.want {
			t.Errorf("%s is called %q, want %q", tt.dn, got, tt.want)
		}
	}
}

// TestReferences: what groups name, and what entries are called, are the same texts in
// whatever way they are spelled; and a uid is no name, even one that looks like one.
func TestReferences(t *testing.T) {
	a := NewConfig().Attributes
	a.ID = "uid"
	u, _, err := newTranslator(a).user(goldap.NewEntry("UID=Ada, OU=People,dc=x", map[string][]string{"uid": {"ada"}}))
	if err != nil {
		t.Fatal(err)
	}
	tr := newTranslator(a)
	tr.people = "ou=people,dc=x"
	g, _, err := tr.group(goldap.NewEntry("cn=G,dc=x", map[string][]string{
		"uid": {"g"}, "member": {"uid=ada,ou=people,dc=x", "nonsense", "CN=Other,dc=x"}, "uniqueMember": {"userid=ADA,ou=People,dc=x#'01'B"}, "memberUid": {"ada", "Ada"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"uid=ada,ou=people,dc=x", "memberUid=ada"}; !slices.Equal(u.Names, want) {
		t.Errorf("the person is called %q, want %q", u.Names, want)
	}
	if want := []string{"uid=ada,ou=people,dc=x", "uid=ada,ou=people,dc=x", "memberUid=ada", "memberUid=Ada"}; !slices.Equal(g.Members, want) {
		t.Errorf("the group names the users %q, want %q", g.Members, want)
	}
	if want := []string{"nonsense", "cn=other,dc=x"}; !slices.Equal(g.Groups, want) {
		t.Errorf("the group names no user by %q, want %q", g.Groups, want)
	}
	if want := []string{"cn=g,dc=x"}; !slices.Equal(g.Names, want) {
		t.Errorf("the group is called %q, want %q", g.Names, want)
	}
}

func TestVerify(t *testing.T) {
	claim := connectors.Claim{ID: "x", Container: "ou=a", Controls: []string{"1", "2"}}
	for _, tt := range []struct {
		name  string
		found map[string]string
		want  connectors.Presence
	}{
		{"object", map[string]string{"x": "ou=a"}, connectors.Present},
		{"object elsewhere", map[string]string{"x": "ou=b", "1": "ou=a", "2": "ou=a"}, connectors.Present},
		{"object in another spelling", map[string]string{"X": "ou=a", "1": "ou=a", "2": "ou=a"}, connectors.Present},
		{"controls", map[string]string{"1": "ou=a", "2": "ou=a"}, connectors.Absent},
		{"one control", map[string]string{"1": "ou=a"}, connectors.Undecided},
		{"a control elsewhere", map[string]string{"1": "ou=a", "2": "ou=b"}, connectors.Undecided},
		{"nothing", map[string]string{}, connectors.Undecided},
	} {
		if got := Verify(claim, tt.found); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestRefusal(t *testing.T) {
	var r refusal
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if r.holds("", now) || r.holds("a", now) {
		t.Error("a password that was never sent is refused")
	}
	r.note("a", now)
	if !r.holds("a", now.Add(refusedFor-time.Second)) {
		t.Error("the refused password is sent again")
	}
	if r.holds("b", now) {
		t.Error("a new password is not sent")
	}
	if r.holds("a", now.Add(refusedFor)) {
		t.Error("the refused password is never sent again")
	}
}

func TestWireBoundsAnAnswer(t *testing.T) {
	here, there := net.Pipe()
	w := &wire{Conn: here}
	t.Cleanup(func() {
		if err := errors.Join(there.Close(), w.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := w.arm(time.Minute); err != nil {
		t.Fatal(err)
	}
	w.left = 10
	go func() { _, _ = there.Write(make([]byte, 20)) }() // ends with the pipe
	n, err := io.Copy(io.Discard, io.LimitReader(w, 20))
	if !errors.Is(err, errAnswerTooLong) || !errors.Is(w.broken(), errAnswerTooLong) {
		t.Errorf("read %d bytes with error %v", n, err)
	}
}
