package plan_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

func email(s string) func(*plan.Person) {
	return func(p *plan.Person) { p.User.Email = s }
}

func status(s connectors.Status) func(*plan.Person) {
	return func(p *plan.Person) { p.User.Status = s }
}

func name(s string) func(*plan.Person) {
	return func(p *plan.Person) { p.User.Attributes[connectors.DisplayName] = s }
}

// absent makes a person one that the source has not listed for so many hours.
func absent(hours int) func(*plan.Person) {
	return func(p *plan.Person) { p.User, p.Gone = nil, now.Add(-time.Duration(hours)*time.Hour) }
}

func standing(s plan.Standing) func(*plan.Person) {
	return func(p *plan.Person) { p.Standing, p.Link.Standing = s, s }
}

// outFor makes a person one who is out of scope for so long.
func outFor(d time.Duration) func(*plan.Person) {
	return func(p *plan.Person) { p.Link.OutSince = now.Add(-d) }
}

func remote(active bool, display string) func(*plan.Person) {
	return func(p *plan.Person) {
		p.Remote = &plan.Account{
			ID: p.Account, UserName: mailOf(p.Ref.ID), Active: active,
			Attributes: map[connectors.Attribute]string{connectors.DisplayName: display},
		}
	}
}

// failedRead makes the source one that was not read in this pass.
func failedRead(w *world) { w.in.Sources[0].Read = plan.NotRead }

// hashes hides what a golden cannot know.
var hashes = regexp.MustCompile(`held [0-9a-f]{12} `)

