package expr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/config/expr"
	"writersync/connectors"
)

func compiler(t testing.TB) *expr.Compiler {
	t.Helper()
	c, err := expr.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ada has a title, an empty department, and nothing else.
func ada() connectors.User {
	return connectors.User{
		ID: "4711", Email: "Ada@Example.com", Container: "ou=people",
		Attributes: map[connectors.Attribute]string{
			connectors.Title: "Boss", connectors.Department: "", connectors.Extra("kind"): "staff",
		},
	}
}

// TestText evaluates expressions about ada. The last three are what "not stated"
// means: an error, unless the expression asks first.
func TestText(t *testing.T) {
	const notStated = "not stated"
	for text, want := range map[string]string{
		`user.title + "!"`:                                   "Boss!",
		`user.title.lowerAscii()`:                            "boss",
		`user.email`:                                         "ada@example.com",
		`user.email.split("@")[1]`:                           "example.com",
		`regex.extract(user.email, "(.*)@").orValue("")`:     "ada",
		`user.id + " " + user.source + " " + user.container`: "4711 corp ou=people",
		`user.department`:                                    "",
		`has(user.department) ? "stated" : "not"`:            "stated",
		`has(user.phone) ? user.phone : "none"`:              "none",
		`user.?phone.orValue("none")`:                        "none",
		`user.extra.kind`:                                    "staff",
		`user.extra["kind"]`:                                 "staff",
		`"kind" in user.extra ? "yes" : "no"`:                "yes",
		`user.phone`:                                         notStated,
		`user.title + user.phone`:                            notStated,
		`user.extra.nothing`:                                 notStated,
	} {
		e, err := compiler(t).Text(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := e.Text("corp", ada())
		if errors.Is(err, expr.ErrNotStated) {
			got, err = notStated, nil
		}
		if err != nil || got != want {
			t.Errorf("%s gives %q, %v; want %q", text, got, err, want)
		}
	}
}

// TestFailures has no result, and that is not taken for "not stated".
func TestFailures(t *testing.T) {
	for _, text := range []string{`user.email.split("@")[7]`, `string(int(user.title))`, `user.title.substring(3, 99)`} {
		e, err := compiler(t).Text(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got, err := e.Text("corp", ada()); err == nil || errors.Is(err, expr.ErrNotStated) {
			t.Errorf("%s gives %q, %v", text, got, err)
		}
	}
}

// TestFaults are found when the expression is compiled, and pointed at.
func TestFaults(t *testing.T) {
	for text, want := range map[string]struct {
		column int
		msg    string
	}{
		`user.titel`: {6, "user has no field titel; it has container, "},
		`user`:       {1, "gives a user, and a text is wanted"},
		`[user].exists(p, p.title == "x") ? "" : ""`: {2, "user stands for nothing but itself"},
		`(true ? user : user).title`:                 {9, "user stands for nothing but itself"},
		`user == user ? "" : ""`:                     {1, "user stands for nothing but itself"},
		`{"a": user}["a"].title`:                     {7, "user stands for nothing but itself"},
		`1`:                                          {1, "gives a number, and a text is wanted"},
		`usr.title`:                                  {1, "undeclared reference to 'usr'"},
		`user.title + 1`:                             {12, "found no matching overload"},
		`user.title +`:                               {13, "Syntax error"},
		`user.title.matches("[") ? "":""`:            {20, "invalid matches argument"},
		" ":                                          {1, "is empty"},
		strings.Repeat("(", 200):                     {1, ""},
		`"` + strings.Repeat("x", 9000) + `"`:        {1, ""},
	} {
		_, err := compiler(t).Text(text)
		var e *expr.Error
		if !errors.As(err, &e) {
			t.Errorf("%.40s compiles: %v", text, err)
			continue
		}
		if want.msg != "" && (e.Column != want.column || !strings.HasPrefix(e.Msg, want.msg)) {
			t.Errorf("%.40s: %d: %s; want %d: %s", text, e.Column, e.Msg, want.column, want.msg)
		}
	}
}

// TestEnds evaluates what would take for ever.
func TestEnds(t *testing.T) {
	e, err := compiler(t).Truth(`user.email.split("").all(a, user.email.split("").all(b, user.email.split("").all(c, user.email.split("").all(d, a + b + c + d != "x"))))`)
	if err != nil {
		t.Fatal(err)
	}
	u := ada()
	u.Email = strings.Repeat("a", 200) + "@example.com"
	if _, err := e.Truth("corp", u); err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("it was let run: %v", err)
	}
}

func profile(t testing.TB, include, exclude, title string) *expr.Profile {
	t.Helper()
	c := compiler(t)
	p := &expr.Profile{Attributes: map[connectors.Attribute]*expr.Expression{connectors.Department: nil}}
	var err error
	compile := func(text string, with func(string) (*expr.Expression, error)) (e *expr.Expression) {
		if text == "" {
			return nil
		}
		if e, err = with(text); err != nil {
			t.Fatal(err)
		}
		return e
	}
	p.Include, p.Exclude = compile(include, c.Truth), compile(exclude, c.Truth)
	p.Attributes[connectors.Title] = compile(title, c.Text)
	return p
}

func TestWants(t *testing.T) {
	for _, tt := range []struct {
		include, exclude string
		want             string
	}{
		{"", "", "wanted"},
		{`user.title == "Boss"`, "", "wanted"},
		{`user.title == "Clerk"`, "", "people.include"},
		{"", `user.extra.kind == "staff"`, "people.exclude"},
		{`user.title == "Boss"`, `user.department == "Sales"`, "wanted"},
		{`user.phone != ""`, "", "people.include: user.phone: the directory does not state it"},
		{"", `user.phone != ""`, "people.exclude: user.phone: the directory does not state it"},
		{`has(user.phone) && user.phone != ""`, "", "people.include, without phone"},
		{"", `user.email.endsWith("example.com")`, "people.exclude"},
		{`user.container == "ou=staff"`, "", "people.include"},
		{`has(user.extra.rank)`, "", "people.include, without extra.rank"},
		{`user.extra[user.id] == ""`, "", "people.include: the directory does not state it (no such key: 4711)"},
		{"", `user.?extra.?kind.orValue("") == "staff"`, "people.exclude"},
		{"", `user.?extra[?"kind"].orValue("") == "staff"`, "people.exclude"},
	} {
		got, looked, err := profile(t, tt.include, tt.exclude, "").Wants("corp", ada())
		for _, a := range looked {
			if !ada().States(a) {
				got += ", without " + a.Word()
			}
		}
		switch {
		case err != nil:
			got = err.Error()
		case got == "":
			got = "wanted"
		}
		if got != tt.want {
			t.Errorf("include %q, exclude %q: %q, want %q", tt.include, tt.exclude, got, tt.want)
		}
	}
}

// TestSends leaves out what is not stated, and sends empty what is stated as empty.
// TestUnusable: an expression that looks at an unusable value has no result, also where it
// has one for users without a value; what is sent by it is left out.
func TestUnusable(t *testing.T) {
	u := ada()
	u.Email, u.Unusable = "", map[connectors.Attribute]string{connectors.Email: "is not UTF-8", connectors.Phone: "is a list", connectors.Extra("rank"): "is a list"}
	for _, tt := range []struct {
		include, exclude string
		want             string // "" for a result
	}{
		{"", `has(user.phone) && user.phone != ""`, "people.exclude: user.phone: the value in the directory cannot be used (is a list)"},
		{`has(user.phone)`, "", "people.include: user.phone: the value in the directory cannot be used (is a list)"},
		{"", `user.?extra[?"rank"].orValue("") == "x"`, "people.exclude: user.extra.rank: the value in the directory cannot be used (is a list)"},
		{"", `user.extra[user.id] == ""`, "people.exclude: user.extra.rank: the value in the directory cannot be used (is a list)"},
		{"", `has(user.email)`, "people.exclude: user.email: the value in the directory cannot be used (is not UTF-8)"},
		{`user.title == "Clerk"`, `has(user.phone)`, ""},
		{`user.title == "Boss"`, "", ""},
	} {
		_, _, err := profile(t, tt.include, tt.exclude, "").Wants("corp", u)
		if got := fmt.Sprint(err); (tt.want == "") != (err == nil) || (err != nil && got != tt.want) {
			t.Errorf("%s; %s: %s, want %q", tt.include, tt.exclude, got, tt.want)
		}
	}
	for _, title := range []string{`has(user.phone) ? user.phone : ""`, `user.phone`} {
		sends, err := profile(t, "", "", title).Sends("corp", u)
		if _, sent := sends[connectors.Title]; err != nil || sent || sends[connectors.Department] != ada().Attributes[connectors.Department] {
			t.Errorf("%s: %v, %v", title, sends, err)
		}
	}
}

func TestSends(t *testing.T) {
	for title, want := range map[string]map[connectors.Attribute]string{
		"":                         {connectors.Department: "", connectors.Title: "Boss"},
		`user.title + ", retired"`: {connectors.Department: "", connectors.Title: "Boss, retired"},
		`user.phone`:               {connectors.Department: ""},
		`""`:                       {connectors.Department: "", connectors.Title: ""},
	} {
		got, err := profile(t, "", "", title).Sends("corp", ada())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got): %v\n%s", title, err, diff)
		}
	}
	if _, err := profile(t, "", "", `user.email.split("@")[7]`).Sends("corp", ada()); err == nil || !strings.HasPrefix(err.Error(), "people.attributes.title: ") {
		t.Errorf("a failure is %v", err)
	}
}

