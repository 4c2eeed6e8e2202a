package statetest

import (
	"time"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// vanishedUsers keeps by what users may be joined who are not listed any more.
func vanishedUsers(w *World) {
	out := func(id string) connectors.User {
		u := User(id)
		u.Status = connectors.StatusDisabled
		return u
	}
	vanished := func(when string, want ...connectors.Ref) {
		w.T.Helper()
		var got []connectors.Ref
		for _, v := range w.Load().Vanished {
			got = append(got, v.User)
			if v.Mail != plan.HashKey(v.User.ID+"@example.com") || !v.Mark.Disabled {
				w.T.Errorf("%s: %+v", when, v)
			}
		}
		w.equal(when, got, want)
	}
	w.ReadAt("corp", "1", []connectors.User{User("ann"), out("bob"), out("cid")})
	w.ReadAt("corp", "2", []connectors.User{User("ann"), out("cid")})
	vanished("of one source", Ref("bob"))
	w.Read("hr", []connectors.User{out("dan"), out("eve"), User("fay")})
	w.Read("hr", []connectors.User{User("fay")})
	hr := func(id string) connectors.Ref { return connectors.Ref{Source: "hr", ID: id} }
	vanished("by a full read", Ref("bob"), hr("dan"), hr("eve"))
	w.mustFollow("3", Changes{GoneUsers: []string{"cid"}})
	vanished("by a delta read", Ref("bob"), Ref("cid"), hr("dan"), hr("eve"))
	w.Restart()
	vanished("after a restart", Ref("bob"), Ref("cid"), hr("dan"), hr("eve"))
	w.Read("hr", []connectors.User{out("dan"), User("fay")})
	vanished("once one is listed again", Ref("bob"), Ref("cid"), hr("eve"))

	add := Create(User("eve"))
	add.Person = Ref("new")
	add.Reason.Marks = []plan.Claim{{Kind: connectors.UserObject, Ref: hr("eve")}}
	w.Do(add)
	vanished("once an op is done that rests on it", Ref("bob"), Ref("cid"))

	theirs := Create(User("ann"))
	w.Do(theirs)
	w.Read("corp", []connectors.User{out("ann")})
	w.Read("corp", []connectors.User{User("zoe")})
	vanished("of a user with an account", Ref("bob"), Ref("cid"))
	w.Do(On(plan.DeleteUser, "ann"))
	w.Read("corp", []connectors.User{out("ann"), User("zoe")})
	w.Read("corp", []connectors.User{User("zoe")})
	vanished("of a user whose account was deleted", Ref("ann"), Ref("bob"), Ref("cid"))

	w.Clock.Add(401 * 24 * time.Hour)
	w.Read("hr", []connectors.User{User("fay"), User("hal")})
	w.Read("corp", []connectors.User{User("zoe"), User("yan")})
	vanished("after more than a year", hr("dan")) // who was listed until now
}

// vanishedFromAGroup keeps the group that kept out a user who is not listed any more, and by what
// the user may be joined.
func vanishedFromAGroup(w *World) {
	hr := func(id string) connectors.Ref { return connectors.Ref{Source: "hr", ID: id} }
	w.Read("corp", Users("ann"))
	gus := User("gus")
	gus.Attributes = map[connectors.Attribute]string{connectors.EmployeeNumber: "7"}
	w.Read("hr", []connectors.User{User("fay"), gus}, Group("out", "gus"))
	w.Must(w.Store.Update(w.T.Context(), func(tx syncer.Writer) error {
		return tx.Exclude([]store.Excluded{{Group: store.Ref(hr("out")), Name: "leavers", Users: []string{"gus"}}})
	}))
	w.Read("hr", []connectors.User{User("fay")}, Group("out"))
	var group plan.Vanished
	for _, v := range w.Load().Vanished {
		if v.User == hr("gus") {
			group = v
		}
	}
	if group.Group != "leavers" || !group.Since.Equal(w.Clock.Now()) || group.Mail != plan.HashKey("gus@example.com") || group.Number != plan.HashKey("7") {
		w.T.Errorf("of a user that a group kept out: %+v", group)
	}
	again := func() {
		w.Read("hr", []connectors.User{User("fay"), gus}, Group("out", "gus"))
		w.Read("hr", []connectors.User{User("fay")}, Group("out"))
	}
	add := Create(User("new"))
	add.Person, add.Reason.Marks = Ref("new"), []plan.Claim{{Kind: connectors.UserObject, Ref: hr("gus")}}
	w.Do(add)
	w.equal("once an op is done that rests on it", len(w.Load().Vanished), 0)
	again()
	w.equal("once more", len(w.Load().Vanished), 1)
	w.Clock.Add(401 * 24 * time.Hour)
	w.Read("hr", []connectors.User{User("fay"), User("hal")})
	w.equal("after more than a year", len(w.Load().Vanished), 0)
}
