package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// cannotBeAsked makes the source one that is only read.
func cannotBeAsked(w *world) { w.in.Sources[0].Proves = false }

// feed says that the ledger has a group feed Engineering, which is not
// listed for so many hours.
func (w *world) feed(group string, hours int) *world {
	w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref(group), Team: "t1", Rule: "engineering => Engineering", Gone: now.Add(-time.Duration(hours) * time.Hour)})
	return w
}

// external says which person Writer says the account is.
func external(id string) func(*plan.Person) {
	return func(p *plan.Person) {
		remote(true, strings.ToUpper(p.Ref.ID))(p)
		p.Remote.ExternalID = id
	}
}

// TestEvidence holds what a removal, or the forgetting of what one would rest on,
// needs beyond the table in Diff's comment.
func TestEvidence(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"a group is missing from one export", func(w *world) {
			cannotBeAsked(w)
			w.feed("g-old", 0).live("ann").live("bob").member("g-eng", "ann").hadIn("t1", "ann", "bob")
		}, `
held first-sighting: groups that source corp does not list, and cannot look up: 1, corp/g-old among them. It waits for confirmation: by a full read after 2026-03-02 10:00 UTC that does not list them either.
  - remove bob@example.com from team Engineering  [is in no group that is left to feed the team; 1 of them no longer stated (gone: group corp/g-old)]`},
		{"a group is missing from two exports", func(w *world) {
			cannotBeAsked(w)
			w.in.Policy.Everyone = true
			w.feed("g-old", 1).live("ann").live("bob").member("g-eng", "ann").hadIn("t1", "ann", "bob")
		}, `
- remove bob@example.com from team Engineering  [is in no group that is left to feed the team; 1 of them no longer stated (gone: group corp/g-old)]`},
		{"a group is missing together with its people", func(w *world) {
			cannotBeAsked(w)
			w.feed("g-old", 0).live("ann").live("bob", absent(0)).member("g-eng", "ann").hadIn("t1", "ann", "bob")
		}, `
held first-sighting: users that source corp does not list, and cannot look up: 1, bob@example.com among them. It waits for confirmation: by a full read after 2026-03-02 10:00 UTC that does not list them either.
  - deactivate bob@example.com  [is no longer in corp]`},
		{"a group is missing and nobody is left", func(w *world) {
			w.feed("g-old", 0).live("ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
= unlink group corp/g-old from team Engineering  [the group is gone, and no member is left in the team because of it (gone: group corp/g-old)]`},
		{"a group is missing, nobody is left, and another one has its name", func(w *world) {
			w.in.Feeds = nil
			w.feed("g-old", 0)
		}, `
held group-recreated: group engineering (corp/g-eng) has the name of group corp/g-old, which fed team Engineering and is no longer stated; no membership of the team is removed meanwhile. If the new group takes the old one's place, approve this hold; if not, rename it.
  = link group corp/g-eng to team Engineering  [rule "engineering => Engineering" maps group engineering]`},
		{"a rule is gone, and somebody is left in the team", func(w *world) {
			w.in.Policy.Rules, w.in.Policy.Everyone = nil, true
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team]`},
		{"a rule is gone, and nobody is left in the team", func(w *world) {
			w.in.Policy.Rules = nil
		}, `
= unlink group corp/g-eng from team Engineering  [the group is no longer mapped to it, nor nested in a group that is]`},
		{"moved into a group whose team does not exist", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.group("g-sales", "sales").live("ann", outFor(2*time.Hour)).member("g-sales", "ann")
		}, `
in scope: corp/ann
warning team-missing: team "Sales" does not exist in Writer; group sales is mapped to it`},
		{"back in scope with a status that nobody understands", func(w *world) {
			w.live("ann", outFor(2*time.Hour), status(connectors.StatusUnknown)).member("g-eng", "ann").hadIn("t1", "ann")
		}, `
held status-unknown: the directory states neither that ann@example.com is active nor that they are disabled. Correct the status in the directory, or tell the source's configuration what it means.
  ~ update ann@example.com  [is in group engineering]
in scope: corp/ann`},

		{"disabled, and reactivated in Writer", func(w *world) {
			w.live("ann", status(connectors.StatusDisabled), standing(plan.Inactive), remote(true, "ANN"))
		}, `
- deactivate ann@example.com  [is disabled in corp, and was reactivated in Writer]`},
		{"absent, and reactivated in Writer", func(w *world) {
			w.live("ann", absent(2), standing(plan.Inactive), remote(true, "ANN"))
		}, `
held reactivated-in-writer: the account of ann@example.com, who is not in the directory, was reactivated in Writer, and not by us. Approve to deactivate it again.
  - deactivate ann@example.com  [is not in corp, and was reactivated in Writer]`},
		{"hired again, and the account was made anew in Writer", func(w *world) {
			w.live("ann", standing(plan.Deleted)).member("g-eng", "ann")
			w.in.Accounts = []plan.Account{{ID: "new", UserName: mailOf("ann"), Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "ANN"}}}
		}, `
= link ann@example.com to account new  [has the e-mail of this account]
+ add ann@example.com to team Engineering  [is in group engineering]`},

		{"the account names another person", func(w *world) {
			w.live("ann", external("zoe")).live("bob", external("zoe"), status(connectors.StatusDisabled)).member("g-eng", "ann").hadIn("t1", "ann", "bob")
		}, `
held foreign-account: account a-ann in Writer is not the one that was linked to ann@example.com. If writer.url names another organization now, give it a state file of its own; else correct the account in Writer.
  ~ update ann@example.com
held foreign-account: account a-bob in Writer is not the one that was linked to bob@example.com. If writer.url names another organization now, give it a state file of its own; else correct the account in Writer.
  ~ update bob@example.com`},
		{"another organization, and its account has another e-mail", func(w *world) {
			w.in.Moved = true
			w.live("ann", remote(true, "ANN"), func(p *plan.Person) { p.Remote.UserName = "zoe@example.com" }).live("bob", remote(true, "BOB"))
			w.member("g-eng", "ann", "bob").hadIn("t1", "ann", "bob")
		}, `
held foreign-account: account a-ann in Writer is not the one that was linked to ann@example.com. If writer.url names another organization now, give it a state file of its own; else correct the account in Writer.
  ~ update ann@example.com`},

		{"gone and deactivated, and a newcomer has the e-mail", func(w *world) {
			w.live("ann", standing(plan.Inactive), absent(3)).stated("ann2", email(mailOf("ann"))).member("g-eng", "ann2").dormantIn("t1", "ann")
		}, `
held new-id: corp/ann is gone from the directory, and corp/ann2 has that e-mail. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address.
  = give account a-ann of corp/ann to ann@example.com  [has the e-mail of this account, whose person is gone]`},
		{"gone, and a newcomer has the e-mail", func(w *world) {
			w.live("ann", absent(3)).stated("ann2", email(mailOf("ann"))).live("cid", absent(3)).stated("cid2", email(mailOf("cid")))
			w.member("g-eng", "ann2", "cid2").hadIn("t1", "ann", "cid")
		}, `
held new-id: 2 people of source corp are gone, and newcomers have their e-mails. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address.
  = give account a-ann of corp/ann to ann@example.com  [has the e-mail of this account, whose person is gone]
  = give account a-cid of corp/cid to cid@example.com  [has the e-mail of this account, whose person is gone]`},
		{"gone, and two newcomers have the e-mail", func(w *world) {
			w.live("ann", absent(3)).stated("ann2", email(mailOf("ann"))).stated("ann3", email(mailOf("ann"))).hadIn("t1", "ann")
		}, `
held new-id: corp/ann is gone from the directory, and several newcomers have that e-mail: corp/ann2, corp/ann3. Give each of them an e-mail of their own in the directory. Then it is asked whether the one who keeps it is the same person.
  - deactivate ann@example.com  [is no longer in corp]`},
		{"gone, and a newcomer of another source has the e-mail", func(w *world) {
			w.in.Sources = append(w.in.Sources, plan.Source{Name: "hr", Read: plan.InFull})
			w.live("ann", absent(3)).hadIn("t1", "ann")
			w.in.People = append(w.in.People, plan.Person{Ref: connectors.Ref{Source: "hr", ID: "1"}, User: userOf("ann")})
		}, `
held new-id: corp/ann is gone from the directory, and hr/1 has that e-mail. If it is the same person with a new ID, approve: the account becomes theirs. If it is another person, give the newcomer another address.
  = give account a-ann of corp/ann to ann@example.com  [has the e-mail of this account, whose person is gone]`},
	}
	wantPlans(t, tests)
}

