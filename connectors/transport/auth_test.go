package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func TestTokenIsReadForEveryRequest(t *testing.T) {
	n := 0
	rotating := connectors.NewSecret("file:/run/token", func(context.Context) (string, error) {
		n++
		return fmt.Sprintf("token-%d", n), nil
	})
	f := &far{script: replies(200)}
	c := open(t, transport.Options{Base: f, Token: rotating, Scheme: "SSWS"})
	for range 2 {
		if _, _, err := send(t, t.Context(), c, http.MethodPost, users); err != nil {
			t.Fatal(err)
		}
	}
	got := []string{f.seen()[0].auth, f.seen()[1].auth}
	if diff := cmp.Diff([]string{"SSWS token-1", "SSWS token-2"}, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestTokenStaysInside(t *testing.T) {
	f := &far{script: replies(200)}
	c := open(t, transport.Options{Base: f, Token: secret(canaryToken)})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, users, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer of the caller")
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := f.seen()[0].auth; got != "Bearer "+canaryToken {
		t.Errorf("sent %q", got)
	}
	for name, h := range map[string]http.Header{"the caller's request": req.Header, "the answer's request": resp.Request.Header} {
		if strings.Contains(h.Get("Authorization"), canaryToken) {
			t.Errorf("%s holds the token", name)
		}
	}
	if s := fmt.Sprintf("%v %+v", transport.Options{Token: secret(canaryToken)}, transport.Options{Token: secret(canaryToken)}); strings.Contains(s, canaryToken) {
		t.Errorf("printed options show the token: %s", s)
	}
}

func TestTokenThatCannotBeUsed(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"line break", canaryToken + "\n", "line break"},
		{"header injection", canaryToken + "\r\nX-Other: 1", "line break"},
		{"non-ASCII", canaryToken + "\u00e4", "non-ASCII"},
		{"empty", "", "empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &far{script: replies(200)}
			o := &heard{}
			c := open(t, transport.Options{Base: f, Token: secret(tt.value), Observe: o})
			_, _, err := send(t, t.Context(), c, http.MethodGet, users)
			if connectors.ClassOf(err) != connectors.Denied || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "file:/run/token") {
				t.Errorf("error %v, want denied, %q and the reference", err, tt.want)
			}
			if len(f.seen()) != 0 {
				t.Error("a request arrived without a token")
			}
			if diff := cmp.Diff([]string{"credential"}, o.codes); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretThatCannotBeRead(t *testing.T) {
	gone := errors.New("no such file")
	c := open(t, transport.Options{
		Base:  &far{script: replies(200)},
		Token: connectors.NewSecret("file:/run/token", func(context.Context) (string, error) { return "", gone }),
	})
	body := &closing{Reader: strings.NewReader("x")}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, users, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, gone) || connectors.ClassOf(err) != connectors.Denied || !body.closed {
		t.Errorf("error %v, closed %v; want denied because of %v, and the body closed", err, body.closed, gone)
	}
}

func TestSecretThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{script: replies(200)}
		c := open(t, transport.Options{Base: f, Timeout: 3 * time.Second, Token: connectors.NewSecret("command:vault", func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})})
		start := time.Now()
		_, _, err := send(t, t.Context(), c, http.MethodPost, users)
		if connectors.ClassOf(err) != connectors.Transient || !strings.Contains(err.Error(), "command:vault was not read in time") || time.Since(start) != 3*time.Second {
			t.Errorf("error %v after %s, want transient after 3s", err, time.Since(start))
		}
		if len(f.seen()) != 0 {
			t.Error("a request arrived without a token")
		}
	})
}

func TestReadOnly(t *testing.T) {
	f := &far{script: replies(200)}
	c := open(t, transport.Options{Base: f, ReadOnly: true})
	for method, leaves := range map[string]bool{"GET": true, "HEAD": true, "POST": false, "PUT": false, "PATCH": false, "DELETE": false, "OPTIONS": false, "get": false} {
		before := len(f.seen())
		_, _, err := send(t, t.Context(), c, method, search)
		if got := len(f.seen()) > before; got != leaves {
			t.Errorf("%s: left %v, want %v", method, got, leaves)
		}
		if !leaves && (connectors.ClassOf(err) != connectors.Rejected || !strings.Contains(err.Error(), "read-only")) {
			t.Errorf("%s: error %v", method, err)
		}
	}
}

func TestReadWithABodyGoesOnce(t *testing.T) {
	f := &far{script: replies(503)}
	c := open(t, transport.Options{Base: f})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, users, io.NopCloser(bytes.NewBufferString("x")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if len(f.seen()) != 1 {
		t.Errorf("%d requests arrived, want 1", len(f.seen()))
	}
}
