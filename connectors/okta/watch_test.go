package okta_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// watch runs Watch beside test, and counts how often it rings after it has begun.
func watch(t *testing.T, c connectors.Connector, test func(rings *atomic.Int32)) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var rings atomic.Int32
	done := make(chan error, 1)
	go func() { done <- c.(connectors.Watcher).Watch(ctx, func() { rings.Add(1) }) }()
	synctest.Wait()
	if n := rings.Swap(0); n != 1 {
		t.Errorf("it rang %d times when it began, want once", n)
	}
	test(&rings)
	stop()
	return <-done
}

// TestWatch rings within one interval of what a reading would state otherwise, and
// spends one request each time that nothing happened.
func TestWatch(t *testing.T) {
	turned(t, 3, 1, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		org.Log("user.lifecycle.create", "User", "00ubefore")
		time.Sleep(time.Minute) //nolint:forbidigo // of the fake clock
		err := watch(t, c, func(rings *atomic.Int32) {
			after := func(d time.Duration) int32 {
				time.Sleep(d) //nolint:forbidigo // of the fake clock
				synctest.Wait()
				return rings.Swap(0)
			}
			if n := after(time.Minute); n != 0 {
				t.Errorf("it rang %d times for nothing", n)
			}
			org.Requests()
			after(time.Minute)
			if n := len(org.Requests()); n != 6 {
				t.Errorf("a quiet minute costs %d requests, want 6", n)
			}
			for _, kind := range []string{"group.user_membership.add", "group.user_membership.remove", "user.lifecycle.deactivate", "user.account.update_profile", "user.account.update_primary_email", "group.lifecycle.delete"} {
				org.Log(kind, "User", personID(0))
				if n := after(11 * time.Second); n != 1 {
					t.Errorf("%s: it rang %d times, want once", kind, n)
				}
			}
			org.Log("user.session.start", "User", personID(0))
			if n := after(11 * time.Second); n != 0 {
				t.Errorf("it rang %d times when somebody signed in", n)
			}
			for range 2500 {
				org.Log("user.lifecycle.create", "User", "00unew")
			}
			if n := after(15 * time.Second); n != 1 {
				t.Errorf("many events rang %d times, want once", n)
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the watch ended with %v", err)
		}
	})
}

// TestWatchEnds says why it can no longer tell.
func TestWatchEnds(t *testing.T) {
	turned(t, 3, 1, nil, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		ends := make(chan error, 1)
		err := watch(t, c, func(*atomic.Int32) {
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Path == "/api/v1/logs" {
					a.Status, a.Body = http.StatusForbidden, []byte(`{"errorCode":"E0000006"}`)
				}
			})
			time.Sleep(time.Minute) //nolint:forbidigo // of the fake clock
			synctest.Wait()
			close(ends)
		})
		if connectors.ClassOf(err) != connectors.Denied || !strings.Contains(err.Error(), "okta.logs.read") || !strings.Contains(err.Error(), "events.poll: 0") {
			t.Errorf("the watch ended with %v", err)
		}
	})
}

// hookOf returns what answers the event hook.
func hookOf(t *testing.T, c connectors.Connector) http.Handler {
	t.Helper()
	if c.(connectors.Receiver).Hook() == nil {
		t.Fatal("there is no hook")
	}
	// Whoever mounts it may ask for it anew with each request.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.(connectors.Receiver).Hook().ServeHTTP(w, r) })
}

