package statetest

import (
	"errors"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// link returns the ledger's record of a person, who must have one.
func (w *World) link(id string) plan.Link {
	w.T.Helper()
	p := w.Person(Ref(id))
	if p.Link == nil {
		w.T.Fatalf("%s has no link", id)
	}
	if p.Account != p.Link.Account || p.Standing != p.Link.Standing {
		w.T.Errorf("%s is %s %s, and the link says %s %s", id, p.Standing, p.Account, p.Link.Standing, p.Link.Account)
	}
	return *p.Link
}

// applied is what a create or an update of u leaves in the ledger.
func applied(u connectors.User) map[connectors.Attribute]string {
	return map[connectors.Attribute]string{plan.UserName: u.Email, connectors.DisplayName: u.Attributes[connectors.DisplayName]}
}

func effects(w *World) {
	w.Read("corp", Users("ann", "bob"), Group("g1", "ann"))
	ann, bob := User("ann"), User("bob")

	w.Do(Create(ann), Adopt(bob, "x-9"))
	w.equal("created", w.link("ann"), plan.Link{
		Person: Ref("ann"), Account: "a-ann", Origin: plan.Created, Standing: plan.Live,
		Applied: applied(ann), Fingerprint: plan.FingerprintOf(ann),
	})
	w.equal("adopted", w.link("bob"), plan.Link{
		Person: Ref("bob"), Account: "x-9", Origin: plan.Adopted, Standing: plan.Live,
		Applied: applied(bob), Fingerprint: plan.FingerprintOf(bob),
	})

	title := plan.Op{
		Kind: plan.UpdateUser, Person: Ref("ann"), Account: "a-ann",
		Changes: []plan.Change{{Attribute: connectors.Title, New: "Engineer"}, {Attribute: connectors.DisplayName, Old: "Person ann", New: ""}},
	}
	w.Do(title)
	w.equal("updated", w.link("ann").Applied, map[connectors.Attribute]string{
		plan.UserName: "ann@example.com", connectors.DisplayName: "", connectors.Title: "Engineer",
	})

	w.Do(On(plan.Deactivate, "ann"))
	w.equal("deactivated", w.link("ann").Standing, plan.Inactive)
	back := On(plan.Reactivate, "ann")
	back.Changes = []plan.Change{{Attribute: connectors.DisplayName, New: "Ann"}}
	w.Do(back)
	w.equal("reactivated", w.link("ann").Standing, plan.Live)
	w.equal("applied by it", w.link("ann").Applied[connectors.DisplayName], "Ann")
	w.equal("origin stays", w.link("ann").Origin, plan.Created)

	w.Do(On(plan.DeleteUser, "ann"))
	w.equal("deleted", w.link("ann").Standing, plan.Deleted)
}

func fingerprints(w *World) {
	w.Read("corp", Users("ann"))
	ann := User("ann")
	w.Do(Create(ann))
	clearing := []plan.Kind{plan.UpdateUser, plan.ConfirmUser, plan.Reactivate}
	for _, kind := range clearing {
		w.Do(Update(ann))
		w.equal("made by an update", w.link("ann").Fingerprint, plan.FingerprintOf(ann))
		w.Do(On(kind, "ann"))
		w.equal("after "+string(kind)+" that makes none", w.link("ann").Fingerprint, plan.Fingerprint{})
	}
	for _, op := range []plan.Op{Create(ann), Adopt(ann, "a-ann")} {
		op.Makes = plan.Fingerprint{}
		w.Do(Update(ann), op)
		w.equal("after "+string(op.Kind)+" that makes none", w.link("ann").Fingerprint, plan.Fingerprint{})
	}
	w.Do(Update(ann))
	for _, op := range []plan.Op{Member(plan.AddMember, "ann", "t1"), On(plan.Deactivate, "ann")} {
		w.Do(op)
		w.equal("kept by "+string(op.Kind), w.link("ann").Fingerprint, plan.FingerprintOf(ann))
	}
	role := On(plan.SetRole, "ann")
	role.Makes = plan.Fingerprint{7}
	w.Do(role)
	w.equal("made by set-role", w.link("ann").Fingerprint, plan.Fingerprint{7})
}

func failures(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")))
	add := Member(plan.AddMember, "ann", "t1")
	fail := apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "no seat is left"}
	w.Settle(add, fail)
	w.Clock.Add(time.Hour)
	fail.Class, fail.Text = connectors.Throttled, "too many requests"
	w.Settle(add, fail)
	create := Create(User("bob"))
	w.Settle(create, apply.Outcome{
		Result: apply.Failed, Class: connectors.Conflict, Text: "the e-mail is taken", Account: plan.Account{ID: "x-1", UserName: "bob@example.com"},
	})
	w.equal("retries", w.Load().Retries, []plan.Retry{
		{Key: add.Key(), Attempts: 2, Last: Start().Add(time.Hour), Class: connectors.Throttled, Text: "too many requests"},
		{Key: create.Key(), Attempts: 1, Last: Start().Add(time.Hour), Class: connectors.Conflict, Text: "the e-mail is taken", Account: "x-1"},
	})
	w.equal("settled with a failure", w.Person(Ref("ann")).Settled, false)
	w.Do(add)
	w.equal("retries once done", len(w.Load().Retries), 1)
	w.equal("settled once done", w.Person(Ref("ann")).Settled, true)
}

