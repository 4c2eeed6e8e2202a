package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// removedBefore says that a membership of the person was removed so long ago.
func (w *world) removedBefore(d time.Duration, person string) *world {
	w.in.Removed = map[connectors.Ref]time.Time{ref(person): now.Add(-d)}
	return w
}

const oneWaits = `
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 10:00 UTC at the earliest: 1`

// TestScope holds when an account ends of a user who is in no mapped group.
func TestScope(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"first seen", func(w *world) { w.live("ann") }, `
out of scope: corp/ann since 09:00` + oneWaits},
		{"first seen, of a user whose record is the one last applied", func(w *world) { w.live("ann", settled) }, `
out of scope: corp/ann since 09:00` + oneWaits},
		{"first seen, where an account ends at once", func(w *world) { w.in.Policy.Grace = 0; w.live("ann") }, `
- deactivate ann@example.com  [is in no mapped group since 2026-03-02 09:00 UTC]
out of scope: corp/ann since 09:00`},
		{"first seen, where the source was not read", func(w *world) { w.live("ann"); failedRead(w) }, ``},
		{"a minute before the hour has passed", func(w *world) { w.live("ann", outFor(59*time.Minute)) }, `
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 09:01 UTC at the earliest: 1`},
		{"two who wait", func(w *world) { w.live("ann", outFor(time.Minute)).live("bob", outFor(3*time.Minute)) }, `
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 09:57 UTC at the earliest: 2`},
		{"when the hour has passed", func(w *world) { w.live("ann", outFor(time.Hour)) }, `
- deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]`},
		{"when the hour has passed, and the source was not read", func(w *world) { w.live("ann", outFor(time.Hour)); failedRead(w) }, `
held unread: waits for a read of corp. 
  - deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]`},
		{"when the hour has passed, and a membership is left to remove", func(w *world) {
			w.live("ann", outFor(time.Hour)).hadIn("t1", "ann")
		}, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team]`},
		{"when the hour has passed, and the removal of a membership is held", func(w *world) {
			w.live("ann", outFor(time.Hour)).hadIn("t1", "ann")
			w.in.Retries = []plan.Retry{{Key: plan.Op{Kind: plan.RemoveMember, Person: ref("ann"), Account: "a-ann", Team: "t1"}.Key(), Attempts: 1, Last: now, Class: connectors.Rejected}}
		}, `
held backoff: Writer did not take it (rejected), attempt 1: . It is tried again after 2026-03-02 09:15 UTC.
  - remove ann@example.com from team Engineering  [is in no group that feeds the team]`},
		{"when the hour has passed, and Writer has the user in a team that is exclusive", func(w *world) {
			w.in.Policy.Rules[0].Exclusive = true
			w.live("ann", outFor(time.Hour)).live("bob").member("g-eng", "bob").hadIn("t1", "bob").reads("a-ann", "a-bob")
		}, `
- remove ann@example.com from team Engineering  [was put into the team in Writer, and the team is exclusive]`},
		{"a membership was removed after that", func(w *world) {
			w.live("ann", outFor(2*time.Hour)).removedBefore(30*time.Minute, "ann")
		}, `
out of scope: corp/ann since 08:30
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 09:30 UTC at the earliest: 1`},
		{"a membership was removed before that", func(w *world) {
			w.live("ann", outFor(time.Minute)).removedBefore(2*time.Hour, "ann")
		}, `
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 09:59 UTC at the earliest: 1`},
		{"since a time of the future, by a clock that was wrong", func(w *world) { w.live("ann", outFor(-time.Hour)) }, `
out of scope: corp/ann since 09:00` + oneWaits},
		{"a membership was removed in the future, by a clock that was wrong", func(w *world) {
			w.live("ann", outFor(time.Hour)).removedBefore(-time.Hour, "ann")
		}, `
- deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]`},
		{"disabled within the hour", func(w *world) { w.live("ann", outFor(time.Minute), status(connectors.StatusDisabled)) }, `
- deactivate ann@example.com  [is disabled in corp]`},
		{"where accounts are kept", func(w *world) {
			w.in.Policy.Deprovision = plan.DeprovisionNone
			w.live("ann").live("bob", outFor(time.Hour))
		}, `