// TestNewIDApproved gives the account to the newcomer and takes nothing.
func TestNewIDApproved(t *testing.T) {
	w := newWorld(t)
	w.live("ann", absent(3)).stated("ann2", email(mailOf("ann"))).member("g-eng", "ann2").hadIn("t1", "ann")
	in := w.input()
	p, _ := plan.Diff(in)
	in.Approved = map[plan.Hash]bool{p.Held[0].Ops[0].Hash(): true}
	const want = "= give account a-ann of corp/ann to ann@example.com  [has the e-mail of this account, whose person is gone]"
	if diff := cmp.Diff(want, render(in)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// chained builds n people who each take the e-mail of the next; the last one takes a
// free address, or that of the one at back.
func chained(t testing.TB, n, back int) plan.Input {
	t.Helper()
	in := plan.Input{
		Policy: plan.Policy{Everyone: true}, Now: now,
		Sources: []plan.Source{{Name: "corp", Proves: true}},
	}
	id := func(i int) string { return fmt.Sprintf("p%05d", i) }
	for i := range n {
		next := i + 1
		if next == n && back >= 0 {
			next = back
		}
		u := userOf(id(i))
		u.Email = mailOf(id(next))
		in.People = append(in.People, plan.Person{
			Ref: ref(id(i)), Account: plan.RemoteID("a-" + id(i)), Standing: plan.Live, User: u,
			Link: &plan.Link{Standing: plan.Live, Applied: map[connectors.Attribute]string{plan.UserName: mailOf(id(i)), connectors.DisplayName: strings.ToUpper(id(i))}},
		})
	}
	return in
}

// TestChains orders a chain from its free end, holds a circle, and blocks a chain
// whose end is held.
func TestChains(t *testing.T) {
	p, _ := plan.Diff(chained(t, 50, -1))
	checkOrder(t, p)
	if len(p.Ops) != 50 || p.Ops[0].Person.ID != "p00049" || p.Ops[49].Person.ID != "p00000" || len(p.Held) > 0 {
		t.Errorf("a chain: %d ops, %d held", len(p.Ops), len(p.Held))
	}
	for back, want := range map[int]map[plan.Why]int{
		0:  {plan.WhyEmailCycle: 50},
		40: {plan.WhyDuplicateEmail: 2, plan.WhyEmailBlocked: 48}, // two people want what the 40th has
	} {
		whys := map[plan.Why]int{}
		p, _ = plan.Diff(chained(t, 50, back))
		for _, h := range p.Held {
			whys[h.Why]++
		}
		if diff := cmp.Diff(want, whys); diff != "" || len(p.Ops) > 0 {
			t.Errorf("back to %d, %d ops (-want +got):\n%s", back, len(p.Ops), diff)
		}
	}
}

// TestChainAfterAFailure: an update that is not due frees no address, and the chain waits;
// one that failed in the future is due.
func TestChainAfterAFailure(t *testing.T) {
	for last, want := range map[time.Duration]int{-time.Second: 0, 2 * 365 * 24 * time.Hour: 50} {
		in := chained(t, 50, -1)
		key := plan.Op{Kind: plan.UpdateUser, Person: ref("p00049")}.Key()
		in.Retries = []plan.Retry{{Key: key, Attempts: 1, Last: now.Add(last), Class: connectors.Transient}}
		if p, _ := plan.Diff(in); len(p.Ops) != want {
			t.Errorf("failed %s from now: %d ops, want %d; %d held", last, len(p.Ops), want, len(p.Held))
		}
	}
}

// BenchmarkChain shows that a chain costs as much as it is long: compare the time per
// person of the two.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1_000, 16_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := chained(b, n, -1)
			for b.Loop() {
				plan.Diff(in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/person")
		})
	}
}

