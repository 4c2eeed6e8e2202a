package writer_test

import (
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
)

// FuzzAnswers lets Writer answer anything at all: never a panic, no account that
// was not asked for, and no error that shows what stood in the answer.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"totalResults":1,"Resources":[{"id":"7","userName":"ann@example.com","active":"True"}]}`)
	f.Add(200, `{"id":7,"userName":"ann@example.com","members":[{"value":1},null]}`)
	f.Add(409, `{"scimType":"uniqueness","detail":"who@example.com","status":409}`)
	f.Add(204, ``)
	f.Add(403, `{"tpe":1,"errors":[null,{"description":"seat"}]}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c := answering(status, "application/scim+json", body)
		u, err := c.FindUser(t.Context(), "ann@example.com")
		if err == nil && u.Email() != "ann@example.com" {
			t.Errorf("asked for one account and got %q", u.Email())
		}
		no := false
		_, update := c.UpdateUser(t.Context(), "7", apply.UserEdit{Active: &no, Changes: []plan.Change{{Attribute: connectors.Title, New: "x"}}})
		_, edit := c.EditTeam(t.Context(), "9", apply.TeamEdit{Add: []plan.RemoteID{"7"}})
		_, create := c.CreateUser(t.Context(), newUser("ann@example.com"))
		for _, err := range []error{err, update, edit, create} {
			if err != nil && strings.Contains(err.Error(), "@") {
				t.Errorf("an error shows an address: %v", err)
			}
		}
	})
}
