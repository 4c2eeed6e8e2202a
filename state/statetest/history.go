package statetest

import (
	"strings"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/store"
)

// history remembers what was done and what was not taken, newest first.
func history(w *World) {
	w.Read("corp", Users("ann", "bob"))
	add := Member(plan.AddMember, "ann", "t1")
	add.TeamName, add.Reason = "Engineering", plan.Reason{Basis: plan.Shown, Text: "is in group engineering"}
	w.Do(Create(User("ann")), Create(User("bob")), add)
	w.Settle(Update(User("ann")), apply.Outcome{Result: apply.Failed, Class: connectors.Rejected, Text: "no"})
	w.Settle(On(plan.Deactivate, "ann"), apply.Outcome{Result: apply.Skipped})
	w.Do(Feed("g1", "t1", "Engineering", "a => b")) // is about nobody
	of := func(id string, n int) string {
		w.T.Helper()
		var events []store.Event
		w.View(func(tx syncer.Reader) (err error) {
			events, err = tx.Events(n, func(e store.Event) bool { return e.Person == store.Ref(Ref(id)) })
			return err
		})
		var out []string
		for _, e := range events {
			out = append(out, strings.TrimSpace(strings.Join([]string{e.Kind.String(), e.Result.String(), e.Team, e.Reason, e.Text}, " ")))
		}
		return strings.Join(out, "; ")
	}
	w.equal("of ann", of("ann", 9), "update-user failed   no; add-member done Engineering is in group engineering; create-user done")
	w.equal("of ann, the last one", of("ann", 1), "update-user failed   no")
	w.equal("of bob", of("bob", 9), "create-user done")
	w.equal("of cid", of("cid", 9), "")
	rename := On(plan.UpdateUser, "bob")
	rename.Changes = []plan.Change{{Attribute: connectors.DisplayName, New: "Robert"}, {Attribute: connectors.GivenName, New: "Robert"}}
	w.Do(rename)
	var events []store.Event
	w.View(func(tx syncer.Reader) (err error) {
		events, err = tx.Events(1, func(store.Event) bool { return true })
		return err
	})
	w.equal("what changed of bob", events[0].Changed, []string{connectors.DisplayName.Word(), connectors.GivenName.Word()})
}
