package okta_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// importing opens an organization for import.
func importing(t *testing.T, org *oktatest.Org, change func(*okta.Config)) connectors.Importer {
	t.Helper()
	return open(t, org, func(c *okta.Config) {
		c.Import.Enabled = true
		if change != nil {
			change(c)
		}
	}).(connectors.Importer)
}

func newUser() connectors.NewUser {
	return connectors.NewUser{Email: "new@example.com", Attributes: map[connectors.Attribute]string{connectors.DisplayName: "Nora New", connectors.Title: "Editor"}}
}

func TestImportIsOff(t *testing.T) {
	if _, ok := open(t, serve(t, 3, 1), nil).(connectors.Importer); ok {
		t.Error("an organization that import may not write into is an Importer")
	}
}

func TestCreateUser(t *testing.T) {
	org := serve(t, 3, 1)
	i := importing(t, org, nil)
	org.Requests()
	id, err := i.CreateUser(t.Context(), newUser())
	if err != nil {
		t.Fatal(err)
	}
	made, ok := org.User(id)
	if !ok || made.Status != "STAGED" {
		t.Errorf("made %+v", made)
	}
	for property, want := range map[string]string{"email": "new@example.com", "login": "new@example.com", "firstName": "Nora", "lastName": "New", "displayName": "Nora New", "title": "Editor"} {
		if made.Profile[property] != want {
			t.Errorf("%s is %v, want %s", property, made.Profile[property], want)
		}
	}
	for _, r := range org.Requests() {
		if r.Method == http.MethodPost && (r.Query["activate"][0] != "false" || strings.Contains(r.Body, "credentials")) {
			t.Errorf("the request was %v %s", r.Query, r.Body)
		}
	}
	again, err := i.CreateUser(t.Context(), newUser())
	if connectors.ClassOf(err) != connectors.Conflict || again != id {
		t.Errorf("the second time: %q, %v", again, err)
	}
	only, err := i.CreateUser(t.Context(), connectors.NewUser{Email: "zoe@example.com"})
	if made, _ = org.User(only); err != nil || made.Profile["lastName"] != "zoe" {
		t.Errorf("without names: %v, %+v", err, made)
	}
}

// TestCreateUserTaken finds who has the address, also as a login and after leaving, and
// who was there at the last moment.
func TestCreateUserTaken(t *testing.T) {
	org := serve(t, 3, 1)
	i := importing(t, org, nil)
	for id, profile := range map[string]map[string]any{
		"00umail": {"email": "new@example.com", "login": "other"}, "00ulogin": {"email": "other@example.com", "login": "new@example.com"},
	} {
		org.Put(oktatest.User{ID: id, Status: "DEPROVISIONED", Profile: profile})
		got, err := i.CreateUser(t.Context(), newUser())
		if connectors.ClassOf(err) != connectors.Conflict || got != id {
			t.Errorf("%s: %q, %v", id, got, err)
		}
		org.Delete(id)
	}
	looked := false
	base := roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := org.RoundTrip(req)
		if req.URL.Path == "/api/v1/users" && !looked { // which saw nobody
			looked = true
			org.Put(oktatest.User{ID: "00ufast", Status: "ACTIVE", Profile: map[string]any{"login": "new@example.com"}})
		}
		return resp, err
	})
	late := openOn(t, org, base, func(c *okta.Config) { c.Import.Enabled = true }).(connectors.Importer)
	if got, err := late.CreateUser(t.Context(), newUser()); connectors.ClassOf(err) != connectors.Conflict || got != "00ufast" {
		t.Errorf("somebody was faster: %q, %v", got, err)
	}
}

