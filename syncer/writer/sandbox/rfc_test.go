package sandbox

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const annJSON = `{
	"id": "2819", "externalId": "E-1", "userName": "Ann@Example.com", "displayName": "Ann \"the\" Best", "title": "Writer", "active": true,
	"name": {"givenName": "Ann", "familyName": "Best"},
	"emails": [{"value": "ann@example.com", "type": "work", "primary": true}, {"value": "ann@home.example", "type": "home"}],
	"members": [{"value": "1"}, {"value": "2"}, {"value": "3"}],
	"meta": {"lastModified": "2026-05-13T04:42:34Z"}}`

func resource(t testing.TB, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFilter holds the forms of RFC 7644 section 3.4.2.2, whoever sends them.
func TestFilter(t *testing.T) {
	tests := []struct {
		filter string
		want   string // yes, no, or part of the error
	}{
		{`userName eq "ann@example.com"`, "yes"},
		{`USERNAME EQ "ANN@EXAMPLE.COM"`, "yes"}, // userName is not caseExact (RFC 7643 section 4.1.1)
		{`externalId eq "e-1"`, "no"},            // externalId is (section 3.1)
		{`externalId eq "E-1"`, "yes"},
		{`id eq "2819"`, "yes"},
		{`userName eq "bob@example.com"`, "no"},
		{`userName ne "bob@example.com"`, "yes"},
		{`displayName eq "Ann \"the\" Best"`, "yes"},
		{`displayName co "THE"`, "yes"},
		{`userName sw "ann"`, "yes"},
		{`userName ew ".com"`, "yes"},
		{`title pr`, "yes"},
		{`nickName pr`, "no"},
		{`not (title pr)`, "no"},
		{`title pr and userName sw "bob"`, "no"},
		{`title pr or userName sw "bob"`, "yes"},
		{`title eq "x" or title eq "Writer" and active eq true`, "yes"}, // and binds tighter
		{`(title eq "x" or title eq "Writer") and active eq false`, "no"},
		{`name.familyName eq "best"`, "yes"},
		{`emails eq "ann@home.example"`, "yes"}, // a multi-valued attribute stands for its values
		{`emails.value eq "ann@home.example"`, "yes"},
		{`emails[type eq "work" and value co "@example.com"]`, "yes"},
		{`emails[type eq "work" and value co "home"]`, "no"}, // one element must match whole
		{`members.value eq "2"`, "yes"},
		{`members[value eq "9"]`, "no"},
		{`active eq true`, "yes"},
		{`active eq "true"`, "no"},
		{`meta.lastModified gt "2026-01-01T00:00:00Z"`, "yes"},
		{`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann@example.com"`, "yes"},
		{``, "expected"},
		{`userName`, ""},
		{`userName eq`, ""},
		{`userName eq ann`, ""},
		{`userName eq "ann`, ""},
		{`userName is "ann"`, ""},
		{`(userName eq "ann"`, ""},
		{`userName eq "ann") or title pr`, "not expected"},
		{strings.Repeat("(", 5000) + "title pr" + strings.Repeat(")", 5000), "too deep"},
	}
	for _, tt := range tests {
		match, err := parseFilter(tt.filter, false)
		got := "no"
		switch {
		case err != nil:
			got = err.Error()
		case match(resource(t, annJSON)):
			got = "yes"
		}
		wantsError := tt.want != "yes" && tt.want != "no"
		if wantsError != (err != nil) || !wantsError && got != tt.want {
			t.Errorf("%.60s: %s, want %q", tt.filter, got, tt.want)
		}
	}
	exact, err := parseFilter(`userName eq "ann@example.com"`, true)
	if err != nil || exact(resource(t, annJSON)) {
		t.Errorf("with exact case: %v, and it matches", err)
	}
}

// TestPatch holds the rules of RFC 7644 section 3.5.2.
func TestPatch(t *testing.T) {
	tests := []struct {
		name, ops string
		path      string // where to look afterwards
		want      string // as JSON; or the scimType of the refusal, behind "!"
	}{
		{"replace", `{"op": "replace", "path": "title", "value": "Boss"}`, "title", `"Boss"`},
		{"replace, with another case of the op", `{"op": "Replace", "path": "TITLE", "value": "Boss"}`, "title", `"Boss"`},
		{"replace a part", `{"op": "replace", "path": "name.familyName", "value": "Better"}`, "name", `{"familyName":"Better","givenName":"Ann"}`},
		{"replace without a path", `{"op": "replace", "value": {"active": false, "title": "Boss"}}`, "active", `false`},
		{"replace what is not there", `{"op": "replace", "path": "nickName", "value": "x"}`, "nickName", `"x"`},
		{"add to a list", `{"op": "add", "path": "members", "value": [{"value": "4"}]}`, "members", `[{"value":"1"},{"value":"2"},{"value":"3"},{"value":"4"}]`},
		{"add what is there already", `{"op": "add", "path": "members", "value": [{"value": "2"}]}`, "members", `[{"value":"1"},{"value":"2"},{"value":"3"}]`},
		{"add without a path", `{"op": "add", "value": {"members": [{"value": "4"}]}}`, "members", `[{"value":"1"},{"value":"2"},{"value":"3"},{"value":"4"}]`},
		{"replace a list", `{"op": "replace", "path": "members", "value": [{"value": "9"}]}`, "members", `[{"value":"9"}]`},
		{"remove one by a filter", `{"op": "remove", "path": "members[value eq \"2\"]"}`, "members", `[{"value":"1"},{"value":"3"}]`},
		{"remove without a filter takes all", `{"op": "remove", "path": "members"}`, "members", `null`},
		{"remove an attribute", `{"op": "remove", "path": "title"}`, "title", `null`},
		{
			"replace in an element", `{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@example.com"}`, "emails",
			`[{"primary":true,"type":"work","value":"a@example.com"},{"type":"home","value":"ann@home.example"}]`,
		},
		{"in order", `{"op": "remove", "path": "members[value eq \"1\"]"}, {"op": "add", "path": "members", "value": [{"value": "1"}]}`, "members", `[{"value":"2"},{"value":"3"},{"value":"1"}]`},
		{"all or nothing", `{"op": "replace", "path": "title", "value": "Boss"}, {"op": "remove"}`, "title", `!noTarget`},
		{"remove without a path", `{"op": "remove"}`, "title", `!noTarget`},
		{"replace what no element matches", `{"op": "replace", "path": "emails[type eq \"fax\"].value", "value": "x"}`, "emails", `!noTarget`},
		{"no operation", ``, "title", `!invalidSyntax`},
		{"an op that is none", `{"op": "move", "path": "title"}`, "title", `!invalidSyntax`},
		{"a path that is none", `{"op": "replace", "path": "emails[type eq", "value": "x"}`, "emails", `!invalidPath`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := resource(t, annJSON)
			ops, err := parsePatch(resource(t, `{"Operations": [`+tt.ops+`]}`))
			var after map[string]any
			if err == nil {
				after, err = applyPatch(before, ops)
			}
			if diff := cmp.Diff(resource(t, annJSON), before); diff != "" {
				t.Errorf("the resource itself was changed:\n%s", diff)
			}
			got := ""
			if err != nil {
				got = "!" + str(patchReply(err).body["scimType"])
			} else if text, merr := json.Marshal(after[tt.path]); merr == nil {
				got = string(text)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s (%v)", got, tt.want, err)
			}
		})
	}
}

