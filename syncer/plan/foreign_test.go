package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestListedIsManaged: a user that a group of the team lists is no unmanaged member of an
// exclusive team, whatever becomes of the record; and none is taken out of a team whose groups
// cannot be seen. In each case the account vip@example.com was put there in Writer, beside ann.
func TestListedIsManaged(t *testing.T) {
	const removed = `- remove vip@example.com from team Engineering`
	fault := func(p *plan.Person) { p.User.Fault = "has more than 100 names" }
	mail := func(s string) func(*plan.Person) { return func(p *plan.Person) { p.User.Email = s } }
	unknown := func(p *plan.Person) { p.User.Status = connectors.StatusUnknown }
	tests := []struct {
		name  string
		world func(*world)
		want  string // in what is planned; "" for no removal
		note  string // in a warning; "" for none about members
	}{
		{"not listed", func(*world) {}, removed, ""},
		{"listed elsewhere", func(w *world) { w.stated("vip").group("g-ops", "ops").member("g-ops", "vip") }, removed, ""},
		{"two records have the e-mail", func(w *world) { w.stated("vip").stated("v2", mail("VIP@example.com")).member("g-eng", "vip", "v2") }, "", ""},
		{"the second of them is listed", func(w *world) { w.stated("vip").stated("v2", mail("VIP@example.com")).member("g-eng", "v2") }, "", ""},
		{"the record cannot be used", func(w *world) { w.stated("vip", fault).member("g-eng", "vip") }, "", ""},
		{"the status is unknown", func(w *world) { w.stated("vip", unknown).member("g-eng", "vip") }, "", ""},
		{"is disabled", func(w *world) { w.stated("vip", status(connectors.StatusDisabled)).member("g-eng", "vip") }, "", ""},
		{"is left out by a group", func(w *world) {
			w.in.Policy.ExcludeGroups = []string{"out"}
			w.stated("vip").group("g-out", "out").member("g-eng", "vip").member("g-out", "vip")
		}, "", ""},
		{"through a nested group", func(w *world) {
			w.stated("vip", fault).group("g-in", "inner").nest("g-eng", "g-in").member("g-in", "vip")
		}, "", ""},
		{"has the account of another user", func(w *world) {
			w.in.Accounts = nil
			w.live("own", mail("own@example.com")).stated("v2", mail("own@example.com")).member("g-eng", "v2").reads("a-ann", "a-own")
			w.in.Policy.Everyone = true
		}, "", ""},
		{"has an e-mail that cannot be used", func(w *world) { w.stated("v2", unusable(connectors.Email)).member("g-eng", "v2") }, "", "user corp/v2 of a group has no usable e-mail"},
		{"has no e-mail", func(w *world) { w.stated("v2", mail("")).member("g-eng", "v2") }, "", "user corp/v2 of a group has no usable e-mail"},
		{"an account, and an e-mail that cannot be used", func(w *world) { w.live("bob", unusable(connectors.Email)).member("g-eng", "bob").hadIn("t1", "bob") }, removed, ""},

		{"the group is missing", func(w *world) {
			w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-gone"), Team: "t1", Rule: "engineering => Engineering", Gone: now})
		}, "", "group corp/g-gone is missing"},
		{"a group is empty that was not", func(w *world) {
			w.group("g-2", "engineering").live("bob").member("g-2", "bob").hadIn("t1", "bob")
			w.in.Groups[1].Emptied = true
		}, "", "the list of group engineering is empty"},
		{"no group has a member", func(w *world) { w.members["g-eng"], w.had["t1"] = nil, nil }, "", "no group lists any member of it"},
		{"the source was not read", failedRead, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t).live("ann").member("g-eng", "ann").hadIn("t1", "ann").account("vip").reads("a-ann", "vip")
			w.in.Policy.Rules[0].Exclusive = true
			tt.world(w)
			p, warnings := diff(w.input())
			var removals, notes []string
			for _, op := range p.Ops {
				if op.Kind == plan.RemoveMember {
					removals = append(removals, op.String())
				}
			}
			for _, n := range warnings {
				if n.Code == "foreign-member" {
					notes = append(notes, n.Text)
				}
			}
			if len(removals) > 1 || (tt.want != "") != (len(removals) == 1) || !strings.Contains(strings.Join(removals, ""), tt.want) {
				t.Errorf("removals %q, want %q", removals, tt.want)
			}
			if (tt.note != "") != (len(notes) == 1) || !strings.Contains(strings.Join(notes, ""), tt.note) {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
		})
	}
}

// TestAccountWithoutAddress: an account of which no listing shows the address may be that of
// any user who is listed and has none.
func TestAccountWithoutAddress(t *testing.T) {
	w := newWorld(t).live("ann").stated("bob", func(p *plan.Person) { p.User.Fault = "has more than 100 names" })
	w.member("g-eng", "ann", "bob").hadIn("t1", "ann").reads("a-ann", "ghost")
	w.in.Policy.Rules[0].Exclusive = true
	const want = `held unusable-record: the record of bob@example.com cannot be used: has more than 100 names. Correct the person's record in the directory.
  + create bob@example.com  [is in group engineering]`
	if diff := cmp.Diff(want, render(w.input())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
