package plan

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/store"
)

// full returns an op with something in every field, however deep.
func full(t *testing.T) Op {
	t.Helper()
	op := Op{Kind: UpdateUser, Reason: Reason{Basis: NotVisible, Cause: Disabled}}
	op.Reason.Claims, op.Reason.Marks = []Claim{{Kind: connectors.GroupObject}}, []Claim{{Kind: connectors.UserObject}}
	n := 0
	fill(reflect.ValueOf(&op).Elem(), &n)
	return op
}

// fill puts a value of its own into each field that has none.
func fill(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case v.Kind() == reflect.Slice && v.Len() == 0:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fallthrough
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case !v.IsZero():
	case v.Kind() == reflect.String:
		v.SetString("value " + string(rune('a'+*n%26)))
	case v.CanInt():
		v.SetInt(int64(*n))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanUint():
		v.SetUint(uint64(*n % 200))
	}
}

// TestStored takes an op and a hold through their records and JSON: every field comes
// back, and the hash with them.
func TestStored(t *testing.T) {
	op := full(t)
	op.Unread = nil // it is of one run
	held := Held{Why: WhyNoEmail, Text: "text", Exit: Fix, WayOut: "next step", Ops: []Op{op}}
	back, err := HeldOf(held.Stored())
	if diff := cmp.Diff(held, back); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if back.Hash() != held.Hash() {
		t.Error("the hash is another one")
	}
	data, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	var read Held
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(held, read); diff != "" {
		t.Errorf("of JSON (-want +got):\n%s", diff)
	}
}

// TestStoredWords: every word of a plan has a number. A new one goes to the end of its
// table in package store.
func TestStoredWords(t *testing.T) {
	for _, kind := range Kinds() {
		if back, err := OpOf(Op{Kind: kind}.Stored()); err != nil || back.Kind != kind {
			t.Errorf("kind %s: %v, %v", kind, back.Kind, err)
		}
	}
	for _, basis := range append(Bases(), "") {
		if back, err := OpOf(Op{Kind: AddMember, Reason: Reason{Basis: basis}}.Stored()); err != nil || back.Reason.Basis != basis {
			t.Errorf("basis %s: %v, %v", basis, back.Reason.Basis, err)
		}
	}
	for _, cause := range Causes() {
		if back, err := OpOf(Op{Kind: AddMember, Reason: Reason{Cause: cause}}.Stored()); err != nil || back.Reason.Cause != cause {
			t.Errorf("cause %s: %v, %v", cause, back.Reason.Cause, err)
		}
	}
	for was, want := range map[string]Reason{
		"absence": {Basis: NotVisible}, "scope": {Basis: Shown, Cause: OutOfScope}, "contact": {Basis: Shown, Cause: FirstMatch}, "returned": {Basis: Shown, Cause: Return},
	} {
		basis, _ := store.Basis(0).Of(was)
		if back, err := OpOf(store.Op{Kind: 1, Reason: store.Reason{Basis: basis}}); err != nil || back.Reason.Basis != want.Basis || back.Reason.Cause != want.Cause {
			t.Errorf("a record of an earlier version on %s: %v, %v", was, back.Reason, err)
		}
	}
	for _, why := range Whys() {
		if back, err := HeldOf(Held{Why: why}.Stored()); err != nil || back.Why != why {
			t.Errorf("reason %s: %v, %v", why, back.Why, err)
		}
	}
	for _, exit := range []Exit{"", Approve, Fix, Wait} {
		if back, err := HeldOf(Held{Why: WhyDrift, Exit: exit}.Stored()); err != nil || back.Exit != exit {
			t.Errorf("next step %s: %v, %v", exit, back.Exit, err)
		}
	}
}

// TestStoredLater refuses what a later version may have written.
func TestStoredLater(t *testing.T) {
	for name, op := range map[string]store.Op{
		"no kind":    {},
		"kind":       {Kind: 250},
		"basis":      {Kind: 1, Reason: store.Reason{Basis: 250}},
		"cause":      {Kind: 1, Reason: store.Reason{Cause: 250}},
		"of a claim": {Kind: 1, Reason: store.Reason{Claims: []store.Claim{{Kind: 250}}}},
	} {
		if _, err := OpOf(op); !errors.Is(err, ErrStored) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := HeldOf(store.Hold{Why: 1, Ops: []store.Op{op}}); !errors.Is(err, ErrStored) {
			t.Errorf("%s, held: %v", name, err)
		}
	}
	for _, hold := range []store.Hold{{Why: 250}, {Why: 1, Exit: 250}} {
		if _, err := HeldOf(hold); !errors.Is(err, ErrStored) {
			t.Errorf("%+v: %v", hold, err)
		}
	}
}