// FuzzFilter evaluates filters that anybody could send: never a panic, and twice
// the same.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`userName eq "a"`, `emails[type eq "work" and not (value co "x")].value`, `a pr or (b lt 5 and c ge 1.5e3)`, `x eq null`, "\"\\u0000"} {
		f.Add(s)
	}
	ann := resource(f, annJSON)
	f.Fuzz(func(t *testing.T, s string) {
		match, err := parseFilter(s, false)
		if err != nil {
			return
		}
		first, second := match(ann), match(ann)
		if first != second {
			t.Error("once it matches, once it does not")
		}
	})
}

// FuzzPatch applies bodies that anybody could send: never a panic, the resource as
// it was, and nothing done if an error is returned.
func FuzzPatch(f *testing.F) {
	for _, s := range []string{
		`{"Operations":[{"op":"add","path":"members","value":[{"value":"4"}]}]}`, `{"Operations":[{"op":"remove","path":"members[value eq \"1\"]"}]}`,
		`{"operations":[{"op":"replace","value":{"name.givenName":"x","emails":null}}]}`, `{"Operations":[{"op":"replace","path":"emails[type eq \"work\"].value","value":{}}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var body map[string]any
		if json.Unmarshal([]byte(s), &body) != nil {
			return
		}
		ops, err := parsePatch(body)
		if err != nil {
			return
		}
		before := resource(t, annJSON)
		after, err := applyPatch(before, ops)
		if diff := cmp.Diff(resource(t, annJSON), before); diff != "" {
			t.Errorf("the resource itself was changed:\n%s", diff)
		}
		if err != nil && after != nil {
			t.Error("an error, and a resource")
		}
	})
}
