package syncer_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// TestSnapshotIsSent: what a daemon sends of the state is what it holds.
func TestSnapshotIsSent(t *testing.T) {
	ada, hr := connectors.Ref{Source: "corp", ID: "1"}, connectors.Ref{Source: "hr", ID: "4711"}
	user := &connectors.User{ID: "1", Email: "ada@example.com", Status: connectors.StatusActive, Attributes: map[connectors.Attribute]string{connectors.Title: "Engineer"}}
	want := syncer.Snapshot{
		Base: "base", Sources: []store.Source{{Name: "corp", Generation: 7}},
		People: []plan.Person{
			{Ref: ada, Account: "a1", Standing: plan.Live, User: user, Link: &plan.Link{
				Person: ada, Account: "a1", Standing: plan.Live, Origin: plan.Created, Fingerprint: plan.FingerprintOf(*user),
				Applied: map[connectors.Attribute]string{plan.UserName: "ada@example.com"},
			}},
			{Ref: hr, User: user, Gone: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)},
		},
		Groups: []plan.Group{{Ref: connectors.Ref{Source: "corp", ID: "g"}, Name: "engineering", Members: []uint32{0}}},
		Feeds:  []plan.Feed{{Group: connectors.Ref{Source: "corp", ID: "g"}, Team: "t", Rule: "engineering => Engineering"}},
		Teams:  []plan.Team{{ID: "t", Name: "Engineering", Had: []uint32{0}}},
		Joins:  []syncer.Joined{{Person: hr, Is: ada}},
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got syncer.Snapshot
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("snapshot (-sent +arrived):\n%s", diff)
	}
	in := got.Input(plan.Policy{Everyone: true})
	whole := plan.Input{
		Policy: plan.Policy{Everyone: true}, Sources: []plan.Source{{Name: "corp", Read: plan.InFull}}, People: want.People, Groups: want.Groups,
		Feeds: want.Feeds, Teams: want.Teams, Joins: map[connectors.Ref]connectors.Ref{hr: ada},
	}
	if diff := cmp.Diff(whole, in); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}