func refusedEmail(w *World) {
	w.Read("corp", Users("ann"))
	ann := User("ann")
	w.Do(Create(ann))
	ann.Email = "ann.new@example.com"
	w.Settle(Update(ann), apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "refused", RefusedEmail: "ann.new@example.com"})
	w.equal("refused", w.link("ann").RefusedEmail, "ann.new@example.com")
	w.equal("applied stays", w.link("ann").Email(), "ann@example.com")
	w.equal("settled", w.Person(Ref("ann")).Settled, false)
	title := On(plan.UpdateUser, "ann")
	title.Changes = []plan.Change{{Attribute: connectors.Title, New: "Engineer"}}
	w.Do(title)
	w.equal("refused, after an update of something else", w.link("ann").RefusedEmail, "ann.new@example.com")
	w.Do(Update(ann))
	w.equal("refused, after the rename", w.link("ann").RefusedEmail, "")
	w.equal("applied", w.link("ann").Email(), "ann.new@example.com")
}

func accountGone(w *World) {
	w.Read("corp", Users("ann", "bob"))
	w.Do(Create(User("ann")), Create(User("bob")), Member(plan.AddMember, "ann", "t1"), On(plan.Deactivate, "ann"), On(plan.Deactivate, "bob"))
	w.Settle(On(plan.Reactivate, "ann"), apply.Outcome{Result: apply.Failed, Class: connectors.NotFound, Text: "no such account"})
	w.Settle(On(plan.Reactivate, "bob"), apply.Outcome{Result: apply.Failed, Class: connectors.Transient, Text: "no answer"})
	w.equal("not found", w.link("ann").Standing, plan.Deleted)
	w.equal("otherwise failed", w.link("bob").Standing, plan.Inactive)
	w.equal("teams", len(w.Load().Teams), 0)
}

func createdAnew(w *World) {
	w.Read("corp", Users("ann"))
	ann := User("ann")
	w.Do(Create(ann), Member(plan.AddMember, "ann", "t1"), On(plan.DeleteUser, "ann"))
	w.Settle(Create(ann), apply.Outcome{Result: apply.Done, Account: plan.Account{ID: "a-2", Active: true}})
	link := w.link("ann")
	w.equal("account", link.Account, plan.RemoteID("a-2"))
	w.equal("standing", link.Standing, plan.Live)
	w.equal("teams", len(w.Load().Teams), 0)
	w.equal("people", ids(w.Load()), []string{"ann"})
}

// team returns who is in a team, and who of them sleeps.
func (w *World) team(id plan.RemoteID) (had, dormant []string) {
	w.T.Helper()
	in := w.Load()
	for _, t := range in.Teams {
		if t.ID == id {
			return named(in, t.Had), named(in, t.Dormant)
		}
	}
	return nil, nil
}

