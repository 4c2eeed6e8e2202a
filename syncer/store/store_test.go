package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/syncer/store"
)

// TestWire holds the records against how they are written down: field numbers, JSON
// names, and the words of enums. A line that is added is a new field or word. One that
// is changed needs a migration, or breaks those who read the JSON.
func TestWire(t *testing.T) {
	var lines []string
	seen := map[reflect.Type]bool{}
	var describe func(reflect.Type)
	describe = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Array || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || typ.PkgPath() != "writersync/syncer/store" {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			lines = append(lines, fmt.Sprintf("%s.%s %s cbor:%q json:%q", typ.Name(), f.Name, kindOf(f.Type), f.Tag.Get("cbor"), f.Tag.Get("json")))
		}
		for i := range typ.NumField() {
			describe(typ.Field(i).Type)
		}
	}
	for _, record := range []any{
		store.Op{}, store.Hold{}, store.Run{}, store.Approval{}, store.Control{}, store.Event{}, store.Removal{}, store.Retry{}, store.Imported{}, store.Intent{}, store.ObservedAccount{}, store.ObservedTeam{},
	} {
		describe(reflect.TypeOf(record))
	}
	for name, words := range tables() {
		for n, word := range words {
			lines = append(lines, fmt.Sprintf("enum %s %d %s", name, n, word))
		}
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", "wire.golden")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the records (-before +now):\n%s", diff)
	}
}

// kindOf names a type by what is stored of it.
func kindOf(t reflect.Type) string {
	switch {
	case strings.Contains(t.String(), "Enum["):
		return "enum"
	case t.Kind() == reflect.Slice:
		return "[]" + kindOf(t.Elem())
	case t.PkgPath() == "writersync/syncer/store":
		return t.Name()
	}
	return t.String()
}

func tables() map[string][]string {
	return map[string][]string{
		"kind": store.Kind(0).Words(), "basis": store.Basis(0).Words(), "why": store.Why(0).Words(), "exit": store.Exit(0).Words(),
		"class": store.Class(0).Words(), "object": store.Object(0).Words(), "result": store.Result(0).Words(), "outcome": store.Done(0).Words(),
		"origin": store.Origin(0).Words(), "standing": store.Standing(0).Words(), "status": store.Status(0).Words(),
	}
}

// TestFieldNumbers: within a record each number is given once.
func TestFieldNumbers(t *testing.T) {
	for _, record := range []any{
		store.Op{},
		store.Change{},
		store.Reason{},
		store.Claim{},
		store.Hold{},
		store.Run{},
		store.SourceRun{},
		store.Size{},
		store.Count{},
		store.Warning{},
		store.Failure{},
		store.Requests{},
		store.Approval{},
		store.Control{},
		store.Base{},
		store.Event{},
		store.Removal{},
		store.Retry{},
		store.Imported{},
		store.Intent{},
		store.ObservedAccount{},
		store.ObservedTeam{},
		store.Ref{},
	} {
		typ := reflect.TypeOf(record)
		given := map[string]string{"": "nothing"}
		for i := range typ.NumField() {
			f := typ.Field(i)
			number, options, _ := strings.Cut(f.Tag.Get("cbor"), ",")
			if number == "-" {
				continue // it is not in the record
			}
			if other, twice := given[number]; twice || !strings.Contains(options, "keyasint") {
				t.Errorf("%s.%s has the number %q, as %s", typ, f.Name, number, other)
			}
			given[number] = f.Name
		}
	}
}

func TestEnums(t *testing.T) {
	for name, words := range tables() {
		if words[0] != "" || len(slices.Compact(slices.Sorted(slices.Values(words)))) != len(words) {
			t.Errorf("%s: a word stands twice, or zero has one: %v", name, words)
		}
	}
	kind, ok := store.Kind(0).Of("add-member")
	if !ok || kind.String() != "add-member" || !kind.Known() {
		t.Errorf("%d, %s, %v", kind, kind, ok)
	}
	if none, ok := store.Kind(0).Of("no such kind"); ok || none != 0 {
		t.Errorf("%d, %v", none, ok)
	}
	if later := store.Kind(200); later.Known() || later.String() != "unknown-200" {
		t.Errorf("%s, %v", later, later.Known())
	}
	data, err := json.Marshal(store.Count{Kind: kind})
	if err != nil || !strings.Contains(string(data), `"Kind":"add-member"`) {
		t.Errorf("%s, %v", data, err)
	}
	var back store.Count
	if err := json.Unmarshal(data, &back); err != nil || back.Kind != kind {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"Kind":"no such kind"}`), &back); err == nil {
		t.Error("a word that is not in the table was taken")
	}
}