// TestNeeds keeps what is sent and what an expression looks at, and nothing else.
func TestNeeds(t *testing.T) {
	p := profile(t, `user.?costCenter.orValue("") != "" || has(user.locale)`, `"kind" in user.extra`, `user.phone`)
	for attribute, want := range map[connectors.Attribute]bool{
		connectors.Department: true, connectors.Title: true, connectors.CostCenter: true, connectors.Locale: true, connectors.Phone: true,
		connectors.Extra("kind"): true, connectors.Extra("other"): false, connectors.EmployeeNumber: false, connectors.Manager: false,
	} {
		if p.Needs(attribute) != want {
			t.Errorf("Needs(%s) = %t", attribute, !want)
		}
	}
	for _, text := range []string{
		`user.extra.kind == ""`, `user.?extra.?kind.orValue("") == ""`, `user.?extra[?"kind"].orValue("") == ""`, `user.extra[?"kind"].orValue("") == ""`,
		`has(user.extra.kind)`, `"kind" in user.extra`, `user.extra["ki" + "nd"] == ""`, `user.extra.exists(name, name == "kind")`,
		`user.?extra.orValue({"kind": ""})["kind"] == ""`, `user.?extra.optMap(e, e.kind).orValue("") == ""`,
	} {
		if !profile(t, "", text, "").Needs(connectors.Extra("kind")) {
			t.Errorf("%s does not keep what it looks at", text)
		}
	}
	if profile(t, "", "", "").Needs(connectors.Extra("kind")) {
		t.Error("an extra attribute is kept that nothing looks at")
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{`user.title`, `has(user.phone) ? user.phone : ""`, `user.email.split("@")[1]`, `[1,2].map(x, x)[0] == 1`, "\x00", `user.?title`} {
		f.Add(seed)
	}
	c := compiler(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, compile := range []func(string) (*expr.Expression, error){c.Text, c.Truth} {
			e, err := compile(text)
			if err != nil {
				var fault *expr.Error
				if !errors.As(err, &fault) || fault.Line < 1 || fault.Column < 1 || fault.Msg == "" {
					t.Fatalf("%q: %#v", text, err)
				}
				continue
			}
			first, err1 := e.Text("corp", ada())
			second, err2 := e.Text("corp", ada())
			if first != second || (err1 == nil) != (err2 == nil) {
				t.Fatalf("%q gives %q, then %q", text, first, second)
			}
		}
	})
}
