package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"writersync/syncer/writer/sandbox"
)

// TestHandEdits sends every request of docs/sandbox.md to the stand-in that it is
// about, in their order, about an account and a team that are there.
func TestHandEdits(t *testing.T) {
	server, err := sandbox.Listen(t.Context(), 0, sandbox.New(sandbox.Options{Token: "sandbox", Teams: []string{"Engineering", "Sales"}}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }() // the test is over
	send := func(method, path, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer sandbox")
		r.Header.Set("Content-Type", "application/scim+json")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close() // its status says it all
		return answer.StatusCode
	}
	account := func() string {
		t.Helper()
		send(http.MethodPost, "/Users", `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com", "name": {"givenName": "Ada", "familyName": "Example"}}`)
		for _, a := range server.State().Accounts {
			if a.Email == "ada@example.com" {
				return a.ID
			}
		}
		t.Fatal("there is no account")
		return ""
	}
	requests := regexp.MustCompile(`(?m)^\$ scim -X (\w+) http://127\.0\.0\.1:8765/api/scim/v2(/\S+)(?: -d '(.*)')?$`).FindAllStringSubmatch(page(t, "docs/sandbox.md"), -1)
	if len(requests) != 5 {
		t.Fatalf("%d requests are documented", len(requests))
	}
	team := server.State().Teams[0].ID
	for _, r := range requests {
		fill := strings.NewReplacer("ID", account(), "TEAM", team)
		if status := send(r[1], fill.Replace(r[2]), fill.Replace(r[3])); status/100 != 2 {
			t.Errorf("%s answers %d", r[0], status)
		}
	}
	if len(server.State().Accounts) != 2 {
		t.Errorf("what is left: %+v", server.State().Accounts)
	}
}
