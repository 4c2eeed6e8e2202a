package syncer_test

import (
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer"
)

func (f *following) explain(text string) syncer.Explanation {
	f.t.Helper()
	x, err := syncer.New(f.options).Explain(f.t.Context(), text)
	if err != nil {
		f.t.Fatal(err)
	}
	return x
}

// TestExplainAfterRings: what a ring told is said to be as old as the ring.
func TestExplainAfterRings(t *testing.T) {
	f := newFollowing(t)
	before := f.explain("ann").People[0].Records[0]
	f.users[0].Attributes = map[connectors.Attribute]string{connectors.DisplayName: "Ann"}
	f.publish()
	f.ring()
	after := f.explain("ann").People[0].Records[0]
	if !before.Read.Equal(after.Read) || !after.Followed.Equal(f.now) {
		t.Errorf("read %s and followed %s, want %s and %s", after.Read, after.Followed, before.Read, f.now)
	}
}

// TestExplainLeftOut: whoever a team's group lists and who gets no account is named, with
// the reason.
func TestExplainLeftOut(t *testing.T) {
	f := newFollowing(t)
	f.users[2].Status = connectors.StatusDisabled
	f.options.Policy.ExcludeGroups = []string{"nobody's"}
	f.groups[2].Members = []string{"bob"}
	f.publish()
	f.pass()
	team := f.explain("Sales").Teams[0]
	want := []string{
		"bob@example.com: is in group nobody's, which people.exclude_groups names",
		"cid@example.com: is disabled in corp",
	}
	if team.Wanted != 1 || team.LeftOut != 2 || !slices.Equal(team.Barred, want) {
		t.Errorf("%d wanted, %d left out: %q", team.Wanted, team.LeftOut, team.Barred)
	}
}
