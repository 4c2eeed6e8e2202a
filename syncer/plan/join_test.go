package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

func hr(id string) connectors.Ref { return connectors.Ref{Source: "hr", ID: id} }

// inHR states somebody in a second source, with the e-mail of a person of the first.
func (w *world) inHR(id, like string, edits ...func(*plan.Person)) *world {
	u := userOf(like)
	u.ID, u.Attributes = id, map[connectors.Attribute]string{connectors.Title: "Clerk", connectors.DisplayName: "Named by HR"}
	return w.person(plan.Person{Ref: hr(id), User: u}, edits)
}

// joinedAs says that the ledger holds hr/id to be somebody of the first source.
func (w *world) joinedAs(id, person string) *world {
	if w.in.Joins == nil {
		w.in.Joins = map[connectors.Ref]connectors.Ref{}
	}
	w.in.Joins[hr(id)] = ref(person)
	return w
}

// withHR adds a second source, whose word counts less, which cannot be asked about
// single people, and joins by e-mail.
func withHR(w *world) {
	w.in.Policy.Join = plan.Join{By: plan.UserName, Precedence: []string{"corp", "hr"}}
	w.in.Sources = append(w.in.Sources, plan.Source{Name: "hr", Read: plan.InFull, At: now})
}

// accountOfTheirOwn links somebody of the second source.
func accountOfTheirOwn(p *plan.Person) {
	p.Standing, p.Account = plan.Live, "a-1"
	p.Link = &plan.Link{Person: p.Ref, Account: "a-1", Standing: plan.Live, Applied: map[connectors.Attribute]string{plan.UserName: "other@example.com"}}
}

// hrFeeds lets a group of the second source feed Engineering.
func hrFeeds(w *world) {
	w.in.Groups = append(w.in.Groups, plan.Group{Ref: hr("g-hr"), Name: "engineering"})
	w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: hr("g-hr"), Team: "t1", Rule: "engineering => Engineering"})
}

func failedHR(w *world) { w.in.Sources[1].Read = plan.NotRead }

