package expect_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/config"
	"writersync/config/expect"
	"writersync/connectors"
	"writersync/syncer/plan"
)

// company is the directory of these tests.
const company = `
sources:
  corp:
    people:
      - {email: Alice@example.com}
      - {email: bob@example.com, attributes: {title: Robot}}
      - {id: "3", email: cid@example.com}
      - {email: dan@example.com, status: disabled}
      - {id: old, email: eve@example.com, status: disabled}
      - {id: new, email: eve@example.com}
      - {id: twin, email: gus@example.com}
      - {id: twin2, email: gus@example.com}
      - {id: mute}
    groups:
      - {name: legal, groups: [lawyers]}
      - {id: g-law, name: lawyers, members: [alice@example.com, dan@example.com, new]}
      - {name: fin-eu, members: ["3", bob@example.com, Alice@Example.com]}
      - {name: ext-de, members: [cid@example.com, twin]}
      - {name: lonely, members: [mute]}
`

// policy leads lawyers to Legal, through nesting, and fin-* to Finance.
func policy() plan.Policy {
	return plan.Policy{
		Rules:       []plan.Rule{{Group: "legal", Team: "Legal"}, {Group: "fin-*", Team: "Finance"}, {Group: "lonely", Team: "Lonely"}},
		DefaultTeam: "Everybody", Profile: noRobots{},
	}
}

type noRobots struct{}

func (noRobots) Sends(string, connectors.User) (map[connectors.Attribute]string, error) {
	return map[connectors.Attribute]string{}, nil
}

func (noRobots) Wants(_ string, u connectors.User) (string, []connectors.Attribute, error) {
	if u.Attributes[connectors.Title] == "Robot" {
		return "people.exclude", nil, nil
	}
	return "", nil, nil
}

func directory(t *testing.T) plan.Input {
	t.Helper()
	f, err := expect.ParseFixture("fixture.yml", []byte(company), []string{"corp"})
	if err != nil {
		t.Fatal(err)
	}
	return f.Input(policy())
}