func post(h http.Handler, header, value, body string) int {
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	r.Header.Set(header, value)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

const hookSecret = "a-long-secret"

func hooked(c *okta.Config) {
	c.Events.Poll, c.Events.HookSecret = 0, connectortest.SecretOf(hookSecret)
}

func TestHook(t *testing.T) {
	turned(t, 3, 1, hooked, func(t *testing.T, org *oktatest.Org, c connectors.Connector) {
		h := hookOf(t, c)
		event := func(ids string) string { return `{"eventType":"com.okta.event_hook","data":{"events":[` + ids + `]}}` }
		err := watch(t, c, func(rings *atomic.Int32) {
			for _, tt := range []struct {
				name, header, value, body string
				status                    int
				rings                     int32
			}{
				{"an event", "Authorization", hookSecret, event(`{"uuid":"1"}`), 204, 1},
				{"the same again", "Authorization", hookSecret, event(`{"uuid":"1"}`), 204, 0},
				{"two, one of them new", "Authorization", hookSecret, event(`{"uuid":"1"},{"uuid":"2"}`), 204, 1},
				{"one without an ID", "Authorization", hookSecret, event(`{}`), 204, 1},
				{"none", "Authorization", hookSecret, event(``), 204, 0},
				{"another secret", "Authorization", hookSecret + "x", event(`{"uuid":"3"}`), 401, 0},
				{"no secret", "Authorization", "", event(`{"uuid":"4"}`), 401, 0},
				{"in another header", "X-Secret", hookSecret, event(`{"uuid":"5"}`), 401, 0},
				{"no JSON", "Authorization", hookSecret, "events", 400, 0},
				{"a flood", "Authorization", hookSecret, strings.Repeat("[", 2<<20), 413, 0},
			} {
				if status := post(h, tt.header, tt.value, tt.body); status != tt.status || rings.Swap(0) != tt.rings {
					t.Errorf("%s: status %d, want %d, or not %d rings", tt.name, status, tt.status, tt.rings)
				}
			}
		})
		if !errors.Is(err, context.Canceled) || len(org.Requests()) > 0 {
			t.Errorf("the watch ended with %v", err)
		}
		if status := post(h, "Authorization", hookSecret, event(`{"uuid":"9"}`)); status != 204 {
			t.Errorf("with nobody watching the status is %d", status)
		}
	})
}

func TestHookIsVerified(t *testing.T) {
	h := hookOf(t, open(t, serve(t, 3, 1), func(c *okta.Config) { c.Events.HookSecret = connectortest.SecretOf(hookSecret) }))
	for _, tt := range []struct {
		method, challenge string
		status            int
		body              string
	}{
		{http.MethodGet, "abc-123", 200, `{"verification":"abc-123"}`},
		{http.MethodGet, `"<script>`, 200, `{"verification":"\"\u003cscript\u003e"}`},
		{http.MethodGet, "", 400, ""},
		{http.MethodGet, strings.Repeat("x", 2000), 400, ""},
		{http.MethodPut, "abc", 405, ""},
	} {
		r := httptest.NewRequest(tt.method, "/hook", nil)
		if tt.challenge != "" {
			r.Header.Set("X-Okta-Verification-Challenge", tt.challenge)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || strings.TrimSpace(w.Body.String()) != tt.body {
			t.Errorf("%s %q: %d %q", tt.method, tt.challenge, w.Code, w.Body)
		}
	}
}

// TestHookForgets remembers a bounded number of events.
func TestHookForgets(t *testing.T) {
	turned(t, 1, 0, hooked, func(t *testing.T, _ *oktatest.Org, c connectors.Connector) {
		h := hookOf(t, c)
		_ = watch(t, c, func(rings *atomic.Int32) {
			for i := range 5000 {
				post(h, "Authorization", hookSecret, `{"data":{"events":[{"uuid":"`+strings.Repeat("x", i%50)+string(rune('a'+i%26))+time.Duration(i).String()+`"}]}}`)
			}
			if n := rings.Swap(0); n != 5000 {
				t.Errorf("%d rings", n)
			}
			first := `{"data":{"events":[{"uuid":"a0s"}]}}`
			if post(h, "Authorization", hookSecret, first); rings.Load() != 1 {
				t.Error("the first event is still remembered")
			}
		})
	})
}

// TestNoHook has nothing to mount where none is configured.
func TestNoHook(t *testing.T) {
	if h := open(t, serve(t, 1, 0), nil).(connectors.Receiver).Hook(); h != nil {
		t.Error("there is a hook without a secret")
	}
}
