package connectortest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
)

// A hostile value is one that a careless reader takes for syntax, or for another
// value.
type hostile struct {
	value string
	trait Trait // what a directory must hold to state it; "" for nothing special
}

func hostileValues() []hostile {
	return []hostile{
		{value: `Ada "the Quote" O'Neil`},
		{value: `Doe, John; Jr|III`},
		{value: `*()\2a\00)(uid=*`},
		{value: `=HYPERLINK("http://example.com")`},
		{value: `<script>alert(1)</script>&amp;{{.}}${x}%s%n`},
		{value: `null`},
		{value: `]},{"id":"0001"}`},
		{value: "Аda"},                            // a Cyrillic A
		{value: "K\u212aelvin \u0131 \uff20"},     // the Kelvin sign, a dotless i, a fullwidth @
		{value: "e\u0301 \u00e9 \u200b\u202eabc"}, // NFD and NFC, a zero-width space, right-to-left
		{value: strings.Repeat("x", 2<<10)},
		{value: "line\nbreak\r\nand\ttab", trait: ControlCharacters},
		{value: "bell\a escape\x1b[31m", trait: ControlCharacters},
		{value: "latin-1 \xe9t\xe9 and \xff", trait: InvalidUTF8},
	}
}

// hostileEmails are addresses that no account may get.
func hostileEmails() []string {
	return []string{"аda@example.com", "ada\uff20example.com", "ada\u200b@example.com", "\u212aim@example.com", "ada@@example.com", "not an address"}
}

// checkHostile: such values neither end the reading nor reach another field or
// person. Each is listed as it is, or left out and named as unusable.
func checkHostile(t testing.TB, h Harness) {
	w := hostileWorld(h.Lacks)
	s := begin(t, h, w)
	read, _ := s.mustRead(t)
	want, got := w.renamed(s.ids).Resolved().comparable(), read.Resolved().comparable()
	if len(want.Users) != len(got.Users) || len(want.Groups) != len(got.Groups) {
		t.Fatalf("%d people and %d groups were stated, want %d and %d", len(got.Users), len(got.Groups), len(want.Users), len(want.Groups))
	}
	for i, u := range got.Users {
		sameButFaulty(t, want.Users[i], u)
	}
	for i, g := range got.Groups {
		g.Name = want.Groups[i].Name // a name that cannot be used is a label that was cleaned
		if diff := cmp.Diff(want.Groups[i], g); diff != "" {
			t.Errorf("group with a hostile name (-want +got):\n%s", diff)
		}
	}
}

// hostileWorld gives each hostile value to one person and one group, and each
// hostile address to one person, beside people who have nothing of it.
func hostileWorld(lacks map[Trait]string) World {
	w := World{Users: []connectors.User{person(0), person(1)}}
	for i, v := range hostileValues() {
		if _, lacking := lacks[v.trait]; lacking {
			continue
		}
		u := person(10 + i)
		u.Attributes[connectors.DisplayName] = v.value
		w.Users = append(w.Users, u)
		w.Groups = append(w.Groups, connectors.Group{ID: fmt.Sprintf("02%02d", i), Name: v.value, Members: []string{u.ID, w.Users[0].ID}})
	}
	for i, email := range hostileEmails() {
		u := person(50 + i)
		u.Email = email
		w.Users = append(w.Users, u)
	}
	return w.without(lacks)
}

// sameButFaulty compares a person with what was loaded. A value that is unusable is
// missing, and named; nothing may be different.
func sameButFaulty(t testing.TB, want, got connectors.User) {
	t.Helper()
	if got.Fault != want.Fault {
		t.Errorf("person %s has the fault %q, want %q", want.ID, got.Fault, want.Fault)
	}
	for a := range want.Unusable {
		if got.Unusable[a] == "" {
			t.Errorf("person %s has a usable %s, want: %s", want.ID, a.Word(), want.Unusable[a])
		}
	}
	for a, why := range got.Unusable {
		if a != connectors.DisplayName && want.Unusable[a] == "" {
			t.Errorf("person %s has an unusable %s without a reason: %s", want.ID, a.Word(), why)
		}
		delete(want.Attributes, a)
	}
	want.Unusable, want.Fault = got.Unusable, got.Fault
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("person with a hostile value (-want +got):\n%s", diff)
	}
}
