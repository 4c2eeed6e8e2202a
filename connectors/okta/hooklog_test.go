package okta_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
)

// TestHookRefusedIsLogged: a hook whose secret is wrong says so, at most once a minute
// however often Okta tries, and shows neither secret.
func TestHookRefusedIsLogged(t *testing.T) {
	const right, wrong = "canary-right", "canary-wrong"
	unreadable := connectors.NewSecret("file:/run/gone", func(context.Context) (string, error) { return "", errors.New("permission denied") })
	for name, tt := range map[string]struct {
		secret connectors.Secret
		sent   string
		says   string
	}{
		"another secret":            {connectortest.SecretOf(right), wrong, "secret=wrong"},
		"no secret":                 {connectortest.SecretOf(right), "", "secret=missing"},
		"a secret that is not read": {unreadable, right, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			c := okta.NewConfig()
			c.URL, c.Token, c.Events.HookSecret, c.Events.HookHeader = "https://company.example.com", connectortest.SecretOf(token), tt.secret, "X-Hook"
			opened, err := okta.OpenOn(c, connectors.Env{Name: "corp", Log: slog.New(slog.NewTextHandler(&log, nil)).With("source", "corp"), Observe: &connectortest.Requests{}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			hook := opened.(connectors.Receiver).Hook()
			say := func(value string) int {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/hooks/corp", strings.NewReader(`{"data":{"events":[]}}`))
				if value != "" {
					r.Header.Set("X-Hook", value)
				}
				w := httptest.NewRecorder()
				hook.ServeHTTP(w, r)
				return w.Code
			}
			lines := func() int { return strings.Count(log.String(), "\n") }
			synctest.Test(t, func(t *testing.T) {
				for range 10 {
					if status := say(tt.sent); status != http.StatusUnauthorized {
						t.Errorf("answered with %d", status)
					}
				}
				if lines() != 1 {
					t.Errorf("%d lines of ten refusals:\n%s", lines(), log.String())
				}
				time.Sleep(time.Minute + time.Second) //nolint:forbidigo // of the fake clock
				say(tt.sent)
				if lines() != 2 || !strings.Contains(log.String(), "refused=10") {
					t.Errorf("%d lines a minute later, want one more that counts ten:\n%s", lines(), log.String())
				}
			})
			for _, word := range []string{"level=WARN", "source=corp", tt.says, "header=X-Hook", "events.hook_secret"} {
				if !strings.Contains(log.String(), word) {
					t.Errorf("the log does not say %q:\n%s", word, log.String())
				}
			}
			if strings.Contains(log.String(), "canary") {
				t.Errorf("the log shows a secret:\n%s", log.String())
			}
			if err := opened.(io.Closer).Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
