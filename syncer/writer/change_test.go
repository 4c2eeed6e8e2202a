package writer_test

import (
	"encoding/json"
	"errors"
	"fmt"
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

const (
	coreSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// bodies returns what was sent with a method, decoded.
func (w *wire) bodies(t *testing.T, method string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, line := range w.sent {
		if method == http.MethodPost && strings.HasPrefix(line, "/") {
			line = "POST " + line
		}
		_, text, _ := strings.Cut(line, " {")
		if !strings.HasPrefix(line, method+" ") {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal([]byte("{"+text), &body); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, body)
	}
	return all
}

func setTitle(title string) apply.UserEdit {
	return apply.UserEdit{Changes: []plan.Change{{Attribute: connectors.Title, New: title}}}
}

// TestActiveThatIsNotShown: an account without `active` is active, and stays so when it
// is written back whole. What the server keeps by itself is not written.
func TestActiveThatIsNotShown(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{NoPatch: true})
	id := plan.RemoteID(s.Invite("ann@example.com"))
	w.handler = rewritten(w.handler, http.MethodGet, func(resource map[string]any) {
		delete(resource, "active")
		resource["groups"], resource["roles"] = []any{map[string]any{"value": "1"}}, []any{"x"}
	})
	if a, err := c.ReadUser(t.Context(), id); err != nil || !a.Active {
		t.Fatalf("%+v, %v; want an active account", a, err)
	}
	if _, err := c.UpdateUser(t.Context(), id, setTitle("Boss")); err != nil {
		t.Fatal(err)
	}
	body := w.bodies(t, http.MethodPut)[0]
	if body["active"] != true || body["title"] != "Boss" || body["userName"] != "ann@example.com" {
		t.Errorf("sent %v", body)
	}
	for _, key := range []string{"groups", "meta", "roles", "password"} {
		if _, sent := body[key]; sent {
			t.Errorf("sent %s: %v", key, body)
		}
	}
	if !s.State().Accounts[0].Active {
		t.Error("the account is inactive")
	}
}

// TestInactiveStaysInactive: an account that is shown as inactive is written back so.
func TestInactiveStaysInactive(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{NoPatch: true})
	id := plan.RemoteID(s.Invite("ann@example.com"))
	s.SetActive("ann@example.com", false)
	if _, err := c.UpdateUser(t.Context(), id, setTitle("Boss")); err != nil {
		t.Fatal(err)
	}
	if body := w.bodies(t, http.MethodPut)[0]; body["active"] != false {
		t.Errorf("sent %v", body)
	}
}

// TestSchemasAreNamed: a body that has attributes of an extension names its schema,
// once.
func TestSchemasAreNamed(t *testing.T) {
	c, w, _ := sandboxed(sandbox.Quirks{NoPatch: true})
	u := newUser("ann@example.com")
	u.Attributes[connectors.Department], u.Attributes[connectors.CostCenter] = "Words", "7"
	ann, err := c.CreateUser(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	e := apply.UserEdit{Changes: []plan.Change{{Attribute: connectors.Department, New: "Letters"}, {Attribute: connectors.EmployeeNumber, New: "8"}}}
	if _, err := c.UpdateUser(t.Context(), ann.ID, e); err != nil {
		t.Fatal(err)
	}
	for _, body := range append(w.bodies(t, http.MethodPost), w.bodies(t, http.MethodPut)...) {
		if diff := cmp.Diff([]any{coreSchema, enterpriseSchema}, body["schemas"]); diff != "" {
			t.Errorf("schemas (-want +sent):\n%s", diff)
		}
	}
}

// TestRenameByPut writes the address in its canonical form, in both places.
func TestRenameByPut(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{NoPatch: true})
	id := plan.RemoteID(s.Invite("ann@example.com"))
	a, err := c.UpdateUser(t.Context(), id, apply.UserEdit{Changes: []plan.Change{{Attribute: plan.UserName, New: " Anna@Example.com"}}})
	if err != nil || a.UserName != "anna@example.com" {
		t.Fatalf("%+v, %v", a, err)
	}
	want := map[string]any{"userName": "anna@example.com", "emails": []any{map[string]any{"value": "anna@example.com", "type": "work", "primary": true}}}
	body := w.bodies(t, http.MethodPut)[0]
	maps.DeleteFunc(body, func(key string, _ any) bool { return want[key] == nil })
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +sent):\n%s", diff)
	}
}

