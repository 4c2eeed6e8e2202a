package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestTeams holds what becomes of the members of a team where several groups, several
// sources or Writer have a say in it.
func TestTeams(t *testing.T) {
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"two groups that share members, in no order", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "builders", Team: "Engineering"})
			w.group("g-b", "builders").feedBy("g-b", "builders => Engineering")
			w.live("ann").live("bob").live("cid").live("dan").live("eve")
			w.member("g-b", "dan", "eve").member("g-eng", "ann", "bob", "cid", "dan").hadIn("t1", "ann", "bob", "cid", "dan", "eve")
		}, ``},
		{"a team renamed in Writer that two groups feed", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "builders", Team: "Engineering"})
			w.group("g-b", "builders").feedBy("g-b", "builders => Engineering")
			w.in.Teams[0].Was = "Makers"
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann")
		}, `
= link group corp/g-eng to team Engineering  [the team was renamed in Writer]
warning team-renamed: team "Makers" is called "Engineering" in Writer now; it stays linked, and rules may go on naming the old name`},
		{"a joiner whose team does not exist", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.group("g-sales", "sales").stated("ann").stated("bob").live("cid")
			w.member("g-sales", "ann", "bob", "cid").member("g-eng", "bob", "cid").hadIn("t1", "cid")
		}, `
+ create bob@example.com: displayName "BOB"  [is in group engineering]
+ add bob@example.com to team Engineering  [is in group engineering]
held team-missing: team "Sales" does not exist in Writer; group sales is mapped to it. Create the team "Sales" in Writer (SCIM cannot); it is linked on the next pass.
  + create ann@example.com: displayName "ANN"  [is in a group whose team does not exist]
warning team-missing: team "Sales" does not exist in Writer; group sales is mapped to it`},
		{"a joiner, two teams have the name", func(w *world) {
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Sales"}, plan.Team{ID: "t3", Name: "Sales"})
			w.group("g-sales", "sales").stated("ann").member("g-sales", "ann")
		}, `
held team-ambiguous: several teams in Writer are named "Sales"; group sales is mapped to that name. Rename all but one of them in Writer.
  + create ann@example.com: displayName "ANN"  [is in a group whose team does not exist]
warning team-ambiguous: several teams in Writer are named "Sales"; group sales is mapped to that name`},
		{"a member of a source that is configured no longer", func(w *world) {
			w.live("ann").person(plan.Person{
				Ref: hr("1"), Account: "a-1", Standing: plan.Live,
				Link: &plan.Link{Person: hr("1"), Account: "a-1", Standing: plan.Live, Applied: map[connectors.Attribute]string{plan.UserName: "one@example.com"}},
			}, nil)
			w.member("g-eng", "ann").hadIn("t1", "ann", "1")
		}, `
warning source-not-configured: 1 people of source hr keep their accounts: the source is no longer configured`},
		{"a member of two sources, of which the one that gave the account is configured no longer", func(w *world) {
			withHR(w)
			w.stated("ann").inHR("1", "ann", accountOfTheirOwn).joinedAs("1", "ann").member("g-eng", "ann").live("bob").member("g-eng", "bob").hadIn("t1", "bob")
			w.in.Sources, w.in.Policy.Join.By = w.in.Sources[:1], ""
		}, `
= join ann@example.com (corp/ann) with hr/1  [has the same e-mail]
warning source-not-configured: 1 people of source hr keep their accounts: the source is no longer configured`},
		{"out of scope, and a group that the ledger does not know yet is of a source that was not read", func(w *world) {
			withHR(w)
			w.in.Groups = append(w.in.Groups, plan.Group{Ref: hr("g-hr"), Name: "engineering"})
			w.live("ann", titled("Clerk"), outFor(time.Hour)).inHR("1", "ann").joinedAs("1", "ann")
			failedHR(w)
		}, `
= link group hr/g-hr to team Engineering  [rule "engineering => Engineering" maps group engineering]
held unread: waits for a read of hr. 
  - deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]`},
		{"out of scope, and a group whose team does not exist is of a source that was not read", func(w *world) {
			withHR(w)
			w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
			w.in.Groups = append(w.in.Groups, plan.Group{Ref: hr("g-sales"), Name: "sales"})
			w.live("ann", titled("Clerk"), outFor(time.Hour)).inHR("1", "ann").joinedAs("1", "ann")
			failedHR(w)
		}, `
held unread: waits for a read of hr. 
  - deactivate ann@example.com  [is in no mapped group since 2026-03-02 08:00 UTC]
warning team-missing: team "Sales" does not exist in Writer; group sales is mapped to it`},
		{"an account that no listing shows, in a team that is exclusive", func(w *world) {
			w.in.Policy.Rules[0].Exclusive = true
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann", "ghost")
		}, `
- remove account ghost from team Engineering  [was put into the team in Writer, and the team is exclusive]`},
		{"a leaver whom Writer has in a team that is exclusive", func(w *world) {
			w.in.Policy.Rules[0].Exclusive = true
			w.live("ann").live("bob", status(connectors.StatusDisabled)).member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann", "a-bob")
		}, `
- deactivate bob@example.com  [is disabled in corp]`},
		{"one attribute changed in Writer, and another one in the directory", func(w *world) {
			w.in.Policy.Drift.Attributes = plan.Report
			w.live("ann", remote(true, "Changed"), withTitle("Engineer")).member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann")
		}, `
~ update ann@example.com: title "Engineer"  [changed in corp]
held drift: corp/ann: displayName changed in Writer; drift.attributes says to report it. Undo it in Writer, change the directory, or set drift.attributes: repair.
  ~ update ann@example.com: displayName "Changed" to "ANN"  [displayName changed in Writer]`},
	}
	wantPlans(t, tests)
}

