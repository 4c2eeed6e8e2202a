package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestScopeOf: who is in scope, and why, for each reason there is.
func TestScopeOf(t *testing.T) {
	employee := withTitle("Engineer")
	w := newWorld(t).group("g-sales", "sales").
		live("fine", employee).
		stated("outside", employee).
		stated("robot", withTitle("Robot")).
		stated("unclear").
		stated("waits", employee).
		stated("waiting-robot", withTitle("Robot")).
		live("lost", absent(0)).
		member("g-eng", "fine", "robot", "unclear").
		member("g-sales", "waits", "waiting-robot")
	w.in.Policy.Profile = picky{}
	w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"})
	in := w.input()
	got := map[string]string{}
	for i, p := range in.People {
		is, why := plan.ScopeOf(in, i)
		got[p.Ref.ID] = map[bool]string{true: "yes: ", false: "no: "}[is] + why
	}
	want := map[string]string{
		"fine":          "yes: is in group engineering",
		"outside":       "no: is in no mapped group",
		"robot":         "no: is left out by people.include",
		"unclear":       "no: cannot be told: the directory does not state it",
		"waits":         "no: is in group sales, and its team Sales is not known in Writer",
		"waiting-robot": "no: is left out by people.include",
		"lost":          "no: is not in the directory",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scope (-want +got):\n%s", diff)
	}
}

// TestWithin: everybody in some groups, through nested ones too.
func TestWithin(t *testing.T) {
	in := newWorld(t).group("g-in", "inner").group("g-other", "other").nest("g-eng", "g-in").
		stated("ann").stated("bob").stated("cid").stated("dan").
		member("g-eng", "bob", "cid").member("g-in", "ann", "cid").member("g-other", "dan").input()
	for name, c := range map[string]struct {
		groups []connectors.Ref
		want   []string
	}{
		"a group and the one nested in it": {[]connectors.Ref{ref("g-eng")}, []string{"ann", "bob", "cid"}},
		"the nested one alone":             {[]connectors.Ref{ref("g-in")}, []string{"ann", "cid"}},
		"two groups":                       {[]connectors.Ref{ref("g-other"), ref("g-in")}, []string{"ann", "cid", "dan"}},
		"one that is there, and one not":   {[]connectors.Ref{ref("g-none"), ref("g-other")}, []string{"dan"}},
		"one that is not there":            {[]connectors.Ref{ref("g-none")}, []string{}},
		"none":                             {nil, []string{}},
	} {
		if got := idsOf(in, plan.Within(in, c.groups)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestTrace: each rule that leads a person into a team, and the groups on the shortest
// way from the one that the rule names, whatever circles there are.
func TestTrace(t *testing.T) {
	w := newWorld(t).group("g-in", "inner").group("g-inmost", "inmost").group("g-sales", "sales").
		nest("g-eng", "g-in").nest("g-in", "g-inmost").nest("g-inmost", "g-eng").nest("g-sales", "g-inmost").
		stated("ann").stated("bob").stated("cid").
		member("g-inmost", "ann").member("g-eng", "bob").member("g-in", "bob")
	w.in.Policy.Rules = append(w.in.Policy.Rules, plan.Rule{Group: "sales", Team: "Sales"}, plan.Rule{Group: "inner", Team: "Inner", Direct: true})
	in := w.input()
	want := map[string][]plan.Path{
		"ann": {
			{Rule: "engineering => Engineering", Groups: []string{"engineering", "inner", "inmost"}, Team: "Engineering", Linked: true},
			{Rule: "sales => Sales", Groups: []string{"sales", "inmost"}, Team: "Sales"},
		},
		"bob": {
			{Rule: "engineering => Engineering", Groups: []string{"engineering"}, Team: "Engineering", Linked: true},
			{Rule: "sales => Sales", Groups: []string{"sales", "inmost", "engineering"}, Team: "Sales"},
			{Rule: "inner => Inner", Groups: []string{"inner"}, Team: "Inner"},
		},
		"cid": nil,
	}
	for i, p := range in.People {
		if diff := cmp.Diff(want[p.Ref.ID], plan.Trace(in, i)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Ref.ID, diff)
		}
	}
}

// TestAssumeJoins: what Assume returns has joined people as one, as AsOne does.
func TestAssumeJoins(t *testing.T) {
	w := newWorld(t)
	withHR(w)
	w.stated("ann").inHR("1", "ann").joinedAs("1", "ann").stated("bob").member("g-eng", "ann", "bob")
	in := w.input()
	if one := plan.AsOne(in); len(one.Joins) > 0 || cmp.Equal(one.People, in.People) {
		t.Fatal("the people of this test are not joined")
	}
	assumed := plan.Assume(in)
	if diff := cmp.Diff(plan.AsOne(in).People, assumed.People, cmp.AllowUnexported(plan.Person{})); diff != "" {
		t.Errorf("people (-as one +assumed):\n%s", diff)
	}
	if len(assumed.Joins) > 0 {
		t.Errorf("joins that are done already: %v", assumed.Joins)
	}
}

// TestOptional: an account without one of its names, or its e-mail, is not worth having.
func TestOptional(t *testing.T) {
	for a, want := range map[connectors.Attribute]bool{
		plan.UserName: false, connectors.GivenName: false, connectors.FamilyName: false, connectors.DisplayName: false,
		connectors.Title: true, connectors.Department: true, connectors.Manager: true, connectors.Phone: true, connectors.Locale: true,
	} {
		if got := plan.Optional(a); got != want {
			t.Errorf("%s: optional %t, want %t", a, got, want)
		}
	}
}