// TestRefusedRename names the attribute, so that the rest can go without it. What was
// not refused for good says nothing of the attribute.
func TestRefusedRename(t *testing.T) {
	rename := apply.UserEdit{Changes: []plan.Change{{Attribute: plan.UserName, New: "anna@example.com"}}}
	for status, want := range map[int]bool{http.StatusBadRequest: true, http.StatusConflict: false, http.StatusTooManyRequests: false} {
		c, w, s := sandboxed(sandbox.Quirks{})
		id := plan.RemoteID(s.Invite("ann@example.com"))
		w.handler = instead(w.handler, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				w.WriteHeader(status)
			}
			return r.Method == http.MethodPatch
		})
		_, err := c.UpdateUser(t.Context(), id, rename)
		var refused *apply.RefusedError
		if got := errors.As(err, &refused); err == nil || got != want || (got && refused.Attribute != plan.UserName) {
			t.Errorf("%d: %v; want the attribute named: %t", status, err, want)
		}
	}
}

// silent is a Doer of whose requests nobody knows what became.
type silent struct{}

func (silent) Do(*http.Request) (*http.Response, error) {
	return nil, &connectors.Error{Class: connectors.Unknown, Op: "send", Err: errors.New("no answer")}
}

// TestReadBeforeAPut: if the account cannot be read, nothing was written, whatever the
// answer was.
func TestReadBeforeAPut(t *testing.T) {
	for _, body := range []string{"<html>sign in</html>", `{"id":`, ""} {
		_, w := served(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		c := writer.New(writer.Options{HTTP: w, URL: "https://writer.example", Update: writer.Put})
		if _, err := c.UpdateUser(t.Context(), "7", setTitle("Boss")); connectors.ClassOf(err) != connectors.Transient {
			t.Errorf("%q: %v, want class %s", body, err, connectors.Transient)
		}
		if len(w.bodies(t, http.MethodPut)) > 0 {
			t.Errorf("%q: sent %v", body, w.sent)
		}
	}
	c := writer.New(writer.Options{HTTP: silent{}, URL: "https://writer.example", Update: writer.Put})
	if _, err := c.UpdateUser(t.Context(), "7", setTitle("Boss")); connectors.ClassOf(err) != connectors.Transient {
		t.Errorf("no answer: %v, want class %s", err, connectors.Transient)
	}
}

// TestCreatedWithoutExternalID: a server that keeps no external ID has made the account
// all the same; one that answers 200 with an account that names nobody has found it.
func TestCreatedWithoutExternalID(t *testing.T) {
	for _, tt := range []struct {
		status     int
		externalID string
		want       connectors.Class
	}{
		{http.StatusCreated, "E-1", ""},
		{http.StatusCreated, "", ""},
		{http.StatusCreated, "E-2", connectors.Conflict},
		{http.StatusOK, "E-1", ""},
		{http.StatusOK, "", connectors.Conflict},
		{http.StatusOK, "E-2", connectors.Conflict},
	} {
		body := fmt.Sprintf(`{"id":"7","userName":"ann@example.com","externalId":%q}`, tt.externalID)
		a, err := answering(tt.status, "application/scim+json", body).CreateUser(t.Context(), newUser("ann@example.com"))
		if connectors.ClassOf(err) != tt.want || (err == nil && a.ID != "7") {
			t.Errorf("%d, external ID %q: %+v, %v; want class %q", tt.status, tt.externalID, a, err, tt.want)
		}
	}
}

// TestFailedCreation: behind a refusal or a fault of the server there may be an account,
// ours or another's. Where the answer is about us, nobody looks.
func TestFailedCreation(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		made   bool // the account is made all the same
		there  bool // another one has the e-mail
		want   connectors.Class
		looks  bool
	}{
		{"a fault, and it was made", http.StatusInternalServerError, true, false, "", true},
		{"a fault, and another one is there", http.StatusInternalServerError, false, true, connectors.Conflict, true},
		{"a fault, and nothing is there", http.StatusInternalServerError, false, false, connectors.Unknown, true},
		{"a refusal, and another one is there", http.StatusBadRequest, false, true, connectors.Conflict, true},
		{"a refusal, and nothing is there", http.StatusBadRequest, false, false, connectors.Rejected, true},
		{"no rights, and another one is there", http.StatusForbidden, false, true, connectors.Denied, false},
		{"too many requests", http.StatusTooManyRequests, false, false, connectors.Throttled, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, w, s := sandboxed(sandbox.Quirks{})
			if tt.there {
				s.Invite("ann@example.com")
			}
			w.handler = instead(s, func(rw http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPost {
					return false
				}
				if tt.made {
					s.ServeHTTP(&nowhere{}, r)
				}
				rw.WriteHeader(tt.status)
				return true
			})
			a, err := c.CreateUser(t.Context(), newUser("ann@example.com"))
			if connectors.ClassOf(err) != tt.want || (err == nil && a.ExternalID != "E-1") {
				t.Errorf("%+v, %v; want class %q", a, err, tt.want)
			}
			if looks := slices.ContainsFunc(w.sent, func(line string) bool { return strings.HasPrefix(line, "GET") }); looks != tt.looks {
				t.Errorf("looked %t, want %t:\n%s", looks, tt.looks, strings.Join(w.sent, "\n"))
			}
		})
	}
}