// TestSaidTwice: a source that cannot look up an object confirms that it is gone by a newer
// version of the file that lists such objects, and not by one of the other file.
func TestSaidTwice(t *testing.T) {
	for _, tt := range []struct {
		name          string
		users, groups time.Duration // since when the files are in the version that was read
		person, group bool          // the removal goes
	}{
		{"no newer file", 5 * time.Hour, 5 * time.Hour, false, false},
		{"newer users", time.Minute, 5 * time.Hour, true, false},
		{"newer groups", 5 * time.Hour, time.Minute, false, true},
		{"both are newer", time.Minute, time.Minute, true, true},
	} {
		for _, group := range []bool{false, true} {
			w, goes := newWorld(t), tt.person
			cannotBeAsked(w)
			w.in.Sources[0].Files = [2]time.Time{now.Add(-tt.users), now.Add(-tt.groups)}
			w.live("ann").hadIn("t1", "ann", "bob")
			if group {
				w.in.Policy.Everyone, goes = true, tt.group
				w.feed("g-old", 2).live("bob").member("g-eng", "ann")
			} else {
				w.live("bob", absent(2)).member("g-eng", "ann", "bob")
			}
			if p, _ := plan.Diff(w.input()); (len(p.Ops) == 1) != goes || (len(p.Held) == 1) == goes {
				t.Errorf("%s, of a group %t: goes %t, want %t\n%s", tt.name, group, !goes, goes, p)
			}
		}
	}
}