// TestDiff holds every row of the table in Diff's comment, and what crosses them.
func TestDiff(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"nothing to do", func(w *world) { w.live("ann").member("g-eng", "ann").hadIn("t1", "ann") }, ``},
		{"joiner", func(w *world) { w.stated("ann").member("g-eng", "ann") }, `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"out of scope without an account", func(w *world) { w.stated("ann") }, ``},
		{"joiner where everyone is in scope", func(w *world) { w.in.Policy.Everyone = true; w.stated("ann") }, `
+ create ann@example.com: displayName "ANN"  [is in the directory, and everyone is in scope]`},
		{"joiner known to Writer", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			w.in.Accounts = []plan.Account{{ID: "9", UserName: "Ann@Example.com", Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "A."}}}
		}, `
= link ann@example.com to account 9  [has the e-mail of this account]
~ update ann@example.com: displayName "A." to "ANN"  [changed in corp]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"joiner whose membership was there before us", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			w.in.Accounts = []plan.Account{{ID: "9", UserName: "ann@example.com", Active: true, Attributes: map[connectors.Attribute]string{connectors.DisplayName: "ANN"}}}
			w.reads("9")
		}, `
= link ann@example.com to account 9  [has the e-mail of this account]
= confirm ann@example.com in team Engineering  [is in the team already, and in group engineering]`},
		{"joiner whose account is inactive", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			w.in.Accounts = []plan.Account{{ID: "9", UserName: "ann@example.com"}}
		}, `
held inactive-account: the account with the e-mail or the external ID of ann@example.com is deactivated in Writer, and not by us. Reactivate or remove the account in Writer; it is linked or created on the next pass.
  = link ann@example.com to account 9  [has the e-mail of this account]`},
		{"two accounts with one e-mail", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			w.in.Accounts = []plan.Account{{ID: "8", UserName: "ANN@example.com", Active: true}, {ID: "9", UserName: "ann@example.com", Active: true}}
		}, `
held ambiguous-account: 2 accounts in Writer have the e-mail of ann@example.com, or the external ID. Leave one of them in Writer.
  = link ann@example.com to account 8  [has the e-mail of this account]`},
		{"joiner without e-mail", func(w *world) { w.stated("ann", email("")).member("g-eng", "ann") }, `
held no-email: corp/ann has no e-mail in the directory, and Writer knows people by it. Give the person an e-mail in the directory.
  + create corp/ann: displayName "ANN"  [is in group engineering]`},
		{"rename", func(w *world) { w.live("ann", name("Ann B.")).member("g-eng", "ann").hadIn("t1", "ann") }, `
~ update ann@example.com: displayName "ANN" to "Ann B."  [changed in corp]`},
		{"e-mail change", func(w *world) {
			w.live("ann", email("Ann.B@example.com")).member("g-eng", "ann").hadIn("t1", "ann")
		}, `
~ update ann.b@example.com: userName "ann@example.com" to "ann.b@example.com"  [changed in corp]`},
		{"e-mail spelled otherwise", func(w *world) { w.live("ann", email(" ANN@example.com ")).member("g-eng", "ann").hadIn("t1", "ann") }, ``},
		{"e-mail refused before", func(w *world) {
			w.live("ann", email("ann@new.example.com"), name("Ann B."), func(p *plan.Person) { p.Link.RefusedEmail = "ann@new.example.com" }).
				member("g-eng", "ann").hadIn("t1", "ann")
		}, `
~ update ann@new.example.com: displayName "ANN" to "Ann B."  [changed in corp]
held email-refused: Writer refused the new e-mail of corp/ann. Change the address in Writer's admin panel, or correct it in the directory.
  ~ update ann@new.example.com: userName "ann@example.com" to "ann@new.example.com"  [changed in corp]`},
		{"mover", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Sales"})
			w.group("g-sales", "sales").live("ann").member("g-sales", "ann").hadIn("t1", "ann")
			w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref("g-sales"), Team: "t2", Rule: "sales => Sales"})
		}, `
+ add ann@example.com to team Sales  [is in group sales]
- remove ann@example.com from team Engineering  [is in no group that feeds the team]`},
		{"disabled", func(w *world) {
			w.live("ann", status(connectors.StatusDisabled)).hadIn("t1", "ann")
		}, `
- deactivate ann@example.com  [is disabled in corp]`},
		{"disabled, where accounts are deleted", func(w *world) {
			w.in.Policy.Deprovision = plan.DeprovisionDelete
			w.live("ann", status(connectors.StatusDisabled)).hadIn("t1", "ann")
		}, `
- delete ann@example.com  [is disabled in corp]`},
		{"disabled, where accounts are kept", func(w *world) {
			w.in.Policy.Deprovision = plan.DeprovisionNone
			w.live("ann", status(connectors.StatusDisabled)).hadIn("t1", "ann")
		}, `
warning account-kept: accounts of people who left, kept because of deprovision: none: 1`},
		{"disabled without an account", func(w *world) { w.stated("ann", status(connectors.StatusDisabled)).member("g-eng", "ann") }, ``},
		{"disabled, read from a source that then failed", func(w *world) {
			w.live("ann", status(connectors.StatusDisabled)).hadIn("t1", "ann")
			failedRead(w)
		}, `
held unread: waits for a read of corp. 
  - deactivate ann@example.com  [is disabled in corp]`},
		{"absent, from a source that can prove", func(w *world) { w.live("ann", absent(0)).hadIn("t1", "ann") }, `
- deactivate ann@example.com  [is no longer in corp]`},
		{"absent once, from a source that cannot prove", func(w *world) {
			w.in.Sources[0].Proves = false
			w.live("ann", absent(0)).hadIn("t1", "ann")
		}, `
held first-sighting: users that source corp does not list, and cannot look up: 1, ann@example.com among them. It waits for confirmation: by a full read after 2026-03-02 10:00 UTC that does not list them either.
  - deactivate ann@example.com  [is no longer in corp]`},
		{"absent twice, from a source that cannot prove", func(w *world) {
			w.in.Sources[0].Proves = false
			w.live("ann", absent(1)).hadIn("t1", "ann")
		}, `
- deactivate ann@example.com  [is no longer in corp]`},
		{"absent, from a source that failed", func(w *world) { w.live("ann", absent(0)).hadIn("t1", "ann"); failedRead(w) }, `
held unread: waits for a read of corp. 
  - deactivate ann@example.com  [is no longer in corp]`},
		{"absent, of a source no longer configured", func(w *world) {
			w.live("ann", absent(0)).hadIn("t1", "ann")
			w.in.Sources[0].Name = "other"
		}, `
warning source-not-configured: 1 people of source corp keep their accounts: the source is no longer configured`},
		{"absent and deactivated already", func(w *world) { w.live("ann", absent(0), standing(plan.Inactive)).dormantIn("t1", "ann") }, ``},
		{"left the last mapped group", func(w *world) { w.live("ann").hadIn("t1", "ann") }, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team]