// salesOf returns a client of a Writer whose team Sales has so many members, the ids
// of the members and that of the team.
func salesOf(t *testing.T, q sandbox.Quirks, n int) (*crowd, []plan.RemoteID, plan.RemoteID) {
	t.Helper()
	c, w, s := sandboxed(q)
	var members []plan.RemoteID
	for i := range n {
		members = append(members, plan.RemoteID(s.Invite(mail(i))))
		s.Join(mail(i), "Sales")
	}
	team, err := c.FindTeam(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	w.sent = nil
	return &crowd{s, t, c, w}, members, team.ID
}

// TestRemovalThatTakesAnother: one member who was not named is one too many, and
// nothing more is sent.
func TestRemovalThatTakesAnother(t *testing.T) {
	c, members, team := salesOf(t, sandbox.Quirks{}, 5)
	c.wire.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.ServeHTTP(w, r)
		if r.Method == http.MethodPatch {
			c.Leave(mail(4), "Sales")
		}
	})
	_, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Remove: members[:1]})
	if connectors.ClassOf(err) != connectors.Denied || !strings.Contains(err.Error(), "1 members that were not named") {
		t.Errorf("%v; want the loss told, class %s", err, connectors.Denied)
	}
}

// TestPutThatLosesOne: one member who was written back and is missing since is one too
// many.
func TestPutThatLosesOne(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{}, map[string]int{"Sales": 7, "All": 8})
	c.wire.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.ServeHTTP(w, r)
		if r.Method == http.MethodPut {
			c.Leave(mail(1), "Sales")
		}
	})
	if said := c.add("Sales", 3); !strings.Contains(said, `edit team "Sales": 1 of its members`) {
		t.Errorf("said %q", said)
	}
	if said := c.add("All", 1); !strings.Contains(said, "not sent") || c.puts() != 1 {
		t.Errorf("the next edit: %d PUTs in all, said %q", c.puts(), said)
	}
}

// TestTeamIsWrittenBack with its name and its members alone.
func TestTeamIsWrittenBack(t *testing.T) {
	c := newCrowd(t, sandbox.Quirks{}, map[string]int{"Sales": 2})
	if said := c.add("Sales", 1); said != "" {
		t.Fatal(said)
	}
	body := c.wire.bodies(t, http.MethodPut)[0]
	if got := slices.Sorted(maps.Keys(body)); !slices.Equal(got, []string{"displayName", "id", "members", "schemas"}) {
		t.Errorf("sent %v", got)
	}
}

// TestTeamThatCannotBeRead before the first removal: nothing is sent.
func TestTeamThatCannotBeRead(t *testing.T) {
	c, members, team := salesOf(t, sandbox.Quirks{}, 3)
	c.wire.handler = instead(c.Sandbox, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return r.Method == http.MethodGet
	})
	if _, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Remove: members[:1]}); connectors.ClassOf(err) != connectors.Transient {
		t.Errorf("%v, want class %s", err, connectors.Transient)
	}
	if sent := c.wire.bodies(t, http.MethodPatch); len(sent) > 0 || c.size("Sales") != 3 {
		t.Errorf("sent %v", sent)
	}
}

