package connectortest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/connectortest"
)

func people(ids ...string) []connectors.User {
	var out []connectors.User
	for _, id := range ids {
		out = append(out, connectors.User{ID: id, Email: id + "@example.com", Status: connectors.StatusActive, Container: "people"})
	}
	return out
}

func ids(users []connectors.User) (out []string) {
	for _, u := range users {
		out = append(out, u.ID)
	}
	return out
}

func TestFakeScripts(t *testing.T) {
	boom := errors.New("boom")
	claim := func(id string, controls ...string) connectors.Claim {
		return connectors.Claim{Kind: connectors.UserObject, ID: id, Container: "people", Controls: controls}
	}
	tests := []struct {
		name   string
		script func(*connectortest.Fake)
		err    error
		stated []string
		prove  connectors.Presence // of person b, with a as the control
	}{
		{"honest", func(*connectortest.Fake) {}, nil, []string{"a", "b", "c"}, connectors.Present},
		{"failing", func(f *connectortest.Fake) { f.FailRead(boom) }, boom, []string{"a"}, connectors.Present},
		{"short", func(f *connectortest.Fake) { f.Short(2) }, connectors.ErrCount, []string{"a"}, connectors.Present},
		{"shorter than it is", func(f *connectortest.Fake) { f.Short(9) }, connectors.ErrCount, nil, connectors.Present},
		{"hiding", func(f *connectortest.Fake) { f.Hide("b") }, nil, []string{"a", "c"}, connectors.Absent},
		{"hiding the control too", func(f *connectortest.Fake) { f.Hide("a", "b") }, nil, []string{"c"}, connectors.Undecided},
		{"hiding all", func(f *connectortest.Fake) { f.Hide("a", "b", "c") }, connectors.ErrEmpty, nil, connectors.Undecided},
		{"lying", func(f *connectortest.Fake) { f.Lie("b") }, nil, []string{"a", "c"}, connectors.Present},
		{"empty", func(f *connectortest.Fake) { f.Set(nil, nil) }, connectors.ErrEmpty, nil, connectors.Undecided},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &connectortest.Fake{}
			f.Set(people("a", "b", "c"), nil)
			tt.script(f)
			kept, _, err := connectortest.Read(t, f)
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.stated, ids(kept.Users)); diff != "" {
				t.Errorf("stated (-want +got):\n%s", diff)
			}
			if p, err := f.Prove(t.Context(), claim("b", "a")); p != tt.prove || err != nil {
				t.Errorf("the proof says %s, %v, want %s", p, err, tt.prove)
			}
			if f.Reads() != 1 || f.Proves() != 1 {
				t.Errorf("%d readings and %d proofs, want one each", f.Reads(), f.Proves())
			}
		})
	}
}

func TestFakeProves(t *testing.T) {
	f := &connectortest.Fake{}
	users := people("a", "b", "far")
	users[2].Container = "elsewhere"
	f.Set(users, []connectors.Group{{ID: "a", Container: "people"}})
	tests := []struct {
		name  string
		claim connectors.Claim
		want  connectors.Presence
	}{
		{"a control elsewhere", connectors.Claim{Kind: connectors.UserObject, ID: "x", Container: "people", Controls: []string{"far"}}, connectors.Undecided},
		{"no control", connectors.Claim{Kind: connectors.UserObject, ID: "x", Container: "people"}, connectors.Undecided},
		{"a person is no group", connectors.Claim{Kind: connectors.GroupObject, ID: "b", Container: "people", Controls: []string{"a"}}, connectors.Absent},
		{"a group is there", connectors.Claim{Kind: connectors.GroupObject, ID: "a"}, connectors.Present},
	}
	for _, tt := range tests {
		if got, err := f.Prove(t.Context(), tt.claim); got != tt.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
	boom := errors.New("boom")
	f.FailProve(boom)
	if p, err := f.Prove(t.Context(), tests[3].claim); !errors.Is(err, boom) || p != connectors.Undecided {
		t.Errorf("a failing proof says %s, %v", p, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Prove(ctx, tests[3].claim); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled proof ends with %v", err)
	}
	if got := len(f.Claims()); got != len(tests)+2 {
		t.Errorf("%d claims were kept, want %d", got, len(tests)+2)
	}
}

func TestFakeCountsMembersItHides(t *testing.T) {
	f := &connectortest.Fake{}
	f.Set(people("a", "b"), []connectors.Group{{ID: "g", Members: []string{"a", "b", "nobody"}, Groups: []string{"h", "g"}}, {ID: "h"}})
	f.Hide("b", "h")
	kept, _, err := connectortest.Read(t, f)
	if err != nil {
		t.Fatal(err)
	}
	want := []connectors.Group{{ID: "g", Members: []string{"a"}, Groups: []string{"g"}}}
	if diff := cmp.Diff(want, kept.Resolved().Groups); diff != "" || kept.Missing() != 3 {
		t.Errorf("%d unresolved; groups (-want +got):\n%s", kept.Missing(), diff)
	}
}

// TestFakeStatesOneMoment changes the world while it is read, from many
// goroutines: each reading is of one world or the other.
func TestFakeStatesOneMoment(t *testing.T) {
	f := &connectortest.Fake{}
	first, second := people("a", "b"), people("c", "d", "e")
	f.Set(first, nil)
	f.BeforeEnd(func() { f.Set(second, nil) })
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			kept, _, err := connectortest.Read(t, f)
			if got := ids(kept.Users); err != nil || (!cmp.Equal(got, ids(first)) && !cmp.Equal(got, ids(second))) {
				t.Errorf("stated %v, %v", got, err)
			}
		})
	}
	group.Wait()
	if f.Reads() != 8 {
		t.Errorf("%d readings, want 8", f.Reads())
	}
	// What was set is not shared with the caller.
	second[0].ID = "changed"
	if kept, _, _ := connectortest.Read(t, f); kept.Users[0].ID != "c" {
		t.Errorf("the fake states %q after the caller changed its slice", kept.Users[0].ID)
	}
}

func TestComplete(t *testing.T) {
	users, groups := people("a", "b"), []connectors.Group{{ID: "g", Members: []string{"a", "b"}}}
	c := connectortest.Complete(t, "corp", users, groups)
	want := connectors.Size{Users: 2, Groups: 1, Memberships: 2}
	if !c.Valid() || c.Source() != "corp" || c.Size() != want {
		t.Errorf("the proof is %+v", c)
	}
}
