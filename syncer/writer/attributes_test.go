package writer_test

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
	"writersync/syncer/writer/sandbox"
)

// full has a value of every attribute.
func full(value string) map[connectors.Attribute]string {
	out := map[connectors.Attribute]string{}
	for _, word := range connectors.AttributeWords() {
		a, _ := connectors.AttributeNamed(word)
		out[a] = word + value
	}
	return out
}

func changes(from, to map[connectors.Attribute]string) apply.UserEdit {
	var e apply.UserEdit
	for _, a := range slices.Sorted(maps.Keys(from)) {
		e.Changes = append(e.Changes, plan.Change{Attribute: a, Old: from[a], New: to[a]})
	}
	return e
}

// TestEveryAttribute gives an account every attribute, changes each and takes each,
// whatever way of changing the server knows, and one that keeps or takes only what
// people are recognised by.
func TestEveryAttribute(t *testing.T) {
	for name, q := range map[string]sandbox.Quirks{
		"patch": {}, "put": {NoPatch: true}, "empty answers": {Write204: true},
		"optional ignored": {OptionalIgnored: true}, "optional refused": {OptionalRefused: true},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := sandboxed(q)
			kept := func(of map[connectors.Attribute]string) map[connectors.Attribute]string {
				out := maps.Clone(of)
				maps.DeleteFunc(out, func(a connectors.Attribute, _ string) bool {
					unnamed := !strings.HasPrefix(string(a), "name.") && a != connectors.DisplayName
					return (q.OptionalIgnored && unnamed) || (q.OptionalRefused && plan.Optional(a))
				})
				return out
			}
			same := func(what string, want map[connectors.Attribute]string, id plan.RemoteID) {
				t.Helper()
				got, err := c.ReadUser(t.Context(), id)
				if diff := cmp.Diff(want, got.Attributes); diff != "" || err != nil {
					t.Errorf("%s (-want +got): %v\n%s", what, err, diff)
				}
			}
			u := apply.NewUser{ExternalID: "E-1", Attributes: full("")}
			u.Attributes[plan.UserName] = "ann@example.com"
			made, err := c.CreateUser(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			same("created", kept(full("")), made.ID)
			if _, err := c.UpdateUser(t.Context(), made.ID, changes(full(""), full(" changed"))); err != nil {
				t.Fatal(err)
			}
			same("changed", kept(full(" changed")), made.ID)
			if _, err := c.UpdateUser(t.Context(), made.ID, changes(full(" changed"), nil)); err != nil {
				t.Fatal(err)
			}
			same("taken", map[connectors.Attribute]string{}, made.ID)
		})
	}
}

// TestRole sets the org role, and reads it under both names of Writer's extension.
func TestRole(t *testing.T) {
	const schema = "urn:custom:params:scim:schemas:extension:writer:2.0"
	for name, q := range map[string]sandbox.Quirks{"patch": {}, "put": {NoPatch: true}} {
		t.Run(name, func(t *testing.T) {
			_, w, s := sandboxed(q)
			role := connectors.Attribute(schema + ":User:role")
			c := writer.New(writer.Options{HTTP: w, URL: "https://writer.example" + sandbox.BasePath, Role: role})
			id := plan.RemoteID(s.Invite("ann@example.com"))
			got, err := c.UpdateUser(t.Context(), id, apply.UserEdit{Changes: []plan.Change{{Attribute: role, New: "admin"}}})
			if err != nil || got.Attributes[role] != "admin" || s.State().Accounts[0].Role != "admin" {
				t.Errorf("%+v, %v, %+v", got, err, s.State().Accounts)
			}
		})
	}
	c := writer.New(writer.Options{
		HTTP: &wire{handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/scim+json")
			_, _ = io.WriteString(w, `{"id": "7", "userName": "ann@example.com", "`+schema+`": {"role": "admin"}}`)
		})}, URL: "https://writer.example", Role: schema + ":User:role",
	})
	if got, err := c.ReadUser(t.Context(), "7"); err != nil || got.Attributes[schema+":User:role"] != "admin" {
		t.Errorf("under the other name: %+v, %v", got, err)
	}
}

// TestRefusedOptionalAlone: an edit of nothing but what Writer refuses is sent once.
func TestRefusedOptionalAlone(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{OptionalRefused: true})
	id := plan.RemoteID(s.Invite("ann@example.com"))
	if _, err := c.UpdateUser(t.Context(), id, setTitle("Boss")); connectors.ClassOf(err) != connectors.Rejected {
		t.Errorf("%v, want class %s", err, connectors.Rejected)
	}
	if sent := w.bodies(t, http.MethodPatch); len(sent) != 1 {
		t.Errorf("%d requests: %v", len(sent), sent)
	}
}
