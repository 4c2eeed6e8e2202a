package statetest

import (
	"strings"
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// moveLink gives bob the account of ann, who has gone, with her memberships.
func moveLink(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"))
	w.Do(Create(User("ann")), Create(User("cid")), Member(plan.AddMember, "ann", "t1"), Member(plan.AddMember, "cid", "t1"))
	w.Read("corp", Users("bob", "cid"))
	w.Update(func(tx syncer.Writer) error {
		return tx.SetOutside([]store.Outside{{Person: store.Ref(Ref("ann")), Since: Start()}})
	})
	op := plan.Op{Kind: plan.MoveLink, Person: Ref("bob"), From: Ref("ann"), Account: "a-ann"}
	w.Do(op)

	w.equal("people", ids(w.Load()), []string{"bob", "cid"})
	bob := w.Person(Ref("bob"))
	w.equal("account", bob.Account, plan.RemoteID("a-ann"))
	w.equal("origin", bob.Link.Origin, plan.Adopted)
	w.equal("out of scope since", bob.Link.OutSince, time.Time{})
	w.equal("what was applied", bob.Link.Applied[plan.UserName], "ann@example.com")
	w.equal("settled", bob.Settled, false)
	in := w.Load()
	w.equal("members", in.Teams[0].Had, []uint32{0, 1})

	w.Settle(Create(User("ann")), apply.Outcome{Result: apply.Done, Account: plan.Account{ID: "a-new"}}) // what she had is bob's
	had, _ := w.team("t1")
	w.equal("members after ann has another account", had, []string{"bob", "cid"})

	// Not onto somebody who has an account, nor from nobody.
	for _, wrong := range []plan.Op{
		{Kind: plan.MoveLink, Person: Ref("cid"), From: Ref("bob"), Account: "a-ann"},
		{Kind: plan.MoveLink, Person: Ref("eve"), From: Ref("dan"), Account: "a-ann"},
		{Kind: plan.MoveLink, Person: Ref("eve"), From: Ref("bob"), Account: "another"},
	} {
		intent := w.Intend([]plan.Op{wrong})[0]
		if err := w.TryClose(intent, DoneOf(wrong)); err == nil {
			w.T.Errorf("%s of %s to %s was done", wrong.Kind, wrong.From, wrong.Person)
		}
		w.Must(w.TryClose(intent, apply.Outcome{Result: apply.Skipped}))
	}
	w.equal("people after what was refused", ids(w.Load()), []string{"ann", "bob", "cid"})
}

// moveLinkNamed: an account that names its new user goes on as one that we made. What was
// observed of it before is by then as the link says.
func moveLinkNamed(w *World) {
	w.Read("corp", Users("ann", "cid", "eve"))
	w.Do(Create(User("ann")), Create(User("cid")), Adopt(User("eve"), "a-eve"))
	w.equal("what is not an external ID of ours", w.Person(Ref("eve")).Link.Origin, plan.Adopted)
	w.Read("corp", Users("bob", "dan", "eve"))
	move := func(to, from, shows string) {
		w.observe(store.Observation{Accounts: []store.ObservedAccount{
			plan.Account{ID: account(from), UserName: from + "@example.com", ExternalID: "another", Active: true, Attributes: w.Person(Ref(from)).Link.Applied}.Observed(Start()),
		}})
		op := plan.Op{
			Kind: plan.MoveLink, Person: Ref(to), From: Ref(from), Account: account(from),
			Changes: []plan.Change{{Attribute: plan.ExternalID, New: plan.ExternalIDOf(Ref(to))}},
		}
		w.Settle(op, apply.Outcome{Result: apply.Done, Account: plan.Account{ID: account(from), ExternalID: shows, Active: true}})
	}
	move("bob", "ann", "corp/bob")
	bob := w.Person(Ref("bob"))
	w.equal("origin", bob.Link.Origin, plan.Created)
	_, applied := bob.Link.Applied[plan.ExternalID]
	w.equal("the external ID is no attribute", applied, false)
	w.equal("observed", bob.Remote == nil, true)
	move("dan", "cid", "")
	w.equal("origin of one that Writer did not change", w.Person(Ref("dan")).Link.Origin, plan.Adopted)

	adopt := Adopt(User("fay"), "a-fay")
	adopt.Changes = append(adopt.Changes, plan.Change{Attribute: plan.ExternalID, New: "corp/fay"})
	w.Read("corp", Users("bob", "dan", "eve", "fay"))
	w.Do(adopt)
	fay := w.Person(Ref("fay"))
	w.equal("origin of one that names its user", fay.Link.Origin, plan.Created)
	_, applied = fay.Link.Applied[plan.ExternalID]
	w.equal("the external ID is no attribute", applied, false)
}

// moveLinkJoined gives an account to one of two records that are one person: that one
// comes first, and whoever was joined with the old ID follows. What was done to the
// account meanwhile, under the old ID, is remembered of the new one.
func moveLinkJoined(w *World) {
	hr := func(id string) connectors.Ref { return connectors.Ref{Source: "hr", ID: id} }
	w.Read("corp", Users("ann", "bob"))
	w.Read("hr", Users("1", "2"))
	w.Do(
		Create(User("ann")), Member(plan.AddMember, "ann", "t1"),
		plan.Op{Kind: plan.JoinPerson, Person: hr("1"), From: Ref("ann")}, plan.Op{Kind: plan.JoinPerson, Person: Ref("bob"), From: hr("2")},
	)
	removal := w.Intend([]plan.Op{Member(plan.RemoveMember, "ann", "t1")})[0]
	w.Do(plan.Op{Kind: plan.MoveLink, Person: Ref("bob"), From: Ref("ann"), Account: "a-ann"})
	w.equal("joins", w.Load().Joins, map[connectors.Ref]connectors.Ref{hr("1"): Ref("bob"), hr("2"): Ref("bob")})
	w.Must(w.TryClose(removal, DoneOf(removal.Ops[0])))
	had, _ := w.team("t1")
	w.equal("members", len(had), 0)
}

// adoptedOnce: no account is linked to two users, of one source or of two, also if both are
// linked in one step.
func adoptedOnce(w *World) {
	w.Read("corp", Users("ann", "bob", "cid"))
	w.Read("hr", Users("eve"))
	eve := Adopt(User("eve"), "a-ann")
	eve.Person.Source = "hr"
	w.Do(Create(User("ann")), Adopt(User("ann"), "a-ann")) // who had it
	second := func(op plan.Op, in ...apply.Settled) {
		w.T.Helper()
		in = append(in, apply.Settled{Intent: apply.Intent{Ops: []plan.Op{op}}, Outcomes: []apply.Outcome{DoneOf(op)}})
		_, err := w.Store.Advance(w.T.Context(), in, nil)
		if err == nil || !strings.Contains(err.Error(), op.Person.String()) || !strings.Contains(err.Error(), "that of corp/ann") {
			w.T.Errorf("%s has the account of another user: %v", op.Person, err)
		}
	}
	second(Adopt(User("bob"), "a-ann"))
	second(eve)
	w.Do(On(plan.Deactivate, "ann"))
	second(Adopt(User("bob"), "a-ann"))
	w.Do(On(plan.DeleteUser, "ann"), Adopt(User("bob"), "a-ann"))
	ann := Adopt(User("ann"), "a-new")
	second(Adopt(User("cid"), "a-new"), apply.Settled{Intent: apply.Intent{Ops: []plan.Op{ann}}, Outcomes: []apply.Outcome{DoneOf(ann)}})
	w.equal("who is linked", w.Person(Ref("bob")).Account, plan.RemoteID("a-ann"))
	w.equal("who is not", w.Person(Ref("cid")).Account, plan.RemoteID(""))
}

// moveLinkListed: lists that name a user by the ID before keep the one with the new ID, as members
// that they do not name, as long as they name the old one.
func moveLinkListed(w *World) {
	w.Read("corp", Users("ann", "cid"), Group("g1", "ann", "cid"), Group("g2", "ann"))
	w.Do(Create(User("ann")))
	w.Read("corp", Users("bob", "cid"), Group("g1", "ann", "cid"), Group("g2"))
	w.Do(plan.Op{Kind: plan.MoveLink, Person: Ref("bob"), From: Ref("ann"), Account: "a-ann"})
	members := func(when string, one, two, dangling []uint32) {
		w.T.Helper()
		in := w.Load()
		w.equal(when+", members of a list", in.Groups[0].Members, one)
		w.equal(when+", members of a list that is empty", in.Groups[1].Members, two)
		w.equal(when+", not named by the list", in.Groups[0].Dangling, dangling)
	}
	members("at once", []uint32{0, 1}, []uint32{0}, []uint32{0})
	w.Read("corp", Users("bob", "cid"), Group("g1", "ann", "cid"), Group("g2"))
	members("after another read", []uint32{0, 1}, []uint32{0}, []uint32{0})
	w.Read("corp", Users("bob", "cid"), Group("g1", "bob", "cid"), Group("g2", "cid"))
	members("named again", []uint32{0, 1}, []uint32{1}, nil)
	w.Read("corp", Users("bob", "cid"), Group("g1", "cid"), Group("g2", "cid"))
	members("not named again", []uint32{1}, []uint32{1}, nil)
}

// moveLinkFollowed: a delta read shows the new ID, and not the list, which names the old one.
func moveLinkFollowed(w *World) {
	w.ReadAt("corp", "1", Users("ann", "cid"), Group("g1", "ann", "cid"))
	w.Do(Create(User("ann")))
	w.mustFollow("2", Changes{Users: Users("bob"), GoneUsers: []string{"ann"}})
	w.Do(plan.Op{Kind: plan.MoveLink, Person: Ref("bob"), From: Ref("ann"), Account: "a-ann"})
	w.equal("members", w.Load().Groups[0].Members, []uint32{0, 1})
	w.ReadAt("corp", "3", Users("bob", "cid"), Group("g1", "ann", "cid"))
	got := w.Load().Groups[0]
	w.equal("members after a full read", got.Members, []uint32{0, 1})
	w.equal("not named by it", got.Dangling, []uint32{0})
}

// moveLinkAcross: a user is listed by another source now, and the account goes along with its
// memberships. What was done to it meanwhile is done to the new user's.
func moveLinkAcross(w *World) {
	w.Read("corp", Users("ann"))
	w.Read("hr", Users("bob"))
	w.Do(Create(User("ann")), Member(plan.AddMember, "ann", "t1"))
	late := Member(plan.RemoveMember, "ann", "t1")
	late.Account = "a-ann"
	intent := w.Intend([]plan.Op{late})[0]
	to := connectors.Ref{Source: "hr", ID: "bob"}
	w.Do(plan.Op{Kind: plan.MoveLink, Person: to, From: Ref("ann"), Account: "a-ann"})
	bob := w.Person(to)
	w.equal("account", bob.Account, plan.RemoteID("a-ann"))
	had, _ := w.team("t1")
	w.equal("members", had, []string{"bob"})
	w.Must(w.TryClose(intent, DoneOf(late)))
	had, _ = w.team("t1")
	w.equal("members after a removal that was under way", len(had), 0)
}

// nestedUnstated: a source does not state nested groups any more. Those that it stated stay nested,
// until it states them, or that there are none.
func nestedUnstated(w *World) {
	outer := func(unstated bool, nested ...string) connectors.Group {
		g := Group("outer", "ann")
		g.Groups, g.NestedUnstated = nested, unstated
		return g
	}
	inner := Group("inner", "bob")
	read := func(when string, g connectors.Group, nested []uint32, replaced bool) {
		w.T.Helper()
		w.Read("corp", Users("ann", "bob"), inner, g)
		got := w.Load().Groups[1]
		w.equal(when+": nested", got.Nested, nested)
		w.equal(when+": noted", got.Replaced, replaced)
		if replaced {
			w.equal(when+": not named", got.Unseen, nested)
		} else {
			w.equal(when+": not named", got.Unseen, []uint32(nil))
		}
		w.equal(when+": unresolved", got.Unresolved, 0)
	}
	read("none was ever stated", outer(true), nil, false)
	read("stated", outer(false, "inner"), []uint32{0}, false)
	read("not stated any more", outer(true), []uint32{0}, true)
	read("still not", outer(true), []uint32{0}, true)
	more := outer(true)
	more.Members = []string{"ann", "bob"}
	read("another member", more, []uint32{0}, true)
	w.Restart()
	read("stated again", outer(false, "inner"), []uint32{0}, false)
	read("not stated once more", outer(true), []uint32{0}, true)
	read("stated as none", outer(false), nil, false)

	read("stated", outer(false, "inner"), []uint32{0}, false)
	read("not stated any more", outer(true), []uint32{0}, true)
	empty := outer(true)
	empty.Members = nil
	for _, when := range []string{"and the list is empty", "and still is"} {
		w.Read("corp", Users("ann", "bob"), inner, empty)
		got := w.Load().Groups[1]
		w.equal(when+": emptied", got.Emptied, true)
		w.equal(when+": members", got.Members, []uint32{0})
		w.equal(when+": nested", got.Nested, []uint32{0})
	}
	read("stated", outer(false, "inner"), []uint32{0}, false)
	for _, when := range []string{"at once", "and again with another member"} {
		hidden := outer(true)
		if when != "at once" {
			hidden.Members = []string{"bob"}
		}
		w.Read("corp", Users("ann", "bob"), hidden)
		w.equal("nested, while the group is not listed, "+when, w.Load().Groups[0].Nested, []uint32(nil))
	}
	read("not stated, and the group is listed again", outer(true), []uint32{0}, true)
	alone := Group("outer")
	alone.Groups = []string{"inner"}
	w.Read("corp", Users("ann", "bob"), inner, Group("outer", "bob"))
	w.Read("corp", Users("ann", "bob"), inner, alone)
	read("a list of groups alone, not stated any more", empty, []uint32{0}, true)
	w.equal("a list that never had a user is not emptied", w.Load().Groups[1].Emptied, false)
}
