package writer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/plan"
	"writersync/syncer/writer"
	"writersync/syncer/writer/sandbox"
)

// wire is a Doer that hands requests to a handler and writes them down as sent.
type wire struct {
	handler http.Handler
	sent    []string
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	line := r.Method + " " + r.URL.RequestURI()
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		line += " " + string(body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	} else {
		r.Body = http.NoBody // as a server sees it
	}
	w.sent = append(w.sent, strings.TrimPrefix(line, "POST "+sandbox.BasePath))
	r.Header.Set("Authorization", "Bearer token")
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec.Result(), nil //nolint:bodyclose // the client closes it
}

func sandboxed(q sandbox.Quirks) (*writer.Client, *wire, *sandbox.Sandbox) {
	s := sandbox.New(sandbox.Options{Token: "token", Teams: []string{"Sales"}, Quirks: q})
	w := &wire{handler: s}
	return writer.New(writer.Options{HTTP: w, URL: "https://writer.example" + sandbox.BasePath + "/"}), w, s
}

// answering is a client whose every request gets this answer.
func answering(status int, kind, body string) *writer.Client {
	return writer.New(writer.Options{URL: "https://writer.example" + sandbox.BasePath, HTTP: &wire{handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})}})
}

func newUser(email string) apply.NewUser {
	return apply.NewUser{ExternalID: "E-1", Attributes: map[connectors.Attribute]string{
		plan.UserName: email, connectors.GivenName: "Ann", connectors.FamilyName: "Best", connectors.DisplayName: "Ann Best",
	}}
}

// TestRefusedIsNotDone: a team of ten looks like a list that is cut short. A member
// whose addition was refused is not there for that.
func TestRefusedIsNotDone(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{})
	team, err := c.FindTeam(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	var edit apply.TeamEdit
	for i := range 10 {
		edit.Add = append(edit.Add, plan.RemoteID(s.Invite(fmt.Sprintf("p%d@example.com", i))))
	}
	if failed, err := c.EditTeam(t.Context(), team.ID, edit); err != nil || len(failed) > 0 {
		t.Fatal(failed, err)
	}
	next := plan.RemoteID(s.Invite("next@example.com"))
	writer := w.handler
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		writer.ServeHTTP(rw, r)
	})
	if failed, err := c.EditTeam(t.Context(), team.ID, apply.TeamEdit{Add: []plan.RemoteID{next}}); err == nil && failed[next] == nil {
		t.Error("a member counts as added whom Writer refused to add")
	}
}

