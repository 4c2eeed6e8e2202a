package statetest

import (
	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

func (w *World) observe(o store.Observation) {
	w.T.Helper()
	w.Update(func(tx syncer.Writer) error { return tx.Observe(o) })
}

// seen is the account of a person with another display name, as it is observed.
func seen(id string) store.ObservedAccount {
	return plan.Account{
		ID: account(id), UserName: id + "@example.com", Active: true,
		Attributes: map[connectors.Attribute]string{connectors.DisplayName: "Another"},
	}.Observed(Start())
}

// observedAccounts: what Writer showed of an account counts until an op makes it otherwise,
// over a restart too.
func observedAccounts(w *World) {
	w.Read("corp", Users("ann", "bob", "cid", "dan"))
	w.Do(Create(User("ann")), Create(User("bob")), Create(User("cid")), Create(User("dan")))
	stranger := plan.Account{ID: "x-1", UserName: "eve@example.com", ExternalID: "e", Active: true, Attributes: map[connectors.Attribute]string{connectors.Title: "Guest"}}
	idle := seen("dan")
	idle.Active = false
	w.observe(store.Observation{Accounts: []store.ObservedAccount{
		seen("ann"), {ID: string(account("bob")), At: Start(), Gone: true}, idle, stranger.Observed(Start()),
	}})
	w.Restart()
	in := w.Load()
	w.equal("accounts of no user", in.Accounts, []plan.Account{stranger})
	ann, cid := w.Person(Ref("ann")), w.Person(Ref("cid"))
	w.equal("ann", ann.Remote != nil && ann.Remote.Attributes[connectors.DisplayName] == "Another" && !in.People[index(in, Ref("ann"))].Settled, true)
	w.equal("bob is lost", w.Person(Ref("bob")).Lost && !in.People[index(in, Ref("bob"))].Settled, true)
	w.equal("cid is as the ledger says", cid.Remote == nil && !cid.Lost && in.People[index(in, Ref("cid"))].Settled, true)
	w.equal("dan is inactive", w.Person(Ref("dan")).Remote.Active, false)

	w.Do(Update(User("ann")), On(plan.Reactivate, "dan"))
	w.equal("ann was updated", w.Person(Ref("ann")).Remote == nil, true)
	dan := w.Person(Ref("dan"))
	w.equal("dan was reactivated, and has another name", dan.Remote.Active && dan.Remote.Attributes[connectors.DisplayName] == "Another", true)
	w.Do(Update(User("dan")), On(plan.Deactivate, "dan"))
	w.equal("dan was deactivated", w.Person(Ref("dan")).Remote == nil, true)

	w.observe(store.Observation{Dropped: []string{"x-1", string(account("bob"))}, Ignored: []string{"title"}})
	in = w.Load()
	w.equal("nothing is known of others", len(in.Accounts), 0)
	w.observe(store.Observation{Accounts: []store.ObservedAccount{{ID: string(account("bob")), At: Start(), Gone: true}}})
	anew := Create(User("bob"))
	w.Settle(anew, apply.Outcome{Result: apply.Done, Account: plan.Account{ID: "a-bob-2"}})
	w.equal("bob has another account", w.Person(Ref("bob")).Account == "a-bob-2" && !w.Person(Ref("bob")).Lost, true)
	w.equal("bob is not lost", w.Person(Ref("bob")).Lost, false)
	w.equal("ignored", in.Ignored, map[connectors.Attribute]bool{"title": true})
	w.observe(store.Observation{})
	w.equal("ignored as before", len(w.Load().Ignored), 1)
	w.observe(store.Observation{Ignored: []string{}})
	w.equal("nothing is ignored", len(w.Load().Ignored), 0)
}

// observedGone: an account that was found not to be there when it was to be reactivated is
// none that another user could be linked to.
func observedGone(w *World) {
	w.Read("corp", Users("ann"))
	w.Do(Create(User("ann")), On(plan.Deactivate, "ann"))
	idle := seen("ann")
	idle.Active, idle.UserName = false, "old@example.com"
	w.observe(store.Observation{Accounts: []store.ObservedAccount{idle}})
	w.Settle(On(plan.Reactivate, "ann"), apply.Outcome{Result: apply.Failed, Class: connectors.NotFound, Text: "no such account"})
	w.equal("accounts of no user", len(w.Load().Accounts), 0)
}

// observedAdoption: an account of no user becomes that of one.
func observedAdoption(w *World) {
	w.Read("corp", Users("ann"))
	free := plan.Account{ID: "x-1", UserName: "ann@example.com", Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "Person ann"}}
	w.observe(store.Observation{Accounts: []store.ObservedAccount{free.Observed(Start())}})
	w.equal("before", len(w.Load().Accounts), 1)
	w.Do(Adopt(User("ann"), "x-1"))
	in := w.Load()
	w.equal("after", len(in.Accounts) == 0 && w.Person(Ref("ann")).Remote == nil && in.People[0].Settled, true)
}

// observedMembers: what Writer listed of a team counts until an op makes it otherwise.
func observedMembers(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"), Group("g1", "ann", "bob"))
	w.Do(Create(User("ann")), Create(User("bob")), Create(User("cid")), Feed("g1", "t1", "One", "g1 => One"))
	w.Do(Member(plan.AddMember, "ann", "t1"), Member(plan.AddMember, "bob", "t1"))
	one := store.ObservedTeam{
		ID: "t1", Name: "The one", Read: true, Missing: []string{string(account("bob"))}, Extra: []string{string(account("cid")), "x-1", "x-2"},
	}
	other := store.ObservedTeam{ID: "t2", Name: "Two"}
	w.observe(store.Observation{Teams: []store.ObservedTeam{one, other}})
	w.Restart()
	in := w.Load()
	person := func(id string) uint32 { return uint32(index(in, Ref(id))) } //nolint:gosec // small
	w.equal("teams", in.Teams, []plan.Team{
		{
			ID: "t1", Name: "The one", Was: "One", Known: true, Seen: true, Had: []uint32{person("ann"), person("bob")}, Read: true,
			Missing: []uint32{person("bob")}, Extra: []plan.RemoteID{account("cid"), "x-1", "x-2"},
		},
		{ID: "t2", Name: "Two", Seen: true},
	})
	w.equal("members", in.MembersOf(in.Teams[0]), []plan.RemoteID{account("ann"), account("cid"), "x-1", "x-2"})

	w.Do(Member(plan.AddMember, "bob", "t1"), Member(plan.ConfirmMember, "cid", "t1"))
	w.Do(plan.Op{Kind: plan.RemoveMember, Person: plan.Stranger("x-1"), Account: "x-1", Team: "t1"})
	in = w.Load()
	w.equal("differences that are left", in.Teams[0].Missing == nil && len(in.Teams[0].Extra) == 1 && in.Teams[0].Extra[0] == "x-2", true)
	w.equal("had", len(in.Teams[0].Had), 3)

	w.observe(store.Observation{Teams: []store.ObservedTeam{{ID: "t1", Name: "One", Gone: true}}, DroppedTeams: []string{"t2"}})
	in = w.Load()
	w.equal("a team that is gone, and one of which nothing is known", len(in.Teams) == 1 && in.Teams[0].Gone && len(in.Teams[0].Extra) == 0, true)
}