// TestAwaitedTogether: what waits for one source is one hold, which says until when the first
// of it waits.
func TestAwaitedTogether(t *testing.T) {
	w := newWorld(t)
	cannotBeAsked(w)
	w.in.Sources[0].Files = [2]time.Time{now.Add(-50 * time.Hour), now.Add(-50 * time.Hour)}
	w.live("ann").live("bob", absent(2)).live("cid", absent(4)).live("dan", absent(3)).hadIn("t1", "ann", "bob", "cid", "dan").member("g-eng", "ann", "bob", "cid", "dan")
	p, _ := plan.Diff(w.input())
	if len(p.Held) != 1 || len(p.Held[0].Ops) != 3 || p.Held[0].Exit != plan.Wait || !strings.Contains(p.Held[0].Text, ": 3, bob@example.com among them") || !strings.Contains(p.Held[0].WayOut, "after 2026-03-03 05:00 UTC") {
		t.Errorf("%s", p)
	}
}

// TestSourceRenamed: users of a source that is not configured any more may be those of another one.
// They are one question, which names the source that is gone.
func TestSourceRenamed(t *testing.T) {
	w := newWorld(t)
	old := func(p *plan.Person) {
		p.Ref.Source, p.Link.Person.Source = "old", "old"
	}
	w.live("ann", old).live("bob", old).stated("ann2", email(mailOf("ann"))).stated("bob2", email(mailOf("bob"))).member("g-eng", "ann2", "bob2")
	p, _ := plan.Diff(w.input())
	if len(p.Ops) > 0 || len(p.Held) != 1 || len(p.Held[0].Ops) != 2 || !strings.Contains(p.Held[0].Text, "2 people of source old") {
		t.Errorf("want one question:\n%s", p)
	}
	named := plan.Account{ID: "a-cid", UserName: mailOf("cid"), Active: true, ExternalID: plan.ExternalIDOf(ref("cid2"))}
	w = newWorld(t).live("cid", old, func(p *plan.Person) { p.Remote = &named }).
		stated("cid2", email("new@example.com"), status(connectors.StatusDisabled)).member("g-eng", "cid2")
	p, _ = plan.Diff(w.input())
	if len(p.Held) != 1 || p.Held[0].Why != plan.WhyNewID || p.Held[0].Ops[0].Kind != plan.MoveLink {
		t.Errorf("an account that names its user, want one question:\n%s", p)
	}
}

// TestTwoHeirs: the account of a user who is gone has one address in the ledger and another one in
// Writer, and each is the address of a newcomer. One is asked about as the same person, and the
// other one waits for the address. No newcomer is left out in silence.
func TestTwoHeirs(t *testing.T) {
	w := newWorld(t).live("ann", absent(1), func(p *plan.Person) {
		p.Remote = &plan.Account{ID: p.Account, UserName: mailOf("amy"), Active: true}
	}).stated("bea", email(mailOf("ann"))).stated("cleo", email(mailOf("amy"))).member("g-eng", "bea", "cleo").hadIn("t1", "ann")
	p, _ := plan.Diff(w.input())
	held := map[string]plan.Why{}
	for _, h := range p.Held {
		held[h.Ops[0].Person.ID] = h.Why
	}
	if len(p.Ops) > 0 || held["bea"] != plan.WhyNewID || held["cleo"] != plan.WhyRecycledEmail {
		t.Errorf("plan:\n%s", p)
	}
}

// TestInactiveAccountOfANewcomer: whose e-mail an inactive account has matters once the newcomer is
// to have an account, and not before.
func TestInactiveAccountOfANewcomer(t *testing.T) {
	w := newWorld(t).live("ann", absent(1), standing(plan.Inactive)).stated("ann2", email(mailOf("ann")))
	if p, _ := plan.Diff(w.input()); len(p.Ops)+len(p.Held) > 0 {
		t.Errorf("out of scope:\n%s", p)
	}
	w.member("g-eng", "ann2")
	if p, _ := plan.Diff(w.input()); len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyNewID {
		t.Errorf("in scope:\n%s", p)
	}
}