// TestJudge holds each form of expectation, once where it holds and once where it
// does not, against what is said of it.
func TestJudge(t *testing.T) {
	const fin, law = `by rule "fin-* => Finance" through fin-eu`, `by rule "legal => Legal" through legal > lawyers`
	for _, test := range []struct{ expectation, want string }{
		{"{person: alice@example.com, in: [Legal, Finance]}", "ok\nok"},
		{"{person: ALICE@example.com, provisioned: true}", "ok"},
		{"{person: corp/new, in: [Legal]}", "ok"},
		{"{person: eve@example.com, in: [Legal], not_in: [Finance]}", "ok\nok"},
		{"{person: dan@example.com, provisioned: false, not_in: [Legal]}", "ok\nok"},
		{"{team: Finance, at_most: 2, at_least: 2, includes: [cid@example.com], excludes: [bob@example.com]}", "ok\nok\nok\nok"},
		{"{team: Legal, nobody_of: ext-*}", "ok"},
		{"{team: Lonely, at_most: 0}", "ok"},
		{"{everyone: {at_most: 3, at_least: 3}}", "ok\nok"},
		{"{nobody_of: lonely}", "ok"},

		{"{person: alice@example.com, not_in: [Legal]}", "alice@example.com is not in Legal: " + law},
		{"{person: alice@example.com, provisioned: false}", "alice@example.com is not provisioned: the person is in group fin-eu"},
		{"{person: cid@example.com, in: [Legal]}", "cid@example.com is in Legal: no group leads there: the person is in group ext-de, fin-eu, and so in team Finance"},
		{"{person: bob@example.com, in: [Finance]}", "bob@example.com is in Finance: the person would be " + fin + ", but is left out by people.exclude"},
		{"{person: dan@example.com, in: [Legal]}", "dan@example.com is in Legal: the person would be " + law + ", but is disabled in corp"},
		{"{person: dan@example.com, in: [Finance]}", "dan@example.com is in Finance: the person is disabled in corp"},
		{"{person: corp/mute, provisioned: true}", "corp/mute is provisioned: the person has no e-mail, and Writer knows people by it"},
		{"{person: gus@example.com, provisioned: false}", "gus@example.com is not provisioned: the directory states that e-mail of several people: corp/twin, corp/twin2"},
		{"{person: alcie@example.com, not_in: [Legal]}", "alcie@example.com is not in Legal: the directory states nobody of that name; did you mean alice@example.com?"},
		{"{person: alice@example.org, provisioned: false}", "alice@example.org is not provisioned: the directory states nobody of that name; did you mean alice@example.com?"},
		{"{person: xaver@example.com, provisioned: false}", "xaver@example.com is not provisioned: the directory states nobody of that name"},
		{"{person: alice@example.com, not_in: [Legall]}", "alice@example.com is not in Legall: no rule leads a group of the directory to a team of that name; did you mean Legal?"},
		{"{person: alice@example.com, in: [Sales]}", "alice@example.com is in Sales: no rule leads a group of the directory to a team of that name; groups are led to Finance, Legal, Lonely"},
		{"{person: alice@example.com, in: [Everybody]}", "alice@example.com is in Everybody: no rule leads a group there: Writer itself puts everybody into its default team"},
		{"{team: Finance, at_most: 1}", "at most 1 person is in Finance: 2 are: cid@example.com (" + fin + "), alice@example.com (" + fin + ")"},
		{"{team: Finance, at_least: 3}", "at least 3 people are in Finance: 2 are: cid@example.com (" + fin + "), alice@example.com (" + fin + ")"},
		{"{team: Lonely, at_least: 1}", "at least 1 person is in Lonely: nobody is"},
		{"{team: Finance, nobody_of: ext-*}", "nobody of group ext-* is in Finance: 1 is: cid@example.com (" + fin + ")"},
		{"{team: Finanse, at_most: 9, nobody_of: ext-*}", "at most 9 people are in Finanse: no rule leads a group of the directory to a team of that name; did you mean Finance?\n" +
			"nobody of group ext-* is in Finanse: no rule leads a group of the directory to a team of that name; did you mean Finance?"},
		{"{team: Finance, excludes: [cid@example.com]}", "cid@example.com is not in Finance: " + fin},
		{"{everyone: {at_most: 0}}", "at most 0 people are provisioned: 3 are: cid@example.com (is in group fin-eu), alice@example.com (is in group fin-eu), eve@example.com (is in group lawyers)"},
		{"{nobody_of: fin-*}", "nobody of group fin-* is provisioned: 2 are: cid@example.com (is in group fin-eu), alice@example.com (is in group fin-eu)"},
		{"{nobody_of: fin_eu}", "nobody of group fin_eu is provisioned: no group is called fin_eu; did you mean fin-eu?"},
	} {
		f, err := expect.Parse("test.yml", []byte("expectations:\n- "+test.expectation+"\n"))
		if err != nil {
			t.Errorf("%s: %v", test.expectation, err)
			continue
		}
		var got []string
		for _, finding := range expect.Judge(f, directory(t)) {
			switch {
			case finding.Line != 2:
				t.Errorf("%s is said to stand on line %d", test.expectation, finding.Line)
			case finding.Holds:
				got = append(got, "ok")
			default:
				got = append(got, finding.Expectation+": "+finding.Found)
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.expectation, diff)
		}
	}
}

// TestJoined: somebody whom two sources state is one person, found by what either says,
// and in the teams to which the groups of either lead.
func TestJoined(t *testing.T) {
	f, err := expect.ParseFixture("fixture.yml", []byte(`
sources:
  corp:
    people:
      - {id: c1, email: ada@example.com, attributes: {employeeNumber: "7"}}
      - {id: c2, email: bob@example.com, status: disabled, attributes: {employeeNumber: "8"}}
    groups:
      - {name: legal, members: [c1, c2]}
  hr:
    people:
      - {id: h1, email: ada.brandt@example.com, attributes: {employeeNumber: "7"}}
      - {id: h2, email: bob@example.com, status: disabled, attributes: {employeeNumber: "8"}}
    groups:
      - {name: fin-eu, members: [h1]}
`), []string{"corp", "hr"})
	if err != nil {
		t.Fatal(err)
	}
	file, err := expect.Parse("test.yml", []byte(`expectations:
- {person: ada@example.com, in: [Legal, Finance]}
- {person: ada.brandt@example.com, in: [Legal]}
- {person: hr/h1, in: [Legal]}
- {person: corp/c1, in: [Finance]}
- {everyone: {at_most: 1, at_least: 1}}
- {person: bob@example.com, in: [Legal]}
`))
	if err != nil {
		t.Fatal(err)
	}
	joining := policy()
	joining.Join = plan.Join{By: connectors.EmployeeNumber, Precedence: []string{"corp", "hr"}}
	findings := expect.Judge(file, f.Input(joining))
	for _, finding := range findings[:len(findings)-1] {
		if !finding.Holds {
			t.Errorf("line %d: %s: %s", finding.Line, finding.Expectation, finding.Found)
		}
	}
	const want = `the person would be by rule "legal => Legal" through legal, but is disabled in corp and hr`
	if last := findings[len(findings)-1]; last.Holds || last.Found != want {
		t.Errorf("of somebody who left: %v", last)
	}
}