// dropping is a Doer whose answers to PATCH are lost.
type dropping struct{ *wire }

func (d dropping) Do(r *http.Request) (*http.Response, error) {
	resp, err := d.wire.Do(r)
	if r.Method == http.MethodPatch && err == nil {
		return nil, errors.Join(resp.Body.Close(), &connectors.Error{Class: connectors.Unknown, Op: "send", Err: errors.New("connection lost")})
	}
	return resp, err
}

// TestLostEditIsNotRepeated: nobody knows whether it was done, and nothing is sent to
// find out.
func TestLostEditIsNotRepeated(t *testing.T) {
	_, w, s := sandboxed(sandbox.Quirks{})
	c := writer.New(writer.Options{HTTP: dropping{w}, URL: "https://writer.example" + sandbox.BasePath})
	team, err := c.FindTeam(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	var e apply.TeamEdit
	for i := range 4 {
		e.Add = append(e.Add, plan.RemoteID(s.Invite(mail(i))))
	}
	failed, err := c.EditTeam(t.Context(), team.ID, e)
	if connectors.ClassOf(err) != connectors.Unknown || len(failed) > 0 {
		t.Errorf("%v, %v; want class %s", failed, err, connectors.Unknown)
	}
	if n := len(w.bodies(t, http.MethodPatch)); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// TestEditThatIsTooLarge: what Writer refuses for its size is sent in parts, and later
// edits carry no more than it took.
func TestEditThatIsTooLarge(t *testing.T) {
	for _, q := range []sandbox.Quirks{{MaxMembers: 5}, {MaxMembers: 5, MaxMembers400: true}} {
		c, members, team := salesOf(t, q, 4)
		e := apply.TeamEdit{Remove: members}
		for i := range 4 {
			e.Add = append(e.Add, plan.RemoteID(c.Invite(fmt.Sprintf("new%d@example.com", i))))
		}
		failed, err := c.client.EditTeam(t.Context(), team, e)
		if err != nil || len(failed) > 0 || c.size("Sales") != 4 {
			t.Errorf("%v, %v, %d members", failed, err, c.size("Sales"))
		}
		if got := c.client.MaxMembers(); got != 4 {
			t.Errorf("an edit carries %d members, want half of the 8 that were refused", got)
		}
	}
}

// TestMemberBeyondTheCut: a list that ends at a round number and lacks who was just
// added with success is cut there. The success is believed, and the list is not.
func TestMemberBeyondTheCut(t *testing.T) {
	c, _, team := salesOf(t, sandbox.Quirks{MembersCut: 10}, 15)
	for i := range 2 {
		n := len(c.wire.bodies(t, http.MethodPatch))
		next := plan.RemoteID(c.Invite(fmt.Sprintf("new%d@example.com", i)))
		if failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Add: []plan.RemoteID{next}}); err != nil || len(failed) > 0 {
			t.Errorf("%v, %v", failed, err)
		}
		if sent := len(c.wire.bodies(t, http.MethodPatch)) - n; sent != 1 || c.size("Sales") != 16+i {
			t.Errorf("%d requests, %d members", sent, c.size("Sales"))
		}
	}
	if got, err := c.client.ReadTeam(t.Context(), team); err != nil || got.Whole {
		t.Errorf("whole %t, %v; want a list that is not known to be whole", got.Whole, err)
	}
}

// TestMemberBeyondAKnownCut: where lists were seen to be cut, an addition that is
// answered with success is believed, whatever the list ends with.
func TestMemberBeyondAKnownCut(t *testing.T) {
	c, _, team := salesOf(t, sandbox.Quirks{MembersCut: 13}, 20)
	c.AddTeam("All")
	for i := range 20 {
		c.Join(mail(i), "All")
	}
	if _, err := c.client.ReadAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := plan.RemoteID(c.Invite("new@example.com"))
	failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Add: []plan.RemoteID{next}})
	if sent := len(c.wire.bodies(t, http.MethodPatch)); err != nil || len(failed) > 0 || sent != 1 || c.size("Sales") != 21 {
		t.Errorf("%v, %v, %d requests, %d members", failed, err, sent, c.size("Sales"))
	}
}