// TestWireForms holds, byte for byte, what is sent.
func TestWireForms(t *testing.T) {
	c, w, _ := sandboxed(sandbox.Quirks{})
	ctx := t.Context()
	ann, err := c.CreateUser(ctx, newUser("a+b@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	no := false
	team, err := c.FindTeam(ctx, "Sales")
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []func() error{
		func() error { _, err := c.FindUser(ctx, "a+b@example.com"); return err },
		func() error {
			_, err := c.UpdateUser(ctx, ann.ID, apply.UserEdit{Changes: []plan.Change{{Attribute: connectors.GivenName, New: "Anna"}}})
			return err
		},
		func() error {
			_, err := c.UpdateUser(ctx, ann.ID, apply.UserEdit{Changes: []plan.Change{{Attribute: plan.UserName, New: "Anna@Example.com"}}})
			return err
		},
		func() error {
			_, err := c.EditTeam(ctx, team.ID, apply.TeamEdit{Add: []plan.RemoteID{ann.ID}})
			return err
		},
		func() error { _, err := c.UpdateUser(ctx, ann.ID, apply.UserEdit{Active: &no}); return err },
		func() error { return c.DeleteUser(ctx, ann.ID) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	id, tid, patch := string(ann.ID), string(team.ID), `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`
	want := []string{
		`/Users {"active":true,"displayName":"Ann Best","emails":[{"primary":true,"type":"work","value":"a+b@example.com"}],"externalId":"E-1","name":{"familyName":"Best","givenName":"Ann"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a+b@example.com"}`,
		`GET ` + sandbox.BasePath + `/Groups?count=100&filter=displayName%20eq%20%22Sales%22&startIndex=1`,
		`GET ` + sandbox.BasePath + `/Groups?count=100&filter=displayName%20eq%20%22Sales%22&startIndex=2`,
		`GET ` + sandbox.BasePath + `/Users?count=100&filter=userName%20eq%20%22a%2Bb%40example.com%22&startIndex=1`,
		`GET ` + sandbox.BasePath + `/Users?count=100&filter=userName%20eq%20%22a%2Bb%40example.com%22&startIndex=2`,
		`PATCH ` + sandbox.BasePath + `/Users/` + id + ` {"Operations":[{"op":"replace","path":"name.givenName","value":"Anna"}],` + patch + `}`,
		`PATCH ` + sandbox.BasePath + `/Users/` + id + ` {"Operations":[{"op":"replace","path":"userName","value":"anna@example.com"},{"op":"replace","path":"emails","value":[{"primary":true,"type":"work","value":"anna@example.com"}]}],` + patch + `}`,
		`PATCH ` + sandbox.BasePath + `/Groups/` + tid + ` {"Operations":[{"op":"add","path":"members","value":[{"value":"` + id + `"}]}],` + patch + `}`,
		`PATCH ` + sandbox.BasePath + `/Users/` + id + ` {"Operations":[{"op":"replace","path":"active","value":false}],` + patch + `}`,
		`DELETE ` + sandbox.BasePath + `/Users/` + id,
	}
	if diff := cmp.Diff(want, w.sent); diff != "" {
		t.Errorf("(-want +sent):\n%s", diff)
	}
}

// TestRemovalNamesItsMember: a removal can never be read as "all members".
func TestRemovalNamesItsMember(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{})
	a, b := plan.RemoteID(s.Invite("a@example.com")), plan.RemoteID(s.Invite("b@example.com"))
	s.Join("a@example.com", "Sales")
	s.Join("b@example.com", "Sales")
	team, err := c.FindTeam(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.EditTeam(t.Context(), team.ID, apply.TeamEdit{Remove: []plan.RemoteID{a}}); err != nil {
		t.Fatal(err)
	}
	got, err := c.ReadTeam(t.Context(), team.ID)
	if err != nil || !cmp.Equal(got.Members, []plan.RemoteID{b}) {
		t.Errorf("%v, %v", got.Members, err)
	}
	if all := strings.Join(w.sent, "\n"); !strings.Contains(all, `{"op":"remove","path":"members[value eq \"`+string(a)+`\"]"}`) {
		t.Errorf("sent:\n%s", all)
	}
}

// TestTolerance reads what servers of this kind were seen to answer.
func TestTolerance(t *testing.T) {
	for name, body := range map[string]string{
		"canonical":        `{"totalResults":1,"Resources":[{"id":"7","userName":"ann@example.com","active":true}]}`,
		"numbers":          `{"totalResults":"1","Resources":[{"id":7,"userName":"ann@example.com","active":true}]}`,
		"text for boolean": `{"totalResults":1,"Resources":[{"id":"7","userName":"ann@example.com","active":"True"}]}`,
		"other case":       `{"totalResults":1,"Resources":[{"id":"7","userName":"ANN@EXAMPLE.COM","active":true}]}`,
		"more than asked":  `{"totalResults":3,"Resources":[{"id":"6","userName":"bob@example.com"},{"id":"7","userName":"ann@example.com","active":true},{"id":"7","userName":"ann@example.com","active":true}]}`,
		"null and unknown": `{"totalResults":1,"x":null,"Resources":[{"id":"7","userName":"ann@example.com","active":true,"groups":null,"name":null,"emails":null,"y":{"z":1}}]}`,
	} {
		for _, kind := range []string{"application/scim+json", "application/json; charset=utf-8", "text/json", "text/html"} {
			u, err := answering(http.StatusOK, kind, body).FindUser(t.Context(), "ann@example.com")
			if err != nil || u.ID != "7" || !u.Active {
				t.Errorf("%s as %s: %+v, %v", name, kind, u, err)
			}
		}
	}
	for name, body := range map[string]string{
		"nobody": `{"totalResults":0}`, "null": `{"totalResults":0,"Resources":null}`, "somebody else": `{"totalResults":1,"Resources":[{"id":"6","userName":"ann@example.com.example"}]}`,
	} {
		if u, err := answering(http.StatusOK, "application/scim+json", body).FindUser(t.Context(), "ann@example.com"); connectors.ClassOf(err) != connectors.NotFound {
			t.Errorf("%s: %+v, %v; want not found", name, u, err)
		}
	}
	two := `{"totalResults":2,"Resources":[{"id":"6","userName":"ann@example.com"},{"id":"7","userName":"ANN@example.com"}]}`
	if _, err := answering(http.StatusOK, "application/json", two).FindUser(t.Context(), "ann@example.com"); connectors.ClassOf(err) != connectors.Conflict {
		t.Errorf("two accounts: %v; want a conflict", err)
	}
}

// TestClasses holds what an answer to a write says about whether it was done, and
// that no error shows what stood in the answer.
func TestClasses(t *testing.T) {
	scim := func(status int, scimType, detail string) string {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"%d","scimType":%q,"detail":%q}`, status, scimType, detail)
	}
	tests := []struct {
		status int
		body   string
		want   connectors.Class
		hint   string
	}{
		{http.StatusConflict, scim(409, "uniqueness", "ann@example.com is taken"), connectors.Conflict, ""},
		{http.StatusConflict, "", connectors.Conflict, ""},
		{http.StatusBadRequest, scim(400, "uniqueness", "taken"), connectors.Conflict, ""},
		{http.StatusUnauthorized, scim(401, "", "secret-in-body"), connectors.Denied, "copy it again"},
		{http.StatusForbidden, scim(403, "", "no"), connectors.Denied, "subscription"},
		{http.StatusForbidden, scim(403, "", "no seats left"), connectors.Rejected, "seat"},
		{http.StatusForbidden, `{"tpe":"error","errors":[{"description":"domain is not claimed","key":"x","extras":{}}]}`, connectors.Rejected, "domain"},
		{http.StatusBadRequest, scim(400, "invalidValue", "ann@example.com"), connectors.Rejected, ""},
		{http.StatusNotFound, scim(404, "", "no"), connectors.NotFound, ""},
		{http.StatusTooManyRequests, "", connectors.Throttled, ""},
		{http.StatusInternalServerError, "<html>ann@example.com</html>", connectors.Unknown, ""},
		{http.StatusOK, "<html>Sign in</html>", connectors.Unknown, ""},
	}
	for _, tt := range tests {
		c := answering(tt.status, "application/scim+json", tt.body)
		_, err := c.CreateUser(t.Context(), newUser("ann@example.com"))
		got := connectors.ClassOf(err)
		if got != tt.want && (tt.want != connectors.Unknown || got != connectors.Corrupt) { // both mean: look before repeating
			t.Errorf("%d %.40s: class %s, want %s (%v)", tt.status, tt.body, got, tt.want, err)
		}
		if err == nil || !strings.Contains(err.Error(), tt.hint) || strings.Contains(err.Error(), "@") || strings.Contains(err.Error(), "secret-in-body") {
			t.Errorf("%d: %v; want %q in it, and nothing of the answer", tt.status, err, tt.hint)
		}
	}
}

// TestNeverSent: what Writer does not support has no way out of the client.
func TestNeverSent(t *testing.T) {
	c, w, _ := sandboxed(sandbox.Quirks{})
	u := newUser("ann@example.com")
	u.Attributes["password"], u.Attributes["roles"] = "canary", "admin"
	if _, err := c.CreateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(w.sent, "\n")
	for _, word := range []string{"canary", "password", "roles", `"id"`, `"meta"`, `"groups"`} {
		if strings.Contains(all, word) {
			t.Errorf("%s was sent:\n%s", word, all)
		}
	}
}

// TestPutKeepsWhatItRead: without PATCH, what is not changed stays, `active` above
// all; and a team whose members are not shown is not written at all.
func TestPutKeepsWhatItRead(t *testing.T) {
	c, w, s := sandboxed(sandbox.Quirks{NoPatch: true})
	id := plan.RemoteID(s.Invite("ann@example.com"))
	a, err := c.UpdateUser(t.Context(), id, apply.UserEdit{Changes: []plan.Change{{Attribute: connectors.Title, New: "Boss"}}})
	if err != nil || !a.Active || a.Attributes[connectors.Title] != "Boss" {
		t.Fatalf("%+v, %v", a, err)
	}
	if last := w.sent[len(w.sent)-1]; !strings.HasPrefix(last, "PUT") || !strings.Contains(last, `"active":true`) {
		t.Errorf("sent %s", last)
	}
	c, w, s = sandboxed(sandbox.Quirks{NoPatch: true, MembersAbsent: true, MembersNeverShown: true})
	id = plan.RemoteID(s.Invite("ann@example.com"))
	team, err := c.FindTeam(t.Context(), "Sales")
	if err != nil {
		t.Fatal(err)
	}
	failed, err := c.EditTeam(t.Context(), team.ID, apply.TeamEdit{Add: []plan.RemoteID{id}})
	if err == nil && failed[id] == nil {
		t.Error("a team was written whose members nobody saw")
	}
	for _, line := range w.sent {
		if strings.HasPrefix(line, "PUT") {
			t.Errorf("sent %s", line)
		}
	}
}

// TestEndedContext sends nothing once the caller's time is over.
func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := writer.New(writer.Options{URL: "https://writer.example", HTTP: ended{}})
	if _, err := c.FindUser(ctx, "ann@example.com"); err == nil {
		t.Error("found somebody after the end")
	}
}

type ended struct{}

func (ended) Do(r *http.Request) (*http.Response, error) {
	if r.Context().Err() == nil {
		return nil, errors.New("the context of the request is not the caller's")
	}
	return nil, r.Context().Err()
}
