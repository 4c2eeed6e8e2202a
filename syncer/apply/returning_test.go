package apply_test

import (
	"slices"
	"testing"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

// TestReturnDependsOnWhatGoesFirst: an account is brought back once the memberships are gone
// that no group gives any more, and is given others once it is back.
func TestReturnDependsOnWhatGoesFirst(t *testing.T) {
	for name, fails := range map[string]string{"nothing fails": "", "the removal fails": "team-Sales", "the reactivation fails": "account"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ann := b.writer.Invite(mail("ann"))
			b.writer.Edit(ann, func(a *plan.Account) { a.Active = false })
			sent := 0
			b.writer.Before = func(e applytest.Entry) error {
				sent++
				if (fails == "account" && e.Team == "") || (fails != "" && string(e.Team) == fails) {
					return class(connectors.Rejected)
				}
				return nil
			}
			leaves, joins := member(plan.RemoveMember, "ann", ann), member(plan.AddMember, "ann", ann)
			leaves.Reason.Cause = plan.Return
			joins.Team, joins.TeamName = "team-Legal", "Legal"
			b.mustRun(leaves, on(plan.Reactivate, "ann", ann), joins)
			back := b.outcome(plan.Reactivate, "ann").Result == apply.Done
			joined := b.outcome(plan.AddMember, "ann").Result == apply.Done
			want := map[string]int{"": 3, "team-Sales": 1, "account": 2}[fails]
			if back != (fails == "") || joined != (fails == "") || sent != want {
				t.Errorf("back: %t, joined: %t, %d requests, want %d", back, joined, sent, want)
			}
		})
	}
}

// TestRemovalBeforeReturnIsNoPartOfAnEdit: it is sent by itself, although the team gains others.
func TestRemovalBeforeReturnIsNoPartOfAnEdit(t *testing.T) {
	b := newBench(t)
	ann, bob := b.writer.Invite(mail("ann")), b.writer.Invite(mail("bob"))
	leaves := member(plan.RemoveMember, "ann", ann)
	leaves.Reason.Cause = plan.Return
	b.mustRun(leaves, on(plan.Reactivate, "ann", ann), member(plan.AddMember, "bob", bob))
	var verbs []string
	for _, e := range b.writer.Log() {
		verbs = append(verbs, e.Verb)
	}
	if !slices.Equal(verbs, []string{"edit-team", "update", "edit-team"}) {
		t.Errorf("requests: %v", verbs)
	}
}
