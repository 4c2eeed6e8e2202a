package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// titles is a Profile: it sends a title made of the department, wants nobody from
// Sales, and has no result for people without a department.
type titles struct{}

var errNoDepartment = errors.New("user.department: the directory does not state it")

func (titles) Sends(_ string, u connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{connectors.Title: strings.ToLower(u.Attributes[connectors.Department])}, nil
}

func (titles) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	department, stated := u.Attributes[connectors.Department]
	if !stated {
		return "", nil, errNoDepartment
	}
	if department == "Sales" {
		return "people.exclude", nil, nil
	}
	return "", nil, nil
}

// needsDepartment wants people with a department.
type needsDepartment struct{}

func (needsDepartment) Sends(string, connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{}, nil
}

func (needsDepartment) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	if u.Attributes[connectors.Department] == "" {
		return "people.include", []connectors.Attribute{connectors.Department}, nil
	}
	return "", nil, nil
}

func department(s string) func(*plan.Person) {
	return func(p *plan.Person) { p.User.Attributes = map[connectors.Attribute]string{connectors.Department: s} }
}

// titled says what was last applied.
func titled(s string) func(*plan.Person) {
	return func(p *plan.Person) {
		p.Link.Applied = map[connectors.Attribute]string{plan.UserName: mailOf(p.Ref.ID), connectors.Title: s}
	}
}

func manager(id string) func(*plan.Person) {
	return func(p *plan.Person) { p.User.Attributes[connectors.Manager] = id }
}

// settled says that the record is the one last applied.
func settled(p *plan.Person) { p.Settled, p.User, p.Link = true, nil, nil }

// fresh says that the ledger does not know of the record.
func fresh(p *plan.Person) { p.Link.Fingerprint = plan.Fingerprint{1} }

// account adds an account in Writer that no person has.
func (w *world) account(id string) *world {
	w.in.Accounts = append(w.in.Accounts, plan.Account{ID: plan.RemoteID(id), UserName: id + "@example.com", Active: true})
	return w
}

// reads says whom Writer has in Engineering.
func (w *world) reads(accounts ...plan.RemoteID) *world {
	w.listed["t1"] = accounts
	return w
}