out of scope: corp/ann since 09:00`},
		{"back in scope", func(w *world) { w.live("ann", outFor(time.Hour)).member("g-eng", "ann") }, `
+ add ann@example.com to team Engineering  [is in group engineering]
in scope: corp/ann`},
		{"left a group of a source that failed", func(w *world) { w.live("ann").hadIn("t1", "ann"); failedRead(w) }, `
held unread: waits for a read of corp. 
  - remove ann@example.com from team Engineering  [is in no group that feeds the team]`},
		{"rehired", func(w *world) {
			w.live("ann", standing(plan.Inactive), name("Ann B.")).member("g-eng", "ann").dormantIn("t1", "ann")
		}, `
+ reactivate ann@example.com: displayName "ANN" to "Ann B."  [is in group engineering]
+ add ann@example.com to team Engineering  [is back, and in group engineering]`},
		{"rehired into another group", func(w *world) {
			w.in.Policy.Everyone = true
			w.live("ann", standing(plan.Inactive)).dormantIn("t1", "ann")
		}, `
- remove ann@example.com from team Engineering  [is in no group that feeds the team]
+ reactivate ann@example.com  [is in the directory, and everyone is in scope]`},
		{"rehired out of a team that no group feeds any more", func(w *world) {
			w.in.Policy.Everyone = true
			w.live("ann", standing(plan.Inactive)).dormantIn("t1", "ann")
			w.in.Feeds = nil
			w.in.Policy.Rules = nil
		}, `
- remove ann@example.com from team Engineering  [is back, and no group feeds the team any more]
+ reactivate ann@example.com  [is in the directory, and everyone is in scope]`},
		{"rehired, and the groups were not read", func(w *world) {
			w.in.Policy.Everyone = true
			w.live("ann", standing(plan.Inactive)).dormantIn("t1", "ann")
			w.in.Sources[0].Read = plan.NotRead
		}, `
+ reactivate ann@example.com  [is in the directory, and everyone is in scope]
held unread: waits for a read of corp. 
  - remove ann@example.com from team Engineering  [is in no group that feeds the team]`},
		{"disabled, with an account that was there before", func(w *world) {
			w.stated("ann", func(p *plan.Person) { p.User.Status = connectors.StatusDisabled }).account("ann")
		}, `
held disabled-account: ann@example.com is disabled, and has an active account that was there before. Approve to link the account; the next run deactivates it.
  = link ann@example.com to account ann  [has the e-mail of this account, and is disabled in corp]`},
		{"an address that an admin of Writer took from the account of a leaver", func(w *world) {
			w.live("ann", standing(plan.Inactive), func(p *plan.Person) {
				p.User = nil
				p.Remote = &plan.Account{ID: p.Account, UserName: "old.ann@example.com"}
			}).stated("bob", func(p *plan.Person) { p.User.Email = "ann@example.com" }).member("g-eng", "bob")
		}, `
+ create ann@example.com: displayName "BOB"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"rehired after the account was deleted", func(w *world) {
			w.live("ann", standing(plan.Deleted), func(p *plan.Person) { p.Account = "" }).member("g-eng", "ann")
		}, `
+ create ann@example.com: displayName "ANN"  [is back in scope, and the old account is gone]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"record that cannot be used", func(w *world) {
			w.stated("ann", func(p *plan.Person) { p.User.Fault = "has more than 100 names" }).member("g-eng", "ann")
		}, `
held unusable-record: the record of ann@example.com cannot be used: has more than 100 names. Correct the person's record in the directory.
  + create ann@example.com  [is in group engineering]`},
		{"unknown status keeps an account", func(w *world) {
			w.live("ann", status(connectors.StatusUnknown)).member("g-eng", "ann").hadIn("t1", "ann")
		}, `
held status-unknown: the directory states neither that ann@example.com is active nor that they are disabled. Correct the status in the directory, or tell the source's configuration what it means.
  ~ update ann@example.com  [is in group engineering]`},
		{"changed in Writer", func(w *world) { w.live("ann", remote(true, "Someone")).member("g-eng", "ann").hadIn("t1", "ann") }, `
