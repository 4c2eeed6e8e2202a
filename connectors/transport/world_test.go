package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Values that may never show up in an error.
const (
	canaryToken = "canary-token-5f1d"
	canaryEmail = "canary.person@example.com"
	canaryBody  = "canary-body-9a3c"
)

// A far is the other side: it answers from a script and remembers what arrived.
type far struct {
	mu      sync.Mutex
	script  []reply // the last one is repeated
	arrived []arrival
}

type reply struct {
	status int
	header map[string]string
	body   string
	err    error
	took   time.Duration
}

type arrival struct {
	method, auth string
	at           time.Time
}

func (f *far) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	r := f.script[min(len(f.arrived), len(f.script)-1)]
	f.arrived = append(f.arrived, arrival{method: req.Method, auth: req.Header.Get("Authorization"), at: time.Now()})
	f.mu.Unlock()
	if req.Body != nil {
		_ = req.Body.Close()
	}
	if r.took > 0 {
		select {
		case <-time.After(r.took):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	h := http.Header{}
	for k, v := range r.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: r.status, Header: h, Body: io.NopCloser(strings.NewReader(r.body)), ContentLength: int64(len(r.body)), Request: req}, nil
}

func (f *far) seen() []arrival {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.arrived
}

func replies(status ...int) []reply {
	var out []reply
	for _, s := range status {
		out = append(out, reply{status: s})
	}
	return out
}

// heard is an Observer that remembers.
type heard struct {
	mu    sync.Mutex
	codes []string
	took  []time.Duration
}

func (h *heard) Request(_, code string, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.codes, h.took = append(h.codes, code), append(h.took, took)
}

func secret(v string) connectors.Secret {
	return connectors.NewSecret("file:/run/token", func(context.Context) (string, error) { return v, nil })
}

// open returns a client for o, with fast pacing unless o sets it.
func open(t *testing.T, o transport.Options) *transport.Client {
	t.Helper()
	if o.URL == "" {
		o.URL = "https://scim.example.com/v2"
	}
	if o.Pace == (transport.Pace{}) {
		o.Pace = transport.Pace{Start: 60_000}
	}
	c, err := transport.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// send makes one request and returns the status, the body and the error of
// either the request or its body.
func send(t *testing.T, ctx context.Context, c *transport.Client, method, url string) (int, string, error) {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		body = strings.NewReader(`{"userName":"` + canaryEmail + `"}`)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", check(t, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), check(t, err)
}

// check fails the test if err is not of the promised type, or shows what no error
// may show, at any depth of its chain.
func check(t *testing.T, err error) error {
	t.Helper()
	if err == nil {
		return nil
	}
	var e *connectors.Error
	if !errors.As(err, &e) || e.Err == nil || e.Class == "" {
		t.Errorf("error %v is not a whole connectors.Error", err)
	}
	for at := err; at != nil; at = errors.Unwrap(at) {
		for _, canary := range []string{canaryToken, "canary.person", canaryBody, "filter="} {
			if strings.Contains(at.Error(), canary) {
				t.Errorf("error %q shows %q", at, canary)
			}
		}
	}
	return err
}

const users = "https://scim.example.com/v2/Users"

// search is a request whose query and path hold an e-mail.
const search = users + "?filter=userName%20eq%20%22canary.person%40example.com%22"
