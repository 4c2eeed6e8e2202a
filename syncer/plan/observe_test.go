package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writersync/connectors"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func accountOf(id, name string, edits ...func(*plan.Account)) plan.Account {
	a := plan.Account{ID: plan.RemoteID("a-" + id), UserName: mailOf(id), Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: name}}
	for _, edit := range edits {
		edit(&a)
	}
	return a
}

// TestObserve compares listings with a ledger in which ann and bob have accounts, and are in
// the team t1, and cid has one that was deactivated.
func TestObserve(t *testing.T) {
	inactive := func(a *plan.Account) { a.Active = false }
	at := now.Add(-time.Minute)
	whole := func(accounts ...plan.Account) plan.Listing {
		return plan.Listing{Accounts: accounts, AccountsWhole: true}
	}
	all := []plan.Account{accountOf("ann", "ANN"), accountOf("bob", "BOB"), accountOf("cid", "CID", inactive)}
	tests := []struct {
		name    string
		world   func(*world)
		listing plan.Listing
		want    store.Observation
		unseen  []plan.RemoteID
	}{
		{"all is as the ledger says", nil, whole(all...), store.Observation{}, nil},
		{
			"another name", nil, whole(accountOf("ann", "Another"), all[1], all[2]),
			store.Observation{Accounts: []store.ObservedAccount{accountOf("ann", "Another").Observed(at)}},
			nil,
		},
		{"another name that is known", func(w *world) {
			a := accountOf("ann", "Another")
			w.in.People[0].Remote = &a
		}, whole(accountOf("ann", "Another"), all[1], all[2]), store.Observation{}, nil},
		{"as the ledger says again", func(w *world) {
			a := accountOf("ann", "Another")
			w.in.People[0].Remote, w.in.People[1].Lost = &a, true
		}, whole(all...), store.Observation{Dropped: []string{"a-ann", "a-bob"}}, nil},
		{
			"deactivated, and reactivated", nil, whole(all[0], accountOf("bob", "BOB", inactive), accountOf("cid", "CID")),
			store.Observation{Accounts: []store.ObservedAccount{accountOf("bob", "BOB", inactive).Observed(at), accountOf("cid", "CID").Observed(at)}},
			nil,
		},
		{"the name of one that is not active", nil, whole(all[0], all[1], accountOf("cid", "Another", inactive)), store.Observation{}, nil},
		{
			"the address of one that is not active", nil, whole(all[0], all[1], accountOf("cid", "CID", inactive, func(a *plan.Account) { a.UserName = "old@example.com" })),
			store.Observation{Accounts: []store.ObservedAccount{accountOf("cid", "CID", inactive, func(a *plan.Account) { a.UserName = "old@example.com" }).Observed(at)}},
			nil,
		},
		{
			"accounts of no user", func(w *world) { w.in.Accounts = []plan.Account{accountOf("dan", "DAN"), accountOf("eve", "EVE")} },
			whole(append([]plan.Account{accountOf("dan", "DAN"), accountOf("fay", "FAY")}, all...)...),
			store.Observation{Accounts: []store.ObservedAccount{accountOf("fay", "FAY").Observed(at)}, Dropped: []string{"a-eve"}},
			nil,
		},
		{"not listed", nil, whole(all[0]), store.Observation{}, []plan.RemoteID{"a-bob"}},
		{"not listed, in a listing that may be cut", nil, plan.Listing{Accounts: all[:1]}, store.Observation{}, nil},
		{
			"members", nil,
			plan.Listing{Accounts: all, Teams: []plan.ListedTeam{
				{ID: "t1", Name: "Engineering", Members: []plan.RemoteID{"a-ann", "x-1", "a-cid"}, Whole: true},
				{ID: "t2", Name: "Other", Members: []plan.RemoteID{"a-ann"}, Whole: true},
			}},
			store.Observation{Teams: []store.ObservedTeam{
				{ID: "t1", Name: "Engineering", Read: true, Missing: []string{"a-bob"}, Extra: []string{"a-cid", "x-1"}}, {ID: "t2", Name: "Other"},
			}},
			nil,
		},
		{
			"members that may be cut", nil,
			plan.Listing{Accounts: all, Teams: []plan.ListedTeam{{ID: "t1", Name: "Engineering", Members: []plan.RemoteID{"a-ann"}}}},
			store.Observation{Teams: []store.ObservedTeam{{ID: "t1", Name: "Engineering"}}},
			nil,
		},
		{"members that are known, and a team that is not there any more", func(w *world) {
			w.in.Teams[0].Seen, w.listed["t1"] = true, []plan.RemoteID{"a-ann"}
			w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Other", Seen: true})
		}, plan.Listing{
			Accounts: all, Teams: []plan.ListedTeam{{ID: "t1", Name: "Engineering", Members: []plan.RemoteID{"a-ann"}, Whole: true}}, TeamsWhole: true,
		}, store.Observation{DroppedTeams: []string{"t2"}}, nil},
		{
			"a team that is gone", nil,
			plan.Listing{Accounts: all, TeamsWhole: true},
			store.Observation{Teams: []store.ObservedTeam{{ID: "t1", Name: "Engineering", Gone: true}}},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.live("ann").live("bob").live("cid", standing(plan.Inactive)).hadIn("t1", "ann", "bob")
			w.in.Teams[0].Known = true
			if tt.world != nil {
				tt.world(w)
			}
			got, unseen := plan.Observe(w.input(), tt.listing, at, false)
			got.Ignored = nil
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unseen, unseen, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("unseen (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIgnoredAttributes: an attribute of which no account has a value is not compared.
func TestIgnoredAttributes(t *testing.T) {
	w := newWorld(t)
	applied := func(p *plan.Person) { p.Link.Applied[connectors.Title] = "Clerk" }
	w.live("ann", applied).live("bob", applied)
	got, _ := plan.Observe(w.input(), plan.Listing{Accounts: []plan.Account{accountOf("ann", "ANN"), accountOf("bob", "BOB")}, AccountsWhole: true}, now, false)
	if diff := cmp.Diff(store.Observation{Ignored: []string{string(connectors.Title)}}, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}
