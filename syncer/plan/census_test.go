package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// picky wants nobody with the title Robot, and cannot tell of those without one.
type picky struct{}

func (picky) Sends(string, connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{}, nil
}

func (picky) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	title, stated := u.Attributes[connectors.Title]
	if !stated {
		return "", nil, errors.New("the directory does not state it")
	}
	if title == "Robot" {
		return "people.include", nil, nil
	}
	return "", nil, nil
}

func withTitle(title string) func(*plan.Person) {
	return func(p *plan.Person) { p.User.Attributes[connectors.Title] = title }
}

// TestCensus: who is provisioned, and why not, for each reason there is.
func TestCensus(t *testing.T) {
	employee := withTitle("Engineer")
	w := newWorld(t).group("g-ext", "external").group("g-inner", "ext-de").nest("g-ext", "g-inner").
		stated("fine", employee).
		stated("outside", employee).
		stated("robot", withTitle("Robot")).
		stated("unclear").
		stated("gone", employee, func(p *plan.Person) { p.User.Status = connectors.StatusDisabled }).
		stated("odd", employee, func(p *plan.Person) { p.User.Status = connectors.StatusUnknown }).
		stated("broken", employee, func(p *plan.Person) { p.User.Fault = "has more than 100 names" }).
		stated("mute", employee, func(p *plan.Person) { p.User.Email = "" }).
		stated("twin", employee, func(p *plan.Person) { p.User.Email = "nice@example.com" }).
		live("owner", employee, func(p *plan.Person) { p.User.Email = "nice@example.com" }).
		live("lost", func(p *plan.Person) { p.User = nil }).
		stated("freelance", employee).
		member("g-eng", "fine", "robot", "unclear", "gone", "odd", "broken", "mute", "twin", "owner", "lost", "freelance").
		member("g-inner", "freelance")
	w.in.Policy.ExcludeGroups, w.in.Policy.Profile = []string{"ext*al"}, picky{}
	in := w.input()
	census := plan.TakeCensus(plan.Assume(in))
	got := map[string]string{}
	for i, p := range in.People {
		is, why := census.Provisioned(i)
		got[p.Ref.ID] = map[bool]string{true: "yes: ", false: "no: "}[is] + why
	}
	want := map[string]string{
		"fine":      "yes: is in group engineering",
		"outside":   "no: is in no mapped group",
		"robot":     "no: is left out by people.include",
		"unclear":   "no: cannot be judged: the directory does not state it",
		"gone":      "no: is disabled in corp",
		"odd":       "no: has a status that says neither active nor disabled",
		"broken":    "no: has a record that cannot be used: has more than 100 names",
		"mute":      "no: has no e-mail, and Writer knows people by it",
		"twin":      "no: is held: corp/twin states the same e-mail as corp/owner",
		"owner":     "yes: is in group engineering",
		"lost":      "no: is not in the directory",
		"freelance": "no: is in group external, which people.exclude_groups names",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("census (-want +got):\n%s", diff)
	}
	rosters := census.Rosters()
	if len(rosters) != 1 || rosters[0].Team != "Engineering" {
		t.Fatalf("rosters: %v", rosters)
	}
	if got := idsOf(in, rosters[0].People); !slices.Equal(got, []string{"fine", "owner"}) {
		t.Errorf("in the team: %v", got)
	}
	if n := len(rosters[0].Barred); n != 9 {
		t.Errorf("%d are led there and not provisioned", n)
	}
	groups, members := census.Of("ext*al")
	if got := idsOf(in, members); !slices.Equal(groups, []string{"external"}) || !slices.Equal(got, []string{"freelance"}) {
		t.Errorf("of the pattern: %v %v", groups, got)
	}
	if groups, members := census.Of("nothing"); len(groups)+len(members) > 0 {
		t.Errorf("of no group: %v %v", groups, members)
	}
}

func idsOf(in plan.Input, people []uint32) []string {
	out := []string{}
	for _, i := range people {
		out = append(out, in.People[i].Ref.ID)
	}
	return out
}

// TestAssume: teams that rules name exist, those that the ledger knows by another
// name stay what they are, and names that several teams have stay open.
func TestAssume(t *testing.T) {
	w := newWorld(t).group("g-sales", "sales").group("g-two", "two").stated("ann").member("g-sales", "ann")
	w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"}, plan.Rule{Group: "two", Team: "Two"})
	w.in.Teams = append(w.in.Teams, plan.Team{ID: "t2", Name: "Two"}, plan.Team{ID: "t3", Name: "Two"})
	w.in.Teams[0].Name = "Engineers" // renamed in Writer
	in := w.input()
	before := len(in.Teams)
	assumed := plan.Assume(in)
	if len(in.Teams) != before {
		t.Error("the input was changed")
	}
	var names []string
	for _, r := range plan.TakeCensus(assumed).Rosters() {
		names = append(names, r.Team)
	}
	if !slices.Equal(names, []string{"Engineers", "Sales"}) {
		t.Errorf("teams: %v", names)
	}
	if !slices.IsSortedFunc(assumed.Teams, func(a, b plan.Team) int { return strings.Compare(string(a.ID), string(b.ID)) }) {
		t.Error("teams are not sorted")
	}
}
