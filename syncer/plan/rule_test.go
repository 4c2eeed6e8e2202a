package plan_test

import (
	"strings"
	"testing"

	"writersync/syncer/plan"
)

// TestRuleValidate: what is wrong with a rule is said, and nothing else is wrong.
func TestRuleValidate(t *testing.T) {
	for _, tt := range []struct {
		rule plan.Rule
		says string // "": nothing is wrong
	}{
		{plan.Rule{Group: "sales", Team: "Sales"}, ""},
		{plan.Rule{Group: "writer-*", Team: "{*}"}, ""},
		{plan.Rule{Group: "writer-*", Team: "Team {*}", Source: "corp"}, ""},
		{plan.Rule{Group: "writer-?", Team: "{name}"}, ""},
		{plan.Rule{ID: "g-1", Team: "Sales"}, ""},
		{plan.Rule{ID: "g-1", Team: "{name}"}, ""},
		{plan.Rule{ID: "g-1", Group: "sales", Team: "Sales"}, "both group and id"},
		{plan.Rule{ID: "g-1", Team: "{*}"}, "id matches no pattern"},
		{plan.Rule{Team: "Sales"}, "group is empty"},
		{plan.Rule{Group: " ", Team: "Sales"}, "group is empty"},
		{plan.Rule{Group: "sales", Team: " "}, "team is empty"},
		{plan.Rule{ID: "g-1"}, "team is empty"},
		{plan.Rule{Group: "[", Team: "Sales"}, "not a pattern"},
		{plan.Rule{Group: "sales", Team: "{*}"}, "has no *"},
		{plan.Rule{Group: "sales-?", Team: "{*}"}, "has no *"},
	} {
		err := tt.rule.Validate()
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v, want %q", tt.rule, err, tt.says)
		}
	}
}