~ update ann@example.com: displayName "Someone" to "ANN"  [was changed in Writer]`},
		{"deactivated in Writer", func(w *world) { w.live("ann", remote(false, "ANN")).member("g-eng", "ann").hadIn("t1", "ann") }, `
held deactivated-in-writer: the account of ann@example.com was deactivated in Writer, and not by us. Approve to reactivate it, or disable the person in the directory.
  + reactivate ann@example.com  [the account was deactivated in Writer]`},
		{"deleted in Writer", func(w *world) {
			w.live("ann", func(p *plan.Person) { p.Lost = true }).member("g-eng", "ann").hadIn("t1", "ann")
		}, `
held account-missing: the account of ann@example.com was deleted in Writer, and not by us. Approve to create it anew, or to link the one that has the e-mail now; or take the person out of scope.
  + create ann@example.com: displayName "ANN"  [the account was deleted in Writer]`},
		{"membership removed in Writer", func(w *world) {
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann")
			w.reads()
		}, `
+ add ann@example.com to team Engineering  [was removed in Writer]`},
		{"team deleted in Writer", func(w *world) {
			w.live("ann").stated("bob").member("g-eng", "ann", "bob").hadIn("t1", "ann")
			w.in.Teams[0].Gone = true
		}, `
+ create bob@example.com: displayName "BOB"  [is in group engineering]
held team-gone: team "Engineering" was deleted in Writer. Create a team in Writer and map the group to it, or take the rule out.
  + add bob@example.com to team Engineering  [is in group engineering]
warning team-gone: team "Engineering" was deleted in Writer`},
		{"failed lately", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			key := plan.Op{Kind: plan.CreateUser, Person: ref("ann")}.Key()
			w.in.Retries = []plan.Retry{{Key: key, Attempts: 1, Last: now.Add(-time.Minute), Class: connectors.Rejected, Text: "no seats left"}}
		}, `
held backoff: Writer did not take it (rejected), attempt 1: no seats left. It is tried again after 2026-03-02 09:14 UTC.
  + create ann@example.com: displayName "ANN"  [is in group engineering]`},
		{"failed a while ago", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			key := plan.Op{Kind: plan.CreateUser, Person: ref("ann")}.Key()
			w.in.Retries = []plan.Retry{{Key: key, Attempts: 1, Last: now.Add(-time.Hour), Class: connectors.Rejected, Text: "no seats left"}}
		}, `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"failed in the future, by a clock that was wrong", func(w *world) {
			w.stated("ann").member("g-eng", "ann")
			key := plan.Op{Kind: plan.CreateUser, Person: ref("ann")}.Key()
			w.in.Retries = []plan.Retry{{Key: key, Attempts: 1, Last: now.AddDate(2, 0, 0), Class: connectors.Rejected, Text: "no seats left"}}
		}, `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
	}
	wantPlans(t, tests)
}

// wantPlans holds the plan of each world, as render shows it, against what is wanted.
func wantPlans(t *testing.T, tests []struct {
	name  string
	world func(*world)
	want  string
},
) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.world(w)
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), render(w.input())); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// diff returns the plan, and those of its ops that wait for a read of sources as held.
func diff(in plan.Input) (plan.Plan, []plan.Warning) {
	p, warnings := plan.Diff(in)
	waits := map[string]plan.Hold{}
	for i, op := range p.Ops {
		if len(op.Unread) > 0 {
			sources := strings.Join(op.Unread, ", ")
			waits[sources] = plan.Hold{Why: "unread", Text: "waits for a read of " + sources, Ops: append(waits[sources].Ops, i)}
		}
	}
	return p.Hold(slices.Collect(maps.Values(waits))...), warnings
}

// render returns plan, who is out of scope, and warnings as text, without hashes.
func render(in plan.Input) string {
	p, warnings := diff(in)
	text := hashes.ReplaceAllString(p.String(), "held ")
	for _, o := range p.Outside {
		if o.Since.IsZero() {
			text += fmt.Sprintf("in scope: %s\n", o.Person)
		} else {
			text += fmt.Sprintf("out of scope: %s since %s\n", o.Person, o.Since.Format("15:04"))
		}
	}
	for _, w := range warnings {
		text += "warning " + w.Code + ": " + w.Text + "\n"
	}
	return strings.TrimSuffix(text, "\n")
}