// TestMemberWhoDoesNotShow: a list that is no cut, and lacks who was added with success,
// says that it was not done.
func TestMemberWhoDoesNotShow(t *testing.T) {
	c, _, team := salesOf(t, sandbox.Quirks{UnknownMemberSilent: true}, 11)
	failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Add: []plan.RemoteID{"424242"}})
	if err != nil || connectors.ClassOf(failed["424242"]) != connectors.Rejected {
		t.Errorf("%v, %v", failed, err)
	}
}

// TestExchangeThatIsNotDone: a success that adds nobody and removes nobody is none, also
// where as many were to come as to go.
func TestExchangeThatIsNotDone(t *testing.T) {
	c, members, team := salesOf(t, sandbox.Quirks{}, 3)
	next := plan.RemoteID(c.Invite("new@example.com"))
	c.wire.handler = instead(c.Sandbox, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch {
			w.WriteHeader(http.StatusNoContent)
		}
		return r.Method == http.MethodPatch
	})
	failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Add: []plan.RemoteID{next}, Remove: members[:1]})
	if err != nil || failed[next] == nil || failed[members[0]] == nil {
		t.Errorf("%v, %v; want both not done", failed, err)
	}
}

// TestRefusedRemoval: a member who is in the team, and whose removal is refused, was not
// removed, whether or not the members are shown.
func TestRefusedRemoval(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		c, members, team := salesOf(t, sandbox.Quirks{MembersAbsent: hidden, MembersNeverShown: hidden}, 3)
		c.wire.handler = instead(c.Sandbox, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				w.WriteHeader(http.StatusBadRequest)
			}
			return r.Method == http.MethodPatch
		})
		failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Remove: members[:1]})
		if err != nil || failed[members[0]] == nil {
			t.Errorf("members hidden %t: %v, %v", hidden, failed, err)
		}
	}
}

// TestTeamThatIsGone fails as a whole; where Writer says so and the team is there, it
// was about a member, who fails alone.
func TestTeamThatIsGone(t *testing.T) {
	c, _, team := salesOf(t, sandbox.Quirks{}, 2)
	ann, ghost := plan.RemoteID(c.Invite("ann@example.com")), plan.RemoteID("424242")
	c.wire.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && strings.Contains(c.wire.sent[len(c.wire.sent)-1], string(ghost)) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		c.ServeHTTP(w, r)
	})
	failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Add: []plan.RemoteID{ann, ghost}})
	if err != nil || failed[ghost] == nil || failed[ann] != nil || c.size("Sales") != 3 {
		t.Errorf("a member who is not there: %v, %v, %d members", failed, err, c.size("Sales"))
	}
	c.RemoveTeam("Sales")
	if failed, err := c.client.EditTeam(t.Context(), team, apply.TeamEdit{Add: []plan.RemoteID{ann, ghost}}); connectors.ClassOf(err) != connectors.NotFound {
		t.Errorf("a team that is gone: %v, %v", failed, err)
	}
}

// TestExternalIDChanges: an account that another user gets names that one, by PATCH and by PUT.
// A server that keeps the old name has refused the change.
func TestExternalIDChanges(t *testing.T) {
	e := apply.UserEdit{Changes: []plan.Change{{Attribute: plan.ExternalID, New: "hr/2"}}}
	for _, q := range []sandbox.Quirks{{}, {NoPatch: true}} {
		c, _, s := sandboxed(q)
		id := plan.RemoteID(s.Invite("ann@example.com"))
		if a, err := c.UpdateUser(t.Context(), id, e); err != nil || a.ExternalID != "hr/2" || s.State().Accounts[0].ExternalID != "hr/2" {
			t.Errorf("%+v: %+v, %v", q, a, err)
		}
	}
	c, w, s := sandboxed(sandbox.Quirks{})
	id := plan.RemoteID(s.Invite("ann@example.com"))
	w.handler = rewritten(w.handler, http.MethodPatch, func(resource map[string]any) { resource["externalId"] = "hr/1" })
	if a, err := c.UpdateUser(t.Context(), id, e); connectors.ClassOf(err) != connectors.Rejected {
		t.Errorf("kept: %+v, %v", a, err)
	}
}
