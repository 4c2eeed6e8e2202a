package plan_test

import (
	"testing"

	"writersync/connectors"
	"writersync/syncer/plan"
)

// TestHashOfAnOp: what an approval is of. Whatever else is said of an op may change
// until it is done.
func TestHashOfAnOp(t *testing.T) {
	edits := map[string]func(*plan.Op){
		"kind":     func(o *plan.Op) { o.Kind = plan.ConfirmUser },
		"person":   func(o *plan.Op) { o.Person = ref("bob") },
		"source":   func(o *plan.Op) { o.Person.Source = "hr" },
		"group":    func(o *plan.Op) { o.Group = ref("g") },
		"account":  func(o *plan.Op) { o.Account = "b" },
		"team":     func(o *plan.Op) { o.Team = "t2" },
		"change":   func(o *plan.Op) { o.Changes = []plan.Change{{Attribute: connectors.Title, Old: "A", New: "C"}} },
		"old":      func(o *plan.Op) { o.Changes = []plan.Change{{Attribute: connectors.Title, Old: "B", New: "B"}} },
		"from":     func(o *plan.Op) { o.From = ref("cid") },
		"question": func(o *plan.Op) { o.Reason.Text = "another" },
		"basis":    func(o *plan.Op) { o.Reason.Basis = plan.NotVisible },
		"after":    func(o *plan.Op) { o.After = ref("cid") },
		"makes":    func(o *plan.Op) { o.Makes = plan.Fingerprint{1} },
		"labels":   func(o *plan.Op) { o.Login, o.TeamName = "x@example.com", "X" },
	}
	always := []string{"kind", "person", "source", "group", "team", "change", "old"}
	for kind, also := range map[plan.Kind][]string{
		plan.UpdateUser:    {"account", "basis"},
		plan.Reactivate:    {"account", "basis"},
		plan.Deactivate:    {"account", "basis"},
		plan.DeleteUser:    {"account", "basis"},
		plan.RemoveMember:  {"account", "basis"},
		plan.AddMember:     {"basis"},
		plan.ConfirmMember: {"basis"},
		plan.JoinPerson:    {"from", "question"},
		plan.MoveLink:      {"account", "from", "question"},
	} {
		counts := map[string]bool{}
		for _, name := range append(also, always...) {
			counts[name] = true
		}
		for name, edit := range edits {
			op := plan.Op{
				Kind: kind, Person: ref("ann"), Account: "a", Team: "t1", Changes: []plan.Change{{Attribute: connectors.Title, Old: "A", New: "B"}},
				Reason: plan.Reason{Basis: plan.Shown, Text: "one"},
			}
			before := op.Hash()
			edit(&op)
			if got := op.Hash() != before; got != counts[name] {
				t.Errorf("%s: another %s changes the hash: %t, want %t", kind, name, got, counts[name])
			}
		}
	}
}

// TestFingerprint: two records that are sent the same way have one fingerprint, and no
// others.
func TestFingerprint(t *testing.T) {
	for name, tt := range map[string]struct {
		edit   func(*connectors.User)
		counts bool
	}{
		"e-mail":          {func(u *connectors.User) { u.Email = "other@example.com" }, true},
		"status":          {func(u *connectors.User) { u.Status = connectors.StatusDisabled }, true},
		"fault":           {func(u *connectors.User) { u.Fault = "it is broken" }, true},
		"unusable value":  {func(u *connectors.User) { u.Unusable = map[connectors.Attribute]string{connectors.Title: "is a list"} }, true},
		"attribute":       {func(u *connectors.User) { u.Attributes[connectors.DisplayName] = "Ann B." }, true},
		"more attributes": {func(u *connectors.User) { u.Attributes[connectors.Title] = "" }, true},
		"name of an attribute": {func(u *connectors.User) {
			u.Attributes = map[connectors.Attribute]string{connectors.Title: u.Attributes[connectors.DisplayName]}
		}, true},
		"spelling":  {func(u *connectors.User) { u.Email = " ANN@example.com" }, false},
		"container": {func(u *connectors.User) { u.Container = "ou=elsewhere" }, false},
	} {
		u := userOf("ann")
		before := plan.FingerprintOf(*u)
		tt.edit(u)
		if got := plan.FingerprintOf(*u) != before; got != tt.counts {
			t.Errorf("another %s changes the fingerprint: %t, want %t", name, got, tt.counts)
		}
	}
}
