package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writersync/connectors/okta/oktatest"
	"writersync/syncer/writer/sandbox"
)

const checkToken = "canary-of-the-check"

// checks runs `check` with an Okta organization as its source, and returns what it
// prints.
func checks(t *testing.T, org *oktatest.Org) (said string, code int) {
	t.Helper()
	far, err := sandbox.Listen(t.Context(), 0, sandbox.New(sandbox.Options{Token: checkToken, Teams: []string{"Engineering"}, DefaultTeam: "Everyone"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := far.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	config := fmt.Sprintf(`writer: {url: %[1]s, token: {file: %[3]s/token}, default_team: Everyone}
sources:
  - {name: corp, type: okta, url: %[2]s, token: {file: %[3]s/token}}
teams:
  - {group: engineering, team: Engineering}
protected: []
state: {path: %[3]s/state.db}
`, far.URL(), org.URL, dir)
	for name, text := range map[string]string{"ws.yml": config, "token": checkToken} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), []string{"check", "-c", filepath.Join(dir, "ws.yml")}, stdio{out: &out, err: &errs})
	if errs.Len() > 0 {
		t.Errorf("on stderr: %s", errs.String())
	}
	return out.String(), code
}

// inOrder fails the test unless said has each of the texts, one after the other.
func inOrder(t *testing.T, said string, texts ...string) {
	t.Helper()
	rest := said
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("%q is not said, or not in its place:\n%s", text, said)
		}
		rest = after
	}
}

func checkedOrg(t *testing.T) *oktatest.Org {
	t.Helper()
	org := oktatest.New().Serve(t)
	org.Allow(checkToken)
	group := oktatest.Group{Type: "OKTA_GROUP", Name: "engineering"}
	for i, status := range []string{"ACTIVE", "ACTIVATING", "ACTIVATING"} {
		u := oktatest.User{ID: fmt.Sprintf("00u%017d", i), Status: status, Profile: map[string]any{"email": fmt.Sprintf("person%d@example.com", i)}}
		org.Put(u)
		group.Members = append(group.Members, u.ID)
	}
	org.PutGroup(group)
	return org
}

// TestCheckNamesWhatOnlyAReadingShows: a state that nobody mapped is seen where people
// are read, and said with all else that the source finds of its set-up.
func TestCheckNamesWhatOnlyAReadingShows(t *testing.T) {
	said, code := checks(t, checkedOrg(t))
	inOrder(t, said,
		"ok    source corp, credential: ",
		"FAIL  source corp, states: 2 people are in the state ACTIVATING",
		"ok    source corp: read whole: 3 people, 1 group",
		"ok    rule ")
	if code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
}

// TestCheckSaysWhyNothingWasRead: of a source that cannot be read, what it finds of its
// set-up stands first: that is the reason, most often.
func TestCheckSaysWhyNothingWasRead(t *testing.T) {
	org := checkedOrg(t)
	org.Revoke()
	said, code := checks(t, org)
	inOrder(t, said, "FAIL  source corp, credential: ", "FAIL  source corp: ", "FAIL  rules: not tested")
	if code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
}