// TestFaults: what cannot be tested is refused, all of it at once, each with its line.
func TestFaults(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "is empty"},
		{"- person: a@b.c", "the file is not a map of sections"},
		{"expectations: []", "1: expectations: lists nothing, and so nothing would be tested"},
		{"expectations:\n- {team: Legal}", "2: expectations[0]: says nothing of the team"},
		{"expectations:\n- {because: x}", "2: expectations[0]: is about nothing"},
		{"expectations:\n- {person: ada@example.com}", "2: expectations[0]: says nothing of the person"},
		{"expectations:\n- {person: ada, in: [X]}", "2: expectations[0].person: is neither an e-mail nor source/ID"},
		{"expectations:\n- {person: '', in: [X]}", "2: expectations[0].person: is neither an e-mail nor source/ID"},
		{"expectations:\n- {person: ada@example.com, in: []}", "2: expectations[0].in: is empty, and so nothing would be tested"},
		{"expectations:\n- {person: ada@example.com, in: ['']}", "2: expectations[0].in[0]: names no team"},
		{"expectations:\n- {person: ada@example.com, in: [X], not_in: [Y, X]}", "2: expectations[0].not_in[1]: stands in the list in as well"},
		{"expectations:\n- {person: ada@example.com, in: [X], provisioned: false}", "2: expectations[0].provisioned: is false, and whoever is in a team is provisioned"},
		{"expectations:\n- {person: ada@example.com, team: X, at_most: 3}", "2: expectations[0].team: stands beside person"},
		{"expectations:\n- {person: ada@example.com, provisioned: true, at_most: 3}", "2: expectations[0].at_most: is said of a team, and this is about person"},
		{"expectations:\n- {person: ada@example.com, provisioned: true, nobody_of: x}", "2: expectations[0].nobody_of: stands beside person"},
		{"expectations:\n- {team: '', at_most: 3}", "2: expectations[0].team: names no team"},
		{"expectations:\n- {team: X, at_most: -1}", "2: expectations[0].at_most: must not be less than 0"},
		{"expectations:\n- {team: X, at_most: 2, at_least: 3}", "2: expectations[0].at_least: is more than at_most"},
		{"expectations:\n- {team: X, at_most: many}", "2: expectations[0].at_most: must be a whole number, is text"},
		{"expectations:\n- {team: X, includes: [a@b.c], excludes: [A@b.c]}", "2: expectations[0].excludes[0]: stands in the list includes as well"},
		{"expectations:\n- {team: X, includes: [x]}", "2: expectations[0].includes[0]: is neither an e-mail nor source/ID"},
		{"expectations:\n- {everyone: {}}", "2: expectations[0].everyone: says nothing that can be tested"},
		{"expectations:\n- {everyone: {at_most: 1}, in: [X]}", "2: expectations[0].in: is said of a person, and this is about everyone"},
		{"expectations:\n- {nobody_of: ''}", "2: expectations[0].nobody_of: names no group"},
		{"expectations:\n- {nobody_of: '[x'}", "2: expectations[0].nobody_of: is not a pattern: a [ or \\ in it has no end"},
		{"expectations:\n- {nobody_of: x, at_most: 3}", "2: expectations[0].at_most: is said of a team, and this is about nobody_of"},
		{"expectations:\n- {persn: ada@example.com}\n- {team: X, at_mots: 1,\n   role: admin}", "2: expectations[0].persn: is not a known key (did you mean person?)\n3: expectations[1].at_mots: is not a known key (did you mean at_most?)\n4: expectations[1].role: is not a known key"},
	} {
		_, err := expect.Parse("test.yml", []byte(test.text))
		if diff := cmp.Diff(test.want, faultLines(err, test.want)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

var knownFix = regexp.MustCompile(`^did you mean`)

// faultLines returns each fault as "line: path: message", with the fix if it guesses a
// word, or the message alone if the fault is of the file as a whole.
func faultLines(err error, want string) string {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return fmt.Sprint(err)
	}
	var out []string
	for _, f := range faults {
		line := f.Msg
		if f.Path != "" {
			line = fmt.Sprintf("%d: %s: %s", f.Line, f.Path, f.Msg)
		}
		if knownFix.MatchString(f.Fix) && strings.Contains(want, "did you mean") {
			line += " (" + f.Fix + ")"
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestFixtureFaults(t *testing.T) {
	const people = "sources:\n  corp:\n    people:\n"
	for _, test := range []struct{ text, want string }{
		{"sources: {}", "1: sources: has no source, and so nobody would be tested"},
		{"sources:\n  crop: {people: [{email: a@b.c}]}", "2: sources.crop: is no source of the configuration (did you mean corp?)"},
		{"sources:\n  corp: {groups: [{name: x}]}", "2: sources.corp.people: has nobody"},
		{people + "      - {status: active}", "4: sources.corp.people[0]: has neither an id nor an email"},
		{people + "      - {email: a@b.c, status: left}", "4: sources.corp.people[0].status: must be active, disabled or unknown"},
		{people + "      - {email: a@b.c}\n      - {email: A@b.c}", "5: sources.corp.people[1]: is known by the ID of somebody before"},
		{people + "      - {email: a@b.c, attributes: {titel: x, extra.cost: y}}", "4: sources.corp.people[0].attributes.titel: is no attribute (did you mean title?; what only expressions see is extra.NAME)"},
		{people + "      - {email: a@b.c}\n    groups:\n      - {id: x}", "6: sources.corp.groups[0].name: is required"},
		{people + "      - {email: a@b.c}\n    groups:\n      - {name: x}\n      - {name: x}", "7: sources.corp.groups[1]: is known by the ID of a group before"},
		{people + "      - {email: ada@b.c}\n    groups:\n      - {name: x, members: [adda@b.c]}", "6: sources.corp.groups[0].members[0]: names no person of this source (did you mean ada@b.c?)"},
		{people + "      - {email: a@b.c}\n    groups:\n      - {name: x, groups: [y]}", "6: sources.corp.groups[0].groups[0]: names no group of this source"},
		{people + "      - {id: a, email: a@b.c}\n      - {id: b, email: a@b.c}\n    groups:\n      - {name: x, members: [a@b.c]}", "7: sources.corp.groups[0].members[0]: may be any of several, with the ids a, b"},
	} {
		_, err := expect.ParseFixture("fixture.yml", []byte(test.text), []string{"corp", "hr"})
		if diff := cmp.Diff(test.want, faultLines(err, test.want)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

// TestRoundTrip: a directory that is written down and read again is the same, whatever
// stands in it.
func TestRoundTrip(t *testing.T) {
	in := directory(t)
	for i, strange := range []string{"4711", "true", "null", "0x1f", "- x: y", "#", "é \u2028 \u0007 \U0001F600", `"\`, " x ", "a: &b", "*c", "{", "2026-01-02", "~", "<&>"} {
		in.People[i%len(in.People)].User.Attributes[connectors.Title] = strange
		in.People[i%len(in.People)].User.Attributes[connectors.Extra("cost")] = strange
		in.Groups[i%len(in.Groups)].Name = strange
		in.People[0].User.Container = strange
		var b bytes.Buffer
		if err := expect.FixtureOf(in, func(connectors.Attribute) bool { return true }).Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := expect.ParseFixture("again.yml", b.Bytes(), []string{"corp"})
		if err != nil {
			t.Errorf("%q: %v\n%s", strange, err, b.String())
			continue
		}
		if diff := cmp.Diff(in, again.Input(policy())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", strange, diff)
		}
	}
}

// TestFixtureIsLean: attributes that no expression looks at are left out, and so is
// who is not in the directory any more.
func TestFixtureIsLean(t *testing.T) {
	in := directory(t)
	in.People[2].User = nil
	in.People[1].User.Attributes[connectors.Title], in.People[1].User.Attributes[connectors.Phone] = "Counsel", "555"
	in.People[4].User.Fault = "broken"
	var b bytes.Buffer
	if err := expect.FixtureOf(in, func(a connectors.Attribute) bool { return a == connectors.Title }).Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{"555", "phone"} {
		if strings.Contains(b.String(), missing) {
			t.Errorf("%s is kept:\n%s", missing, b.String())
		}
	}
	f, err := expect.ParseFixture("lean.yml", b.Bytes(), []string{"corp"})
	if err != nil {
		t.Fatal(err)
	}
	out := f.Input(policy())
	if len(out.People) != len(in.People)-1 || out.People[1].User.Attributes[connectors.Title] != "Counsel" {
		t.Errorf("people: %d, title %q", len(out.People), out.People[1].User.Attributes[connectors.Title])
	}
	if u := out.People[3].User; u.Status != connectors.StatusUnknown {
		t.Errorf("a record that cannot be used is %q", u.Status)
	}
}