func memberships(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"))
	w.Do(Create(User("cid")), Create(User("bob")), Create(User("ann")))
	w.Do(Member(plan.AddMember, "cid", "t1"), Member(plan.AddMember, "ann", "t1"), Member(plan.ConfirmMember, "bob", "t1"))
	w.Do(Member(plan.AddMember, "ann", "t2"), Member(plan.AddMember, "ann", "t1")) // twice is once
	want := func(when string, team plan.RemoteID, had, dormant []string) {
		w.T.Helper()
		gotHad, gotDormant := w.team(team)
		w.equal(when+": in "+string(team), gotHad, had)
		w.equal(when+": asleep in "+string(team), gotDormant, dormant)
	}
	want("added", "t1", []string{"ann", "bob", "cid"}, nil)
	want("added", "t2", []string{"ann"}, nil)
	w.Do(On(plan.Deactivate, "ann"))
	want("deactivated", "t1", []string{"ann", "bob", "cid"}, []string{"ann"})
	want("deactivated", "t2", []string{"ann"}, []string{"ann"})
	w.Do(On(plan.Reactivate, "ann"))
	want("reactivated", "t1", []string{"ann", "bob", "cid"}, []string{"ann"})
	w.Do(Member(plan.AddMember, "ann", "t1"))
	want("added again", "t1", []string{"ann", "bob", "cid"}, nil)
	want("added again", "t2", []string{"ann"}, []string{"ann"})
	w.Do(Member(plan.RemoveMember, "ann", "t2"), Member(plan.RemoveMember, "bob", "t1"), Member(plan.RemoveMember, "bob", "t3"))
	want("removed", "t2", nil, nil)
	want("removed", "t1", []string{"ann", "cid"}, nil)
	w.Do(On(plan.DeleteUser, "cid"))
	want("deleted", "t1", []string{"ann"}, nil)
}

func feeds(w *World) {
	w.Read("corp", Users("ann"), Group("g1", "ann"), Group("g2"))
	w.Do(Feed("g2", "t1", "One", "g* => One"), Feed("g1", "t2", "Two", ""), Feed("g1", "t1", "One", "g1 => One"))
	in := w.Load()
	w.equal("feeds", in.Feeds, []plan.Feed{
		{Group: Ref("g1"), Team: "t1", Rule: "g1 => One"}, {Group: Ref("g1"), Team: "t2"}, {Group: Ref("g2"), Team: "t1", Rule: "g* => One"},
	})
	w.equal("teams", in.Teams, []plan.Team{{ID: "t1", Name: "One", Known: true}, {ID: "t2", Name: "Two", Known: true}})
	w.Do(Feed("g1", "t1", "The one", "g1 => The one"))
	w.equal("team renamed", w.Load().Teams[0].Name, "The one")
	w.equal("rule replaced", w.Load().Feeds[0].Rule, "g1 => The one")

	w.Read("corp", Users("ann"), Group("g2")) // the group vanishes, its feed stays
	w.equal("feeds of a group that is gone", len(w.Load().Feeds), 3)
	w.Do(Unfeed("g1", "t1"), Unfeed("g1", "t1"), Unfeed("g1", "t2"))
	in = w.Load()
	w.equal("feeds", in.Feeds, []plan.Feed{{Group: Ref("g2"), Team: "t1", Rule: "g* => One"}})
	w.equal("teams", in.Teams, []plan.Team{{ID: "t1", Name: "The one", Known: true}})
	container, _ := w.neighbours(connectors.GroupObject, Ref("g1"), 1)
	w.equal("container of a group that feeds nothing", container, "")
}

func scope(w *World) {
	w.Read("corp", Users("ann"))
	w.Do(Create(User("ann")))
	w.Read("corp", Users("ann"))
	since := func(at time.Time, people ...string) {
		var out []store.Outside
		for _, id := range people {
			out = append(out, store.Outside{Person: store.Ref(Ref(id)), Since: at})
		}
		w.Update(func(tx syncer.Writer) error { return tx.SetOutside(out) })
	}
	w.Do(Member(plan.AddMember, "ann", "t1"))
	before := w.Load()
	since(Start(), "bob", "ann") // bob has no account
	w.equal("out of scope since", w.link("ann").OutSince, Start())
	w.equal("settled out of scope", w.Person(Ref("ann")).Settled, false)
	had, _ := w.team("t1")
	w.equal("members", had, []string{"ann"})
	w.equal("what was loaded before", errors.Is(w.Fill(&before, 0), store.ErrMoved), true)
	w.Restart()
	w.equal("out of scope since, after a restart", w.link("ann").OutSince, Start())
	since(time.Time{}, "ann")
	w.equal("back in scope", w.link("ann").OutSince, time.Time{})
	w.equal("settled back in scope", w.Person(Ref("ann")).Settled, true)
	for _, end := range []plan.Kind{plan.Deactivate, plan.DeleteUser} {
		since(Start(), "ann")
		w.Do(On(end, "ann"))
		w.equal("after "+string(end), w.link("ann").OutSince, time.Time{})
	}
}
