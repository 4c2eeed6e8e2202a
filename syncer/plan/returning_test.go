package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestReturning holds how the memberships of an inactive account are judged when its person is
// back: what the directory shows is done at once, and what is not visible waits.
func TestReturning(t *testing.T) {
	back := func(w *world) {
		w.in.Policy.Everyone = true
		w.live("ann", standing(plan.Inactive)).dormantIn("t1", "ann").live("bob")
	}
	const reactivate = "\n+ reactivate ann@example.com  [is in the directory, and everyone is in scope]"
	tests := []struct {
		name string
		edit func(*world)
		want string
	}{
		{"the group is listed without the member", func(w *world) { back(w); w.member("g-eng", "bob").hadIn("t1", "bob") }, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team]` + reactivate},
		{"the group is not listed", func(w *world) {
			back(w)
			w.in.Groups = nil
		}, `
- remove ann@example.com from team Engineering  [is in no group that is left to feed the team; 1 of them no longer stated (gone: group corp/g-eng)]
+ reactivate ann@example.com  [is in the directory, and everyone is in scope]`},
		{"the group is not mapped any more", func(w *world) {
			back(w)
			w.in.Policy.Rules = nil
		}, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team]` + reactivate},
		{"the list is empty", func(w *world) {
			back(w)
			w.member("g-eng", "ann")
			w.in.Groups[0].Emptied, w.in.Groups[0].Dangling = true, []uint32{0}
		}, reactivate + `
held not-visible: the list of group engineering (corp/g-eng) named members and is empty now: memberships and accounts stay. Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering is empty]`},
		{"the list of a nested group is empty", func(w *world) {
			back(w)
			w.group("g-old", "old").nest("g-eng", "g-old").member("g-old", "ann").member("g-eng", "bob").hadIn("t1", "bob")
			w.in.Groups[1].Emptied, w.in.Groups[1].Dangling = true, []uint32{0}
		}, `
= link group corp/g-old to team Engineering  [group old is nested in a group that feeds it]
+ reactivate ann@example.com  [is in the directory, and everyone is in scope]
held not-visible: the list of group old (corp/g-old) named members and is empty now: memberships and accounts stay. Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group old is empty]`},
		{"references of the list name no user any more", func(w *world) {
			back(w)
			w.member("g-eng", "ann", "bob").hadIn("t1", "bob")
			w.in.Groups[0].Dangling, w.in.Groups[0].Unresolved = []uint32{0}, 1
		}, reactivate + `
held not-visible: the list of group engineering (corp/g-eng) does not show that users who are back are still members. Correct the list in the directory: it may name them, or a group of theirs, by an old name or ID, or lack its nested groups. Or approve, if they are not members any more.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering does not show that the user is]
warning unresolved-members: group engineering (corp/g-eng): members that its list does not name any more, while it has 1 references that name no user: 1; they stay members; correct the list in the directory: it may name them by an old name or ID`},
		{"the list does not name a nested group any more", func(w *world) {
			back(w)
			w.group("g-old", "old").nest("g-eng", "g-old").member("g-old", "ann").member("g-eng", "bob").hadIn("t1", "bob").within("g-old")
			w.in.Groups[0].Unseen, w.in.Groups[0].Replaced, w.in.Groups[0].Unresolved = []uint32{1}, true, 1
		}, reactivate + `
held not-visible: the list of group engineering (corp/g-eng) does not show that users who are back are still members. Correct the list in the directory: it may name them, or a group of theirs, by an old name or ID, or lack its nested groups. Or approve, if they are not members any more.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering does not show that the user is]
warning unresolved-members: group engineering (corp/g-eng): its list does not name a nested group any more, while it has 1 references that name no user or group; it stays nested, and users who join it gain and lose nothing by it; correct the list in the directory: it may name the group by an old name or ID`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.edit(w)
			if got := strings.TrimSpace(render(w.input())); got != strings.TrimSpace(test.want) {
				t.Errorf("plan:\n%s\nwant:\n%s", got, strings.TrimSpace(test.want))
			}
		})
	}
}