out of scope: corp/ann since 09:00
warning account-kept: accounts of people who left, kept because of deprovision: none: 1`},
		{"in scope, where everyone is", func(w *world) { w.in.Policy.Everyone = true; w.live("ann", outFor(time.Hour)) }, `
in scope: corp/ann`},
		{"left out, and a mapped group leads to one more team", func(w *world) {
			w.in.Policy.Profile = titles{}
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Sales"})
			w.group("g-sales", "sales").live("ann", department("Sales"), titled("")).member("g-eng", "ann").member("g-sales", "ann").hadIn("t1", "ann")
			w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-sales"), Team: "t2", Rule: "sales => Sales"})
		}, `
out of scope: corp/ann since 09:00` + oneWaits},
		{"left out, and the team of the group does not exist", func(w *world) {
			w.in.Policy.Profile = titles{}
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.group("g-sales", "sales").live("ann", department("Sales"), titled(""), outFor(time.Hour)).member("g-sales", "ann")
		}, `
- deactivate ann@example.com  [is left out by people.exclude since 2026-03-02 08:00 UTC]
warning team-missing: team "Sales" does not exist in Writer; group sales is mapped to it`},
		{"first seen, in a plan that is to be approved", func(w *world) {
			w.in.Review = true
			w.live("ann").live("bob").hadIn("t1", "bob")
		}, `
- remove bob@example.com from team Engineering  [is in no group that feeds the team]
- deactivate ann@example.com  [is in no mapped group]
- deactivate bob@example.com  [is in no mapped group]
out of scope: corp/ann since 09:00
out of scope: corp/bob since 09:00`},
	}
	wantPlans(t, tests)
}

// TestScopeByAGroupThatIsNotListed: a user who is in scope by an empty list, and whose other team was
// fed by a group that is not listed, is not asked about yet.
func TestScopeByAGroupThatIsNotListed(t *testing.T) {
	w := newWorld(t)
	w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Sales"})
	w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-gone"), Team: "t2", Rule: "sales => Sales", Gone: now})
	w.live("ann").member("g-eng", "ann").hadIn("t2", "ann")
	w.in.Groups[0].Emptied, w.in.Groups[0].Dangling = true, []uint32{0}
	if p, _ := plan.Diff(w.input()); slices.ContainsFunc(p.Held, func(h plan.Held) bool { return h.Why == plan.WhyNotVisible }) {
		t.Errorf("asked:\n%s", p)
	}
}

// TestScopeByAnEmptyList: a user with an account who is in scope by an empty list alone is
// asked about, once, also where there is no membership to remove.
func TestScopeByAnEmptyList(t *testing.T) {
	w := newWorld(t)
	w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "engineering", Team: "Sales"})
	w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Sales"})
	w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-eng"), Team: "t2", Rule: "engineering => Sales"})
	w.live("ann").live("bob").live("cid").group("g-new", "newcomers").feedBy("g-new", "newcomers => Engineering").in.Policy.Rules = append(
		w.in.Policy.Rules, plan.Rule{Group: "newcomers", Team: "Engineering"})
	w.member("g-eng", "ann", "bob", "cid").member("g-new", "cid").hadIn("t1", "bob", "cid")
	in := w.input()
	for i, g := range in.Groups {
		if g.Name == "engineering" {
			in.Groups[i].Emptied, in.Groups[i].Dangling = true, g.Members
		}
	}
	want := `
held not-visible: the list of group engineering (corp/g-eng) named members and is empty now: memberships and accounts stay. Approve if the group has no members any more. If it has, let the source show them: see whether the credential may still read the list.
  - remove bob@example.com from team Engineering  [is in no group that feeds the team; the list of group engineering is empty]
  - deactivate ann@example.com  [is in no mapped group; the list of group engineering is empty]`
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), render(in)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	p, _ := plan.Diff(in)
	in.Approved = map[plan.Hash]bool{p.Held[0].Ops[1].Hash(): true}
	if p, _ := plan.Diff(in); len(p.Ops) != 1 || p.Ops[0].Kind != plan.Deactivate || len(p.Ops[0].Reason.Marks) < 2 {
		t.Errorf("approved is\n%s", p)
	}
}
