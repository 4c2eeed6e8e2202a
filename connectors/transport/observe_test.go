package transport_test

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func TestObserverHearsEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &heard{}
		f := &far{script: []reply{
			{status: 503, took: time.Second},
			{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}},
			{status: 429},
			{status: 799, took: 2 * time.Second},
		}}
		c := open(t, transport.Options{Base: f, Observe: o, Pace: transport.Pace{Start: 60, Max: 60}})
		if _, _, err := send(t, t.Context(), c, http.MethodGet, users); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"503", "network", "429", "other"}, o.codes); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
		// Neither the wait for a turn nor the one before a repetition counts.
		if diff := cmp.Diff([]time.Duration{time.Second, 0, 0, 2 * time.Second}, o.took); diff != "" {
			t.Errorf("durations (-want +got):\n%s", diff)
		}
		if u := c.Usage(); u.Reads != 4 {
			t.Errorf("usage %+v, want 4 reads", u)
		}
	})
}

func TestRedact(t *testing.T) {
	inner := &connectors.Error{Class: connectors.Unknown, Op: "POST https://scim.example.com", Err: errors.New("cut")}
	plain := errors.New("plain")
	outer := func(err error) error { return &url.Error{Op: "Post", URL: search, Err: err} }
	tests := []struct {
		name  string
		err   error
		want  error // nil: any that shows nothing
		class connectors.Class
	}{
		{"nil", nil, nil, ""},
		{"not of net/http", plain, plain, connectors.Transient},
		{"of a round tripper here", outer(inner), inner, connectors.Unknown},
		{"of net/http itself", outer(plain), nil, connectors.Rejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := transport.Redact(tt.err)
			if tt.want != nil && !errors.Is(got, tt.want) || connectors.ClassOf(got) != tt.class {
				t.Errorf("got %v of class %q, want %v of class %q", got, connectors.ClassOf(got), tt.want, tt.class)
			}
			if got != nil && strings.Contains(got.Error(), "filter") {
				t.Errorf("%v shows the query", got)
			}
		})
	}
}

func TestHTTPClientOfALibrary(t *testing.T) {
	f := &far{script: []reply{{err: &url.Error{Op: "Get", URL: search, Err: syscall.ECONNREFUSED}}}}
	c := open(t, transport.Options{Base: f, Token: secret(canaryToken)})
	synctest.Test(t, func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, search, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.HTTP().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !strings.Contains(err.Error(), "canary.person") {
			t.Errorf("error %v: net/http no longer shows the URL, and Redact is not needed", err)
		}
		if err = check(t, transport.Redact(err)); !errors.Is(err, syscall.ECONNREFUSED) || connectors.ClassOf(err) != connectors.Unknown {
			t.Errorf("error %v, want unknown because of a refused connection", err)
		}
		if got := f.seen()[0].auth; got != "Bearer "+canaryToken {
			t.Errorf("sent %q", got)
		}
	})
}