// within says that a group feeds Engineering as it is nested in one that does.
func (w *world) within(group string) *world {
	w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref(group), Team: "t1"})
	return w
}

// TestUnseenNestedGroup holds what comes of a nested group that a list does not name any more: who
// was in it before keeps what they have, and who comes into it is given nothing, and loses nothing.
func TestUnseenNestedGroup(t *testing.T) {
	const note = "\nwarning unresolved-members: group engineering (corp/g-eng): the source does not state any more which groups are nested in it; those that it stated stay nested, and users who join those gain and lose nothing by it; let the source state them again"
	keepsOut := strings.NewReplacer("corp/g-eng", "corp/g-out", "engineering", "kept-out").Replace(note)
	unseen := func(g *plan.Group, nested uint32) {
		g.Unseen, g.Replaced, g.NestedUnstated = []uint32{nested}, true, true
	}
	wantPlans(t, []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"feeds a team", func(w *world) {
			w.live("ann").live("bob").stated("cid").member("g-eng", "ann").hadIn("t1", "ann", "bob").within("g-old")
			w.group("g-old", "old").nest("g-eng", "g-old").member("g-old", "bob", "cid")
			unseen(&w.in.Groups[0], 1)
		}, note[1:]},
		{"by another way too", func(w *world) {
			w.stated("ann").group("g-old", "old").nest("g-eng", "g-old").member("g-old", "ann").within("g-old")
			w.group("g-two", "two").nest("g-eng", "g-two").nest("g-two", "g-old").within("g-two")
			unseen(&w.in.Groups[0], 1)
		}, `
+ create ann@example.com: displayName "ANN"  [is in group old]
+ add ann@example.com to team Engineering  [is in group old]` + note},
		{"keeps users out", func(w *world) {
			w.in.Policy.ExcludeGroups = []string{"kept-out"}
			w.live("ann").live("bob").stated("cid").member("g-eng", "ann", "bob", "cid").hadIn("t1", "ann", "bob")
			w.group("g-out", "kept-out").group("g-sub", "sub").nest("g-out", "g-sub").member("g-sub", "bob", "cid")
			unseen(&w.in.Groups[1], 2)
		}, keepsOut[1:]},
	})
}

// TestHiddenClaims holds what is looked up before a member leaves that a list does not name: the
// user's own entry, unless a nested group may give the team, and each group that is not listed.
func TestHiddenClaims(t *testing.T) {
	emptied := func(w *world) {
		w.live("ann").member("g-eng", "ann").hadIn("t1", "ann")
		w.in.Policy.Everyone = true
		w.in.Groups[0].Emptied, w.in.Groups[0].Dangling = true, []uint32{0}
	}
	tests := []struct {
		name string
		edit func(*world)
		want string
	}{
		{"a list that is empty", emptied, "[membership of corp/ann in group g-eng]"},
		{"a nested group has the member too", func(w *world) {
			emptied(w)
			w.group("g-old", "old").nest("g-eng", "g-old").member("g-old", "ann").within("g-old")
			w.in.Groups[0].Unseen = []uint32{1}
		}, "[]"},
		{"another group is not listed", func(w *world) { emptied(w); w.feed("g-gone", 0) }, "[membership of corp/ann in group g-eng group corp/g-gone]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.edit(w)
			p, _ := plan.Diff(w.input())
			if len(p.Held) != 1 || len(p.Held[0].Ops) != 1 || fmt.Sprint(p.Held[0].Ops[0].Reason.Claims) != tt.want {
				t.Errorf("want one op held, with the claims %s:\n%s", tt.want, p)
			}
		})
	}
}

// TestOpNames: what is gone has the address of the op, but where an op asks about IDs.
func TestOpNames(t *testing.T) {
	claim := plan.Claim{Kind: connectors.UserObject, Ref: ref("old")}
	for from, want := range map[connectors.Ref]string{{}: "user ann@example.com", ref("old"): "user corp/old"} {
		if got := (plan.Op{Kind: plan.MoveLink, Person: ref("ann"), From: from, Login: "ann@example.com"}).Names(claim); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
