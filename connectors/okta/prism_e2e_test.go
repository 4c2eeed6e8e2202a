//go:build e2e

package okta_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// A described is a network that shows each request to Prism, which holds it against
// Okta's own description, before the stand-in answers it.
type described struct {
	t     *testing.T
	prism string
	org   *oktatest.Org

	mu   sync.Mutex
	seen map[string]int
}

// startPrism starts what scripts/prism.sh has installed, until the test ends.
func startPrism(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../.cache/prism")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close() // Prism listens there instead
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "node", filepath.Join(dir, "node_modules/@stoplight/prism-cli/dist/index.js"), "mock", "-h", "127.0.0.1", "-p", port, filepath.Join(dir, "okta.json"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err = cmd.Start(); err != nil {
		stop()
		t.Fatalf("start Prism: %v; run make servers", err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	url := "http://127.0.0.1:" + port
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		select {
		case <-done:
			t.Fatalf("Prism ended; run make servers:\n%s", &said)
		case <-time.After(100 * time.Millisecond):
		}
		if status, _ := ask(t, http.MethodGet, url+"/.well-known/okta-organization", nil, ""); status == http.StatusOK {
			return url
		}
	}
	t.Fatal("Prism does not answer")
	return ""
}

// ask sends a request to Prism and returns the status and what it finds wrong with the
// request; 0 if it cannot be reached.
func ask(t *testing.T, method, url string, h http.Header, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body = http.NoBody
	}
	for _, name := range []string{"Authorization", "Content-Type", "Accept"} {
		if v := h.Get(name); v != "" {
			req.Header.Set(name, v)
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(resp.Header.Get("Sl-Violations"), `"request"`) {
		return http.StatusUnprocessableEntity, resp.Header.Get("Sl-Violations")
	}
	return resp.StatusCode, string(text)
}

var oneID = regexp.MustCompile(`/(00[ug]\w+|me)`)

// RoundTrip holds req against the description, and lets the stand-in answer.
func (d *described) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body, req.Body = string(b), io.NopCloser(bytes.NewReader(b))
	}
	if req.URL.Path != "/oauth2/v1/token" { // which is described elsewhere
		if status, wrong := ask(d.t, req.Method, d.prism+req.URL.RequestURI(), req.Header, body); status/100 != 2 {
			d.t.Errorf("%s %s is not as described (%d): %s", req.Method, req.URL.Path, status, wrong)
		}
		kind := req.Method + " " + oneID.ReplaceAllString(req.URL.Path, "/{id}")
		for name := range req.URL.Query() {
			if name == "filter" || name == "q" || name == "after" {
				kind += " " + name
			}
		}
		d.mu.Lock()
		d.seen[kind]++
		d.mu.Unlock()
	}
	return d.org.RoundTrip(req)
}

// TestRequestsAreAsDescribed makes every kind of request there is, and holds each
// against Okta's own description.
func TestRequestsAreAsDescribed(t *testing.T) {
	d := &described{t: t, prism: startPrism(t), seen: map[string]int{}}
	for _, bad := range []struct{ method, path, auth, body string }{
		{http.MethodGet, "/api/v1/users?limit=abc", "SSWS x", ""},
		{http.MethodGet, "/api/v1/users?limit=2", "", ""},
		{http.MethodGet, "/api/v1/people", "SSWS x", ""},
		{http.MethodDelete, "/api/v1/groups", "SSWS x", ""},
		{http.MethodGet, "/api/v1/logs?since=yesterday", "SSWS x", ""},
		{http.MethodPost, "/api/v1/users?activate=perhaps", "SSWS x", `{"profile":{}}`},
	} {
		h := http.Header{"Content-Type": {"application/json"}}
		if bad.auth != "" {
			h.Set("Authorization", bad.auth)
		}
		if status, _ := ask(t, bad.method, d.prism+bad.path, h, bad.body); status < 400 {
			t.Errorf("Prism lets %s %s pass: %d", bad.method, bad.path, status)
		}
	}
	for name, change := range map[string]func(*testing.T, *oktatest.Org) func(*okta.Config){
		"token": func(*testing.T, *oktatest.Org) func(*okta.Config) { return nil }, "service app": app,
	} {
		t.Run(name, func(t *testing.T) {
			d.org = company(oktatest.New(), 25, 3)
			d.org.PageSize = 10
			d.t = t
			credential := change(t, d.org)
			everyRequest(t, d, openOn(t, d.org, d, func(c *okta.Config) {
				if credential != nil {
					credential(c)
				}
				c.Import.Enabled, c.Events.Poll = true, 2*time.Second
			}))
		})
	}
	want := []string{
		"GET /.well-known/okta-organization", "GET /api/v1/users", "GET /api/v1/users after", "GET /api/v1/users filter",
		"GET /api/v1/groups", "GET /api/v1/groups filter", "GET /api/v1/groups q", "GET /api/v1/groups/{id}", "GET /api/v1/groups/{id}/users",
		"GET /api/v1/users/{id}", "GET /api/v1/users/{id}/roles", "GET /api/v1/logs filter",
		"POST /api/v1/users", "POST /api/v1/groups", "PUT /api/v1/groups/{id}/users/{id}",
	}
	for _, kind := range want {
		if d.seen[kind] == 0 {
			t.Errorf("no request of the kind %q was made", kind)
		}
	}
	t.Logf("requests by kind: %v", d.seen)
}

// everyRequest does everything that a connector does.
func everyRequest(t *testing.T, d *described, c connectors.Connector) {
	t.Helper()
	since := cursor(t, c)
	g, _ := d.org.Group(groupID(0))
	g.Count = 1 // short, and so counted again
	d.org.PutGroup(g)
	_ = mustFail(t, c, connectors.Corrupt)
	g.Count, g.LastMembershipUpdated = 0, d.org.Now()
	d.org.PutGroup(g)
	d.org.Delete(personID(9))
	d.org.Log("user.lifecycle.delete.completed", "User", personID(9))
	d.org.Delete(groupID(2))
	d.org.Log("group.lifecycle.delete", "UserGroup", groupID(2))
	if got, _ := mustChange(t, c, since); len(got.Deleted) != 2 || len(got.Groups) == 0 {
		t.Errorf("gone %v, %d groups", got.Deleted, len(got.Groups))
	}
	for _, kind := range []connectors.ObjectKind{connectors.UserObject, connectors.GroupObject} {
		if _, err := c.(connectors.Prover).Prove(t.Context(), connectors.Claim{Kind: kind, ID: groupID(1)}); err != nil {
			t.Error(err)
		}
	}
	check(t, c)
	i := c.(connectors.Importer)
	id, err := i.CreateUser(t.Context(), newUser())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = i.CreateGroup(t.Context(), connectors.NewGroup{Name: "New", Members: []string{id}}); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	rung := make(chan struct{}, 100)
	done := make(chan error, 1)
	go func() { done <- c.(connectors.Watcher).Watch(ctx, func() { rung <- struct{}{} }) }()
	for waiting := true; waiting; {
		d.org.Log("user.lifecycle.create", "User", id)
		select {
		case <-rung:
			waiting = false
		case err = <-done:
			t.Fatalf("the watch ended without a ring: %v", err)
		case <-time.After(500 * time.Millisecond):
		}
	}
	stop()
	if err = <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the watch ended with %v", err)
	}
}
