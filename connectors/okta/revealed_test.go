package okta_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestHookFetchesItsSecretSeldom: whoever reaches the address cannot have a program
// started with each request, and a secret that was changed is known soon.
func TestHookFetchesItsSecretSeldom(t *testing.T) {
	var fetched atomic.Int32
	var value atomic.Value
	value.Store(hookSecret)
	counted := connectors.NewSecret("command:secret", func(context.Context) (string, error) {
		fetched.Add(1)
		return value.Load().(string), nil
	})
	turned(t, 1, 0, func(c *okta.Config) { c.Events.Poll, c.Events.HookSecret = 0, counted }, func(t *testing.T, _ *oktatest.Org, c connectors.Connector) {
		h := hookOf(t, c)
		for range 100 {
			if status := post(h, "Authorization", "a guess", "{}"); status != http.StatusUnauthorized {
				t.Fatalf("a guess was answered with %d", status)
			}
		}
		if n := fetched.Load(); n > 2 { // one to see that it is there
			t.Errorf("fetched %d times for a hundred guesses", n)
		}
		value.Store("another secret")
		time.Sleep(10 * time.Second) //nolint:forbidigo // of the fake clock
		if status := post(h, "Authorization", "another secret", "{}"); status != http.StatusNoContent {
			t.Errorf("ten seconds after it was changed the secret was answered with %d", status)
		}
	})
}