// feedBy says that the ledger has a group feed Engineering by a rule.
func (w *world) feedBy(group, rule string) *world {
	w.in.Feeds = append(w.in.Feeds, plan.Feed{Group: ref(group), Team: "t1", Rule: rule})
	return w
}

// TestAccountMovesToTheNewRecord: the account of a person whose record is gone moves, if
// that is approved, to the record that the same source shows now, not to one of another
// source.
func TestAccountMovesToTheNewRecord(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	w.live("ann", absent(0)).stated("ann2", email(mailOf("ann"))).inHR("1", "ann").joinedAs("1", "ann").member("g-eng", "ann2").hadIn("t1", "ann")
	p, _ := plan.Diff(w.input())
	if len(p.Held) != 1 || len(p.Held[0].Ops) != 1 {
		t.Fatalf("held:\n%s", p)
	}
	op := p.Held[0].Ops[0]
	if op.Kind != plan.MoveLink || op.From != ref("ann") || op.Person != ref("ann2") || op.Account != "a-ann" {
		t.Errorf("held: account %s of %s moves to %s:\n%s", op.Account, op.From, op.Person, p)
	}
}

// TestAddressOfAThirdSource: the record that counts most has no e-mail, that of the
// second source is gone, and the third one has another address: whose it is must be
// asked.
func TestAddressOfAThirdSource(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	third := connectors.Ref{Source: "x", ID: "9"}
	w.in.Policy.Join.Precedence = []string{"corp", "hr", "x"}
	w.in.Sources = append(w.in.Sources, plan.Source{Name: "x", Read: plan.InFull})
	other := userOf("9")
	other.Email = "other@example.com"
	w.live("ann", email("")).inHR("1", "ann", absent(2)).joinedAs("1", "ann").person(plan.Person{Ref: third, User: other}, nil)
	w.in.Joins[third], w.in.Policy.Everyone = ref("ann"), true
	p, _ := plan.Diff(w.input())
	for _, op := range p.Ops {
		if _, renames := op.Change(plan.UserName); renames {
			t.Errorf("planned: %s", op)
		}
	}
	if !slices.ContainsFunc(p.Held, func(h plan.Held) bool {
		return h.Why == plan.WhySourcesDisagree && strings.Contains(h.Text, "another e-mail in x")
	}) {
		t.Errorf("not asked:\n%s", p)
	}
}

// TestWhoHasTheAccountComesFirst: a newcomer of one source is joined with the person of
// another one who has the account, whichever source counts more.
func TestWhoHasTheAccountComesFirst(t *testing.T) {
	for _, precedence := range [][]string{{"corp", "hr"}, {"hr", "corp"}} {
		w := newWorld(t)
		withHR(w)
		w.in.Policy.Join.Precedence = precedence
		w.stated("ann").inHR("1", "ann", accountOfTheirOwn).member("g-eng", "ann")
		p, _ := plan.Diff(w.input())
		if len(p.Ops) == 0 || p.Ops[0].Kind != plan.JoinPerson || p.Ops[0].Person != ref("ann") || p.Ops[0].From != hr("1") {
			t.Errorf("precedence %v, want corp/ann joined with hr/1:\n%s", precedence, p)
		}
		for _, op := range p.Ops {
			if op.Kind == plan.CreateUser {
				t.Errorf("precedence %v, a second account is planned: %s", precedence, op)
			}
		}
	}
}

// TestFaultyRecordJoinsNobody: a record that cannot be used says nothing of who its
// person is, and gives that person no second account.
func TestFaultyRecordJoinsNobody(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	w.live("ann", titled("Clerk")).inHR("1", "ann", func(p *plan.Person) { p.User.Fault = "it is broken" }).hadIn("t1", "ann")
	w.in.Policy.Everyone = true
	p, _ := plan.Diff(w.input())
	for _, op := range p.Ops {
		if op.Kind == plan.JoinPerson || op.Kind == plan.CreateUser {
			t.Errorf("planned: %s", op)
		}
	}
	if !slices.ContainsFunc(p.Held, func(h plan.Held) bool { return h.Why == plan.WhyNewID && h.Exit == plan.Fix }) {
		t.Errorf("not held:\n%s", p)
	}
}

// TestFaultOfOneRecord: of a person of two sources of which one has a record that cannot
// be used, nothing is changed until it is corrected.
func TestFaultOfOneRecord(t *testing.T) {
	for _, faulty := range []string{"corp", "hr"} {
		fault := func(source string) func(*plan.Person) {
			return func(p *plan.Person) {
				if source == faulty {
					p.User.Fault = "it is broken"
				}
			}
		}
		w := newWorld(t)
		withHR(w)
		w.live("ann", name("New"), fault("corp")).inHR("1", "ann", fault("hr")).joinedAs("1", "ann").member("g-eng", "ann").hadIn("t1", "ann")
		p, _ := plan.Diff(w.input())
		if len(p.Ops) > 0 || len(p.Held) != 1 || p.Held[0].Why != plan.WhyUnusableRecord || !strings.Contains(p.Held[0].Text, "it is broken") {
			t.Errorf("the record of %s, want one hold:\n%s", faulty, p)
		}
	}
}

// TestTwoOfOneSource: two people of one source who share an e-mail are a matter of that
// source alone, and nothing is said of joining them.
func TestTwoOfOneSource(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	w.stated("ann").stated("ann2", email(mailOf("ann"))).member("g-eng", "ann", "ann2")
	p, warnings := plan.Diff(w.input())
	if len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	var whys []plan.Why
	for _, h := range p.Held {
		whys = append(whys, h.Why)
	}
	if !slices.Equal(whys, []plan.Why{plan.WhyDuplicateEmail, plan.WhyDuplicateEmail}) {
		t.Errorf("held as %v:\n%s", whys, p)
	}
}
