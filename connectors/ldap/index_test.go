package ldap

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// built returns an index of entries, by their IDs, as a whole reading makes it.
func built(t rapid.TB, entries map[string]string) *index {
	x := newIndex()
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		if err := x.add(nameOf(t, entries[id]), id); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func nameOf(t rapid.TB, dn string) Name {
	name, err := ParseName(dn)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// clash reports whether another entry than id has the name.
func clash(t rapid.TB, entries map[string]string, id, dn string) bool {
	for other, o := range entries {
		if other != id && nameOf(t, o) == nameOf(t, dn) {
			return true
		}
	}
	return false
}

// TestIndexFollows lives random histories: an index that followed them finds what one
// finds that is built anew of the entries that came of them.
func TestIndexFollows(t *testing.T) {
	names := []string{"uid=a,ou=x", "UID=a,ou=x", "uid=A,OU=X", "uid=b,ou=x", "userid=b, ou=x", "uid=c,ou=x", "uid=d,ou=x", "uid=D,ou=x"}
	rapid.Check(t, func(rt *rapid.T) {
		entry := rapid.SampledFrom(names)
		entries := map[string]string{}
		for i := range rapid.SampledFrom([]int{0, 60}).Draw(rt, "others") { // among many, what was given up is kept for a while
			entries[fmt.Sprint("other-", i)] = fmt.Sprintf("uid=o%d,ou=x", i)
		}
		for i := range rapid.IntRange(0, 4).Draw(rt, "people") {
			if dn := entry.Draw(rt, "entry"); !clash(rt, entries, "", dn) {
				entries[fmt.Sprint("id-", i)] = dn
			}
		}
		followed := built(rt, entries)
		for range rapid.IntRange(0, 40).Draw(rt, "changes") {
			id := fmt.Sprint("id-", rapid.IntRange(0, 5).Draw(rt, "who"))
			if rapid.IntRange(0, 3).Draw(rt, "what") == 0 {
				_, there := entries[id]
				if followed.drop(id) != there {
					rt.Fatalf("%s was there: %t", id, there)
				}
				delete(entries, id)
				continue
			}
			dn := entry.Draw(rt, "entry")
			err, taken := followed.move(nameOf(rt, dn), id), clash(rt, entries, id, dn)
			if errors.Is(err, errTaken) != taken || (err != nil) != taken {
				rt.Fatalf("%s as %v among %v: %v", id, dn, entries, err)
			}
			if !taken {
				entries[id] = dn
			}
		}
		alike(rt, followed, built(rt, entries), names)
	})
}

// alike compares all that two indexes answer.
func alike(t rapid.TB, followed, anew *index, names []string) {
	for _, dn := range names {
		got, there := followed.byName(dn)
		want, exists := anew.byName(dn)
		if got != want || there != exists || followed.has(nameOf(t, dn)) != exists {
			t.Fatalf("%s is %q, want %q", dn, got, want)
		}
	}
	got, want := followed.without(nil), anew.without(nil)
	slices.Sort(got)
	if !slices.Equal(got, want) || followed.size() != anew.size() {
		t.Fatalf("it has %v, want %v", got, want)
	}
	for _, id := range want {
		if _, there := followed.find(id); !there || slices.Contains(followed.without(map[string]bool{id: true}), id) {
			t.Fatalf("%s is not found", id)
		}
	}
	if _, there := followed.find("id-9"); there {
		t.Fatal("an ID that nobody has is found")
	}
}

// TestIndexKeepsLittle has each of some people renamed a hundred times: what they were
// called is forgotten.
func TestIndexKeepsLittle(t *testing.T) {
	const people = 100
	x := crowd(t, people)
	for i := range 100 * people {
		dn, _ := somebody(people + i)
		_, id := somebody(i % people)
		if err := x.move(nameOf(t, dn), id); err != nil {
			t.Fatal(err)
		}
	}
	if x.size() != people || len(x.ids) > people*5/4 || len(x.names) > people*5/4 {
		t.Errorf("%d people: %d numbers and %d names are kept", x.size(), len(x.ids), len(x.names))
	}
}

// TestIndexCostOfAChange has as many changes among a few people and among many. It is the
// best of several rounds that counts: others may use the processor too.
func TestIndexCostOfAChange(t *testing.T) {
	const few, many, changes = 500, 50_000, 200
	best := func(n int) time.Duration {
		x, least := crowd(t, n), time.Hour
		for round := range 8 {
			began := time.Now()
			for i := range changes {
				change(t, x, n, round*changes+i)
			}
			least = min(least, time.Since(began))
		}
		return least
	}
	if a, b := best(few), best(many); b > 20*a {
		t.Errorf("%d changes among %d people take %s, among %d %s", changes, few, a, many, b)
	}
}