// TestJoins holds how people of two sources are one: ann (corp/ann) is hr/1.
func TestJoins(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"two newcomers", func(w *world) {
			w.stated("ann").inHR("1", "ann").member("g-eng", "ann")
		}, `
= join ann@example.com (hr/1) with corp/ann  [has the same e-mail]
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"a newcomer who has an account by another source", func(w *world) {
			w.live("ann").inHR("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
= join ann@example.com (hr/1) with corp/ann  [has the same e-mail]
~ update ann@example.com: title "Clerk"  [changed in corp]`},
		{"two of one source are nobody's", func(w *world) {
			w.stated("ann").inHR("1", "ann").inHR("2", "ann").member("g-eng", "ann")
		}, `
held duplicate-email: corp/ann states the same e-mail as hr/1, hr/2. Give each of them an e-mail of their own in the directory.
  + create ann@example.com: displayName "ANN"  [is in group engineering]
warning joined-nobody: corp/ann, hr/1, hr/2 have the same e-mail, and one source would state that person twice: nobody can tell who is whom, and so none is joined`},
		{"two with an account each", func(w *world) {
			w.live("ann").inHR("1", "ann", accountOfTheirOwn)
			w.in.Policy.Everyone = true
		}, `
~ update ann@example.com: displayName "Named by HR", title "Clerk"  [changed in hr]
held duplicate-email: hr/1 states the same e-mail as corp/ann. Give each of them an e-mail of their own in the directory.
  ~ update ann@example.com: userName "other@example.com" to "ann@example.com"  [changed in hr]
warning joined-twice: corp/ann and hr/1 seem to be one person and have an account each: remove one of the accounts in Writer`},
		{"groups of both", func(w *world) {
			hrFeeds(w)
			w.live("ann").inHR("1", "ann").joinedAs("1", "ann").member("g-hr", "1").hadIn("t1", "ann")
		}, `
~ update ann@example.com: title "Clerk"  [changed in corp]`},

		{"gone from one", func(w *world) {
			w.live("ann", absent(2)).inHR("1", "ann").joinedAs("1", "ann").hadIn("t1", "ann")
			w.in.Policy.Everyone = true
		}, `
~ update ann@example.com: displayName "ANN" to "Named by HR", title "Clerk"  [changed in corp]
- remove ann@example.com from team Engineering  [is in no group that feeds the team, and is no longer in corp]`},
		{"gone from both, once from the one that cannot be asked", func(w *world) {
			w.live("ann", absent(2)).inHR("1", "ann", absent(0)).joinedAs("1", "ann").hadIn("t1", "ann")
		}, `
held first-sighting: users that source hr does not list, and cannot look up: 1, ann@example.com among them. It waits for confirmation: by a full read after 2026-03-02 10:00 UTC that does not list them either.
  - deactivate ann@example.com  [is no longer in corp nor in hr]`},
		{"gone from both, twice", func(w *world) {
			w.live("ann", absent(2)).inHR("1", "ann", absent(1)).joinedAs("1", "ann").hadIn("t1", "ann")
		}, `
- deactivate ann@example.com  [is no longer in corp nor in hr]`},
		{"gone from both, and one was not read", func(w *world) {
			failedHR(w)
			w.live("ann", absent(2)).inHR("1", "ann", absent(1)).joinedAs("1", "ann").hadIn("t1", "ann")
		}, `
held unread: waits for a read of hr. 
  - deactivate ann@example.com  [is no longer in corp nor in hr]`},
		{"gone from one, and the other was not read", func(w *world) {
			failedHR(w)
			w.live("ann", absent(2)).inHR("1", "ann").joinedAs("1", "ann").hadIn("t1", "ann")
			w.in.Policy.Everyone = true
		}, `
~ update ann@example.com: displayName "ANN" to "Named by HR", title "Clerk"  [changed in corp]
held unread: waits for a read of hr. 
  - remove ann@example.com from team Engineering  [is in no group that feeds the team, and is no longer in corp]`},
		{"gone from one, once, which cannot be asked", func(w *world) {
			w.live("ann", titled("Clerk")).inHR("1", "ann", absent(0)).joinedAs("1", "ann").hadIn("t1", "ann")
			w.in.Policy.Everyone = true
		}, `
~ update ann@example.com: displayName "ANN"  [changed in corp]
held first-sighting: users that source hr does not list, and cannot look up: 1, ann@example.com among them. It waits for confirmation: by a full read after 2026-03-02 10:00 UTC that does not list them either.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team, and is no longer in hr]`},
		{"gone from one, and out of scope", func(w *world) {
			w.live("ann", titled("Clerk"), outFor(time.Hour)).inHR("1", "ann", absent(1)).joinedAs("1", "ann")
		}, `
- deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC, and is no longer in hr]`},
		{"out of scope", func(w *world) {
			hrFeeds(w)
			w.live("ann", titled("Clerk"), outFor(time.Hour)).inHR("1", "ann").joinedAs("1", "ann")
		}, `
- deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]`},
		{"out of scope, and one source was not read", func(w *world) {
			failedHR(w)
			w.live("ann", titled("Clerk"), outFor(time.Hour)).inHR("1", "ann").joinedAs("1", "ann")
		}, `
held unread: waits for a read of hr. 
  - deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]`},
		{"first seen out of scope, and one source was not read", func(w *world) {
			failedHR(w)
			w.live("ann", titled("Clerk")).inHR("1", "ann").joinedAs("1", "ann")
		}, ``},
		{"the one who is joined has the account", func(w *world) {
			w.stated("ann").inHR("1", "ann", accountOfTheirOwn).joinedAs("1", "ann").member("g-eng", "ann")
		}, `
= join ann@example.com (corp/ann) with hr/1  [has the same e-mail]
~ update ann@example.com: displayName "ANN", title "Clerk", userName "other@example.com" to "ann@example.com"  [changed in hr]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"a newcomer with the address of a leaver", func(w *world) {
			w.live("ann", standing(plan.Inactive), status(connectors.StatusDisabled)).inHR("1", "ann")
			w.in.Policy.Everyone = true
		}, `
held new-id: hr/1 has the e-mail of corp/ann, who left. If they are one person, approve; if not, correct what they have in common in one of the directories.
  = join ann@example.com (hr/1) with corp/ann  [has the same e-mail as somebody who left]`},
		{"a new record in the place of one that is gone", func(w *world) {
			w.live("ann", titled("Clerk")).inHR("1", "ann", absent(0)).inHR("2", "ann").joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
held new-id: hr/2 has the e-mail of corp/ann, whose record hr/1 is gone. If they are one person, approve; if not, correct what they have in common in one of the directories.
  = join ann@example.com (hr/2) with corp/ann  [has the same e-mail as somebody whose record is gone (gone: user hr/1)]`},
		{"a second record of one source, while the first is stated", func(w *world) {
			w.live("ann", titled("Clerk")).inHR("1", "bob").inHR("2", "ann").joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
~ update ann@example.com: displayName "ANN"  [changed in corp]
warning joined-nobody: corp/ann, hr/2 have the same e-mail, and one source would state that person twice: nobody can tell who is whom, and so none is joined`},
		{"disabled in one, active in the other, and the account is not live", func(w *world) {
			w.live("ann", standing(plan.Inactive), status(connectors.StatusDisabled)).inHR("1", "ann").joinedAs("1", "ann")
			w.in.Policy.Everyone = true
		}, `
held sources-disagree: ann@example.com is disabled in corp and active in hr. Approve if they are back; else correct the directory.
  + reactivate ann@example.com: title "Clerk"  [is in the directory, and everyone is in scope]`},
		{"active again in the one that states the person", func(w *world) {
			w.live("ann", standing(plan.Inactive), absent(2)).inHR("1", "ann").joinedAs("1", "ann")
			w.in.Policy.Everyone = true
		}, `
held sources-disagree: ann@example.com has no live account, is no longer in corp, and is active elsewhere. Approve if they are back; else correct the directory.
  + reactivate ann@example.com: displayName "ANN" to "Named by HR", title "Clerk"  [is in the directory, and everyone is in scope]`},
		{"the manager whom the other source names by its own ID", func(w *world) {
			w.live("ann", titled("Clerk")).inHR("1", "ann", manager("2")).joinedAs("1", "ann")
			w.live("bob").inHR("2", "bob").joinedAs("2", "bob").live("2")
			w.in.Policy.Everyone = true
		}, `
~ update ann@example.com: displayName "ANN", manager "a-bob"  [changed in corp]
~ update bob@example.com: title "Clerk"  [changed in corp]`},
		{"disabled in the one that is still configured", func(w *world) {
			w.live("ann", status(connectors.StatusDisabled)).joinedAs("1", "ann").person(plan.Person{Ref: hr("1")}, nil)
			w.in.Sources = w.in.Sources[:1]
		}, `
held unread: waits for a read of hr. 
  - deactivate ann@example.com  [is disabled in corp, and is no longer in hr]
warning source-not-configured: 1 people of source hr keep their accounts: the source is no longer configured`},
		{"another e-mail, since the record that counts more is gone", func(w *world) {
			w.live("ann", absent(0)).inHR("1", "ann2").joinedAs("1", "ann")
			w.in.Policy.Everyone = true
		}, `
~ update ann2@example.com: displayName "ANN" to "Named by HR", title "Clerk"  [changed in corp]
held sources-disagree: ann@example.com is no longer in corp, and has another e-mail in hr. Approve if the address is theirs now; else correct the directory.
  ~ update ann2@example.com: userName "ann@example.com" to "ann2@example.com"  [changed in corp]`},
		{"another e-mail, and the record that counts less is gone", func(w *world) {
			w.live("ann", titled("Clerk"), email("new@example.com")).inHR("1", "ann", absent(0)).joinedAs("1", "ann")
			w.in.Policy.Everyone = true
		}, `
~ update new@example.com: displayName "ANN", userName "ann@example.com" to "new@example.com"  [changed in corp]`},
		{"disabled in both", func(w *world) {
			w.live("ann", status(connectors.StatusDisabled)).inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann")
		}, `
- deactivate ann@example.com  [is disabled in corp]`},
		{"disabled in one and gone from the other", func(w *world) {
			w.live("ann", absent(0)).inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann")
		}, `
- deactivate ann@example.com  [is disabled in hr, and is no longer in corp]`},
		{"disabled in one and active in the other", func(w *world) {
			w.live("ann", titled("Clerk")).inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
~ update ann@example.com: displayName "ANN"  [changed in corp]
held sources-disagree: ann@example.com is disabled in hr and active in corp. Approve if they left; else correct the directory, or name the source that is to be believed in people.authority.
  - deactivate ann@example.com  [is disabled in hr]`},
		{"disabled by the authority, and the other was not read", func(w *world) {
			w.in.Policy.Join.Authority = "hr"
			failedRead(w)
			w.live("ann").inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
- deactivate ann@example.com  [is disabled in hr]`},
		{"disabled by the authority, which was not read", func(w *world) {
			w.in.Policy.Join.Authority = "hr"
			failedHR(w)
			w.live("ann").inHR("1", "ann", status(connectors.StatusDisabled)).joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
held unread: waits for a read of hr. 
  - deactivate ann@example.com  [is disabled in hr]`},
		{"joined with somebody whom nothing remembers", func(w *world) {
			w.stated("ann").inHR("1", "ann").joinedAs("1", "who-was").member("g-eng", "ann")
		}, `
= join ann@example.com (hr/1) with corp/ann  [has the same e-mail]
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"a newcomer, while the other source was not read", func(w *world) {
			failedRead(w)
			w.live("ann").inHR("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		}, `
held new-id: hr/1 has the e-mail of corp/ann, and this run did not read in full: corp. The next full read of these sources decides.
  + create ann@example.com  [would have an account of their own]`},
		{"by an attribute", func(w *world) {
			w.in.Policy.Join.By = connectors.EmployeeNumber
			number := func(p *plan.Person) { p.User.Attributes[connectors.EmployeeNumber] = "7" }
			w.live("ann", number).inHR("1", "bob", number).member("g-eng", "ann").hadIn("t1", "ann")
		}, `
= join bob@example.com (hr/1) with corp/ann  [has the same employeeNumber]
~ update ann@example.com: title "Clerk", employeeNumber "7"  [changed in corp]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			withHR(w)
			tt.world(w)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), render(w.input())); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOrderOfKeys: corp/ann and x/9 are one, by two addresses. Of two people of hr one
// has the one and one the other: neither is joined, whichever address comes first.
func TestOrderOfKeys(t *testing.T) {
	for _, addresses := range [][2]string{{"a@example.com", "b@example.com"}, {"b@example.com", "a@example.com"}} {
		w := newWorld(t)
		withHR(w)
		w.in.Sources = append(w.in.Sources, plan.Source{Name: "x", Read: plan.InFull})
		x := connectors.Ref{Source: "x", ID: "9"}
		u := userOf("9")
		u.Email = addresses[0]
		w.in.Policy.Everyone = true
		w.live("ann", email(addresses[1])).person(plan.Person{Ref: x, User: u}, nil)
		w.inHR("newcomer", "n", email(addresses[0])).inHR("ann", "r", email(addresses[1]))
		w.in.Joins = map[connectors.Ref]connectors.Ref{x: ref("ann")}
		p, notes := plan.Diff(w.input())
		for _, op := range p.Ops {
			if op.Kind == plan.JoinPerson {
				t.Errorf("%s is joined with %s", op.Person, op.From)
			}
		}
		if len(notes) != 1 || notes[0].Code != "joined-nobody" {
			t.Errorf("notes: %v", notes)
		}
	}
}

// TestNewcomersWaitForAllSources: where people are joined, a run for the sources that rang
// gives nobody an account: another source may know the newcomer.
func TestNewcomersWaitForAllSources(t *testing.T) {
	w := newWorld(t)
	w.stated("ann").member("g-eng", "ann")
	withHR(w)
	for _, partial := range []bool{true, false} {
		w.in.Partial, w.in.Sources[1].Read = partial, map[bool]plan.Read{false: plan.InFull}[partial]
		if p, _ := diff(w.input()); (len(p.Ops) == 0) != partial {
			t.Errorf("partial %t:\n%s", partial, p)
		}
	}
}