// TestCreateFails says what is known of each failure.
func TestCreateFails(t *testing.T) {
	tests := []struct {
		name   string
		method string
		change func(*oktatest.Answer)
		want   connectors.Class
	}{
		{"it may not", http.MethodPost, func(a *oktatest.Answer) { a.Status, a.Body = 403, []byte(`{"errorCode":"E0000006"}`) }, connectors.Denied},
		{"a rule of the profile", http.MethodPost, func(a *oktatest.Answer) {
			a.Status, a.Body = 400, []byte(`{"errorCode":"E0000001","errorCauses":[{"errorSummary":"x: is bad"}]}`)
		}, connectors.Rejected},
		{"the server broke", http.MethodPost, func(a *oktatest.Answer) { a.Status = 500 }, connectors.Unknown},
		{"the answer is lost", http.MethodPost, func(a *oktatest.Answer) { a.Drop = true }, connectors.Unknown},
		{"the answer is no JSON", http.MethodPost, func(a *oktatest.Answer) { a.Body = []byte("<html>") }, connectors.Unknown},
		{"the answer says nothing", http.MethodPost, func(a *oktatest.Answer) { a.Body = []byte("{}") }, connectors.Unknown},
		{"a limit", http.MethodPost, func(a *oktatest.Answer) { a.Status = 429; a.Header.Set("Retry-After", "1") }, connectors.Throttled},
		{"before it was sent", http.MethodGet, func(a *oktatest.Answer) { a.Status, a.Body = 401, []byte(`{"errorCode":"E0000011"}`) }, connectors.Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 3, 1)
			i := importing(t, org, nil)
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.Method == tt.method {
					tt.change(a)
				}
			})
			for what, make := range map[string]func(context.Context) (string, error){
				"user": func(ctx context.Context) (string, error) { return i.CreateUser(ctx, newUser()) },
				"group": func(ctx context.Context) (string, error) {
					return i.CreateGroup(ctx, connectors.NewGroup{Name: "new", Members: []string{personID(0)}})
				},
			} {
				id, err := make(t.Context())
				var e *connectors.Error
				if !errors.As(err, &e) || connectors.ClassOf(err) != tt.want || id != "" {
					t.Errorf("%s: %q, class %s, want %s: %v", what, id, connectors.ClassOf(err), tt.want, err)
				}
				if err != nil && strings.Contains(err.Error(), "@") {
					t.Errorf("%s: the error names a person: %v", what, err)
				}
			}
		})
	}
}

func TestCreateGroup(t *testing.T) {
	org := serve(t, 5, 1)
	i := importing(t, org, nil)
	members := []string{personID(3), personID(1)}
	id, err := i.CreateGroup(t.Context(), connectors.NewGroup{Name: " Editors ", Members: members})
	if err != nil {
		t.Fatal(err)
	}
	g, _ := org.Group(id)
	if g.Name != "Editors" || g.Type != "OKTA_GROUP" || !slices.Equal(g.Members, members) || !strings.Contains(g.Description, "writersync import") {
		t.Errorf("made %+v", g)
	}
	again, err := i.CreateGroup(t.Context(), connectors.NewGroup{Name: "Editors", Members: members[:1]})
	if connectors.ClassOf(err) != connectors.Conflict || again != id {
		t.Errorf("the second time: %q, %v", again, err)
	}
	other, err := i.CreateGroup(t.Context(), connectors.NewGroup{Name: "Editor", Members: members})
	if err != nil || other == id {
		t.Errorf("a name that begins alike: %q, %v", other, err)
	}
}

// TestCreateGroupHalfway is made whole by the same call.
func TestCreateGroupHalfway(t *testing.T) {
	org := serve(t, 5, 1)
	i := importing(t, org, nil)
	g := connectors.NewGroup{Name: "Editors", Members: []string{personID(1), personID(2), personID(3)}}
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if strings.HasSuffix(r.URL.Path, personID(3)) {
			a.Status, a.Body = 403, []byte(`{"errorCode":"E0000006"}`)
		}
	})
	if _, err := i.CreateGroup(t.Context(), g); connectors.ClassOf(err) != connectors.Unknown || !strings.Contains(err.Error(), "2 of 3") {
		t.Fatalf("half-way: %v", err)
	}
	org.Tamper(nil)
	id, err := i.CreateGroup(t.Context(), g)
	if made, _ := org.Group(id); err != nil || len(made.Members) != 3 {
		t.Errorf("%v, %+v", err, made)
	}
}

// TestImportCredential writes with a credential of its own, and the reading one cannot.
func TestImportCredential(t *testing.T) {
	t.Run("token", func(t *testing.T) {
		org := serve(t, 3, 1)
		org.Allow("writing-token")
		i := importing(t, org, func(c *okta.Config) { c.Import.Token = connectortest.SecretOf("writing-token") })
		if _, err := i.CreateUser(t.Context(), newUser()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("service app", func(t *testing.T) {
		org := serve(t, 3, 1)
		i := importing(t, org, app(t, org))
		if _, err := i.CreateUser(t.Context(), newUser()); err != nil {
			t.Fatal(err)
		}
		asked := map[bool]int{}
		mustRead(t, i.(connectors.Connector))
		for _, r := range org.Requests() {
			if r.Path == "/oauth2/v1/token" {
				asked[strings.Contains(r.Body, "manage")]++
			}
		}
		if asked[true] != 1 || asked[false] != 1 {
			t.Errorf("tokens that may write, and that may not: %v", asked)
		}
	})
}