// TestPolicies holds what a configuration can say beside the rules.
func TestPolicies(t *testing.T) {
	profile := func(w *world) { w.in.Policy.Profile = titles{} }
	tests := []struct {
		name  string
		world func(*world)
		want  string
	}{
		{"an expression makes the title", func(w *world) {
			profile(w)
			w.stated("ann", department("Words")).live("bob", department("Words"), titled("letters")).member("g-eng", "ann", "bob").hadIn("t1", "bob")
		}, `
+ create ann@example.com  [is in group engineering]
~ update bob@example.com: title "letters" to "words"  [changed in corp]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"the record changed, and what is sent did not", func(w *world) {
			profile(w)
			w.live("bob", department("WORDS"), titled("words"), fresh).member("g-eng", "bob").hadIn("t1", "bob")
		}, `
= confirm bob@example.com  [changed in the directory, and nothing of it is sent]`},
		{"left out by an expression", func(w *world) {
			profile(w)
			w.stated("ann", department("Sales")).live("bob", department("Sales"), titled("")).member("g-eng", "ann", "bob").hadIn("t1", "bob")
		}, `
out of scope: corp/bob since 09:00
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 10:00 UTC at the earliest: 1`},
		{"left out by an expression for an hour", func(w *world) {
			profile(w)
			w.live("bob", department("Sales"), titled(""), outFor(time.Hour)).member("g-eng", "bob").hadIn("t1", "bob")
		}, `
- deactivate bob@example.com  [is left out by people.exclude since 2026-03-02 08:00 UTC]`},
		{"left out for an attribute that is empty in one source, and not stated in the other", func(w *world) {
			withHR(w)
			w.in.Policy.Profile = needsDepartment{}
			w.live("bob", outFor(time.Hour), department("")).inHR("7", "bob").joinedAs("7", "bob").hadIn("t1", "bob").member("g-eng", "bob")
		}, `
held attribute-unstated: bob@example.com is left out by people.include, which looks at department, and corp does not state that of them. Approve if they may go; if the directory does have it, see whether the credential may still read it.
  - deactivate bob@example.com  [is left out by people.include since 2026-03-02 08:00 UTC]`},
		{"left out for an attribute that is not stated", func(w *world) {
			w.in.Policy.Profile = needsDepartment{}
			w.stated("ann").live("bob", outFor(time.Hour)).live("cid", outFor(time.Hour)).live("dan", outFor(time.Hour), department("Words")).member("g-eng", "ann", "bob", "cid", "dan")
			w.hadIn("t1", "bob", "cid", "dan")
		}, `
= confirm dan@example.com  [changed in the directory, and nothing of it is sent]
held attribute-unstated: 2 people of source corp are left out by an expression that looks at what the source does not state of them. Approve if they may go; if the directory does have it, see whether the credential may still read it.
  - deactivate bob@example.com  [is left out by people.include since 2026-03-02 08:00 UTC]
  - deactivate cid@example.com  [is left out by people.include since 2026-03-02 08:00 UTC]
in scope: corp/dan`},
		{"an expression has no result", func(w *world) {
			profile(w)
			w.stated("ann").live("bob", outFor(time.Hour)).stated("cid").member("g-eng", "ann", "bob").hadIn("t1", "bob")
		}, `
held expression-failed: an expression has no result for ann@example.com: user.department: the directory does not state it. Let the directory state it, or say in the expression what holds without it, as in has(user.title) ? user.title : "".
  + create ann@example.com  [is in group engineering]
held expression-failed: an expression has no result for bob@example.com: user.department: the directory does not state it. Let the directory state it, or say in the expression what holds without it, as in has(user.title) ? user.title : "".
  ~ update bob@example.com  [is in group engineering]
in scope: corp/bob`},
		{"a group that excludes", func(w *world) {
			w.in.Policy.ExcludeGroups = []string{"contract*"}
			w.group("g-con", "contractors").group("g-in", "inner").nest("g-con", "g-in")
			w.stated("ann").live("bob").live("cid").member("g-eng", "ann", "bob", "cid").hadIn("t1", "bob", "cid").member("g-con", "ann").member("g-in", "bob")
		}, `
out of scope: corp/bob since 09:00
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 10:00 UTC at the earliest: 1`},
		{"a group that excludes somebody settled", func(w *world) {
			w.in.Policy.ExcludeGroups = []string{"contractors"}
			w.group("g-con", "contractors").live("bob", settled).member("g-eng", "bob").hadIn("t1", "bob").member("g-con", "bob")
		}, `
out of scope: corp/bob since 09:00
warning out-of-scope: accounts of users who are out of scope, which end after 2026-03-02 10:00 UTC at the earliest: 1`},
		{"a manager with an account, one who gets it now, one out of scope", func(w *world) {
			w.live("ann").live("bob", manager("ann")).live("cid", manager("dan")).stated("dan").live("eve", manager("fay"), fresh).stated("fay")
			w.member("g-eng", "ann", "bob", "cid", "dan", "eve").hadIn("t1", "ann", "bob", "cid", "eve")
		}, `
+ create dan@example.com: displayName "DAN"  [is in group engineering]
~ update bob@example.com: manager "a-ann"  [changed in corp]
= confirm eve@example.com  [changed in the directory, and nothing of it is sent]
+ add dan@example.com to team Engineering  [is in group engineering]`},

		{"a group by its ID, and a group of another source", func(w *world) {
			w.in.Policy.Rules = []plan.Rule{{ID: "g-eng", Team: "Engineering"}, {Group: "sales", Source: "hr", Team: "Sales"}}
			w.in.Feeds = nil
			w.group("g-sales", "sales").stated("ann").member("g-eng", "ann").stated("bob").member("g-sales", "bob")
		}, `
= link group corp/g-eng to team Engineering  [rule "id g-eng => Engineering" maps group engineering]
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},
		{"without nested groups", func(w *world) {
			w.in.Policy.Rules[0].Direct = true
			w.group("g-in", "inner").nest("g-eng", "g-in").stated("ann").stated("bob").member("g-eng", "ann").member("g-in", "bob")
		}, `
+ create ann@example.com: displayName "ANN"  [is in group engineering]
+ add ann@example.com to team Engineering  [is in group engineering]`},

		{"somebody put there in Writer", func(w *world) {
			w.live("ann").live("bob").member("g-eng", "ann").hadIn("t1", "ann").account("zoe").reads("a-ann", "a-bob", "zoe")
			w.in.Policy.Everyone = true
		}, `
warning foreign-member: 2 members of team "Engineering" were put there in Writer, and are left`},
		{"somebody put there in Writer, and the team is exclusive", func(w *world) {
			w.in.Policy.Rules[0].Exclusive, w.in.Policy.Everyone = true, true
			w.live("ann").live("bob").member("g-eng", "ann").hadIn("t1", "ann").account("zoe").reads("a-ann", "a-bob", "zoe")
		}, `
- remove zoe@example.com from team Engineering  [was put into the team in Writer, and the team is exclusive]
- remove bob@example.com from team Engineering  [was put into the team in Writer, and the team is exclusive]`},
		{"an exclusive team, and the source was not read", func(w *world) {
			failedRead(w)
			w.in.Policy.Rules[0].Exclusive = true
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").account("zoe").reads("a-ann", "zoe")
		}, `
held unread: waits for a read of corp. 
  - remove zoe@example.com from team Engineering  [was put into the team in Writer, and the team is exclusive]`},
		{"a team renamed in Writer", func(w *world) {
			w.in.Teams[0].Was = "Builders"
			w.live("ann").member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann")
		}, `
= link group corp/g-eng to team Engineering  [the team was renamed in Writer]
warning team-renamed: team "Builders" is called "Engineering" in Writer now; it stays linked, and rules may go on naming the old name`},

		{"drift is reported", func(w *world) {
			w.in.Policy.Drift = plan.DriftPolicy{Attributes: plan.Report, Members: plan.Report}
			w.live("ann", remote(true, "Changed")).live("bob", name("New"), remote(true, "Changed")).member("g-eng", "ann", "bob").hadIn("t1", "ann", "bob").reads("a-bob")
		}, `
~ update bob@example.com: displayName "Changed" to "New"  [changed in corp]
held drift: corp/ann: displayName changed in Writer; drift.attributes says to report it. Undo it in Writer, change the directory, or set drift.attributes: repair.
  ~ update ann@example.com: displayName "Changed" to "ANN"  [displayName changed in Writer]
held drift: corp/ann: was taken out of team Engineering in Writer; drift.members says to report it. Undo it in Writer, change the directory, or set drift.members: repair.
  + add ann@example.com to team Engineering  [was taken out of team Engineering in Writer]`},
		{"an account that was deleted is made anew, while changes to teams are reported", func(w *world) {
			w.in.Verified, w.in.Policy.Drift = true, plan.DriftPolicy{Missing: plan.Repair, Members: plan.Report}
			w.live("ann", func(p *plan.Person) { p.Lost = true }).member("g-eng", "ann").hadIn("t1", "ann").reads()
		}, `
+ create ann@example.com: displayName "ANN"  [the account was deleted in Writer]
+ add ann@example.com to team Engineering  [gets an account in the place of one that was deleted in Writer]`},
		{"what was taken in Writer is repaired", func(w *world) {
			w.in.Policy.Drift = plan.DriftPolicy{Inactive: plan.Repair, Missing: plan.Repair}
			w.live("ann", remote(false, "ANN")).live("bob", func(p *plan.Person) { p.Lost = true }).member("g-eng", "ann", "bob").hadIn("t1", "ann", "bob")
		}, `
+ create bob@example.com: displayName "BOB"  [the account was deleted in Writer]
+ reactivate ann@example.com  [the account was deactivated in Writer]
+ add bob@example.com to team Engineering  [gets an account in the place of one that was deleted in Writer]`},
		{"an account that an admin made in the place of one they deleted", func(w *world) {
			w.in.Policy.Drift = plan.DriftPolicy{Missing: plan.Repair}
			w.live("ann", func(p *plan.Person) { p.Lost = true }).member("g-eng", "ann").account("ann").hadIn("t1", "ann").reads()
		}, `
= link ann@example.com to account ann  [the account was deleted in Writer, and this one has the e-mail]
+ add ann@example.com to team Engineering  [gets an account in the place of one that was deleted in Writer]`},
		{"an account that was deleted, and somebody else has the address", func(w *world) {
			w.in.Policy.Drift = plan.DriftPolicy{Missing: plan.Repair}
			w.live("ann", email(mailOf("bob")), func(p *plan.Person) { p.Lost = true }).live("bob", absent(3), standing(plan.Inactive)).member("g-eng", "ann")
		}, `
held recycled-email: the e-mail of corp/ann belongs to the account of corp/bob. Give the newcomer another address, or change that of the old account, in Writer and in the directory.
  + create bob@example.com: displayName "ANN"  [the account was deleted in Writer]`},
		{"what Writer does not keep is no drift", func(w *world) {
			profile(w)
			w.in.Ignored = map[connectors.Attribute]bool{connectors.Title: true}
			w.live("ann", department("Words"), titled("words"), remote(true, "ANN")).member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann")
		}, `
= confirm ann@example.com  [changed in the directory, and nothing of it is sent]
warning attribute-ignored: Writer keeps no title of anybody: take it out of people.attributes`},
		{"org admins by a list", func(w *world) {
			const role = connectors.Attribute("urn:x:role")
			w.in.Policy.Roles = plan.Roles{Attribute: role, Admins: map[string]bool{"ann@example.com": true, "cid@example.com": true}}
			has := func(value string) func(*plan.Person) { return func(p *plan.Person) { p.Link.Applied[role] = value } }
			w.live("ann").live("bob", has("admin")).live("cid", has("admin")).live("dan", has("member")).stated("eve")
			w.member("g-eng", "ann", "bob", "cid", "dan").hadIn("t1", "ann", "bob", "cid", "dan")
		}, `
~ set the org role of ann@example.com: urn:x:role "admin"  [is listed in writer.role.admins]
~ set the org role of bob@example.com: urn:x:role "admin" to "member"  [is listed in writer.role.admins no longer]`},
		{"org admins, and roles are left alone now", func(w *world) {
			w.in.Verified = true
			w.live("ann", remote(true, "ANN"), func(p *plan.Person) { p.Link.Applied["urn:x:role"] = "admin" })
			w.member("g-eng", "ann").hadIn("t1", "ann").reads("a-ann")
		}, `
warning role-kept: writer.role is gone, and of those whom it made org admins, so many still are: 1; to undo it, set the attribute again with an empty list of admins`},
		{"what becomes of leavers, by source", func(w *world) {
			w.in.Policy.Sources = map[string]plan.Deprovision{"corp": plan.DeprovisionDelete}
			w.live("ann", status(connectors.StatusDisabled)).member("g-eng", "ann").hadIn("t1", "ann")
		}, `
- delete ann@example.com  [is disabled in corp]`},
	}
	wantPlans(t, tests)
}

// TestRoleOfAnAdoptedAccount leaves the role to whoever gave it.
func TestRoleOfAnAdoptedAccount(t *testing.T) {
	const role = connectors.Attribute("urn:x:role")
	w := newWorld(t)
	w.in.Policy.Roles = plan.Roles{Attribute: role}
	w.stated("ann").account("ann").member("g-eng", "ann")
	w.in.Accounts[0].Attributes = map[connectors.Attribute]string{role: plan.RoleAdmin}
	p, _ := plan.Diff(w.input())
	if len(p.Ops) == 0 || p.Ops[0].Kind != plan.AdoptUser {
		t.Fatalf("not adopted:\n%s", p)
	}
	if change, remembered := p.Ops[0].Change(role); remembered {
		t.Errorf("the role is taken for ours: %+v", change)
	}
}

// TestRolesThatAreOff: without the attribute of the role nobody is made an org admin,
// whoever is listed.
func TestRolesThatAreOff(t *testing.T) {
	w := newWorld(t).live("ann").member("g-eng", "ann").hadIn("t1", "ann")
	w.in.Policy.Roles.Admins = map[string]bool{"ann@example.com": true}
	if got := render(w.input()); got != "" {
		t.Errorf("plan:\n%s", got)
	}
}
