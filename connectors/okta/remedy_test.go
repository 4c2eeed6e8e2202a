package okta_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestRevokedSaysWhatToDo has each error of a credential that is not accepted name the
// credential, where a new one is made, and where it is written.
func TestRevokedSaysWhatToDo(t *testing.T) {
	admin := connectors.NewSecret("env:OKTA_IMPORT", func(context.Context) (string, error) { return token, nil })
	tests := []struct {
		name   string
		change func(*testing.T, *oktatest.Org) func(*okta.Config)
		write  bool
		says   []string
	}{
		{
			"the token that reads", func(*testing.T, *oktatest.Org) func(*okta.Config) { return nil }, false,
			[]string{"test (token)", "Security, API, Tokens", "Read-Only Administrator", "the next pass reads it."},
		},
		{
			"the token of import", func(*testing.T, *oktatest.Org) func(*okta.Config) {
				return func(c *okta.Config) { c.Import.Enabled, c.Import.Token = true, admin }
			}, true,
			[]string{"env:OKTA_IMPORT (import.token)", "Security, API, Tokens", "who may make people", "after a restart"},
		},
		{"a service app", app, false, []string{"service app 0oa", "Applications", "(oauth.private_key)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			org := serve(t, 6, 2)
			c := open(t, org, tt.change(t, org))
			if _, _, err := connectortest.Read(t, c); err != nil {
				t.Fatal(err)
			}
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if strings.HasPrefix(r.URL.Path, "/api/") {
					a.Status, a.Body = http.StatusUnauthorized, []byte(`{"errorCode":"E0000011"}`)
				}
			})
			_, _, err := connectortest.Read(t, c)
			if tt.write {
				_, err = c.(connectors.Importer).CreateUser(t.Context(), newUser())
			}
			if connectors.ClassOf(err) != connectors.Denied && !tt.write {
				t.Errorf("class %s", connectors.ClassOf(err))
			}
			for _, word := range tt.says {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("the error does not say %q: %v", word, err)
				}
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

// TestRevokedWhileWatching has the watch say the same of a token that ended, and not that
// the System Log is closed to it.
func TestRevokedWhileWatching(t *testing.T) {
	org := serve(t, 6, 2)
	c := open(t, org, nil)
	org.Revoke()
	err := c.(connectors.Watcher).Watch(t.Context(), func() {})
	if err == nil || !strings.Contains(err.Error(), "Security, API, Tokens") || strings.Contains(err.Error(), "events.poll") {
		t.Errorf("the watch ended with %v", err)
	}
}
