package transport_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func TestConfiguredProxy(t *testing.T) {
	var asked atomic.Value
	status := http.StatusOK
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host + r.Header.Get("Authorization"))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(canaryBody))
	})
	// Nothing resolves scim.example.com here: the proxy would.
	for _, status = range []int{http.StatusProxyAuthRequired, http.StatusForbidden} {
		c := open(t, transport.Options{Proxy: p.URL, Token: secret(canaryToken)})
		_, _, err := send(t, t.Context(), c, http.MethodPost, search)
		if connectors.ClassOf(err) != connectors.Transient || !strings.Contains(err.Error(), fmt.Sprintf("the proxy refused the connection (%d)", status)) {
			t.Errorf("error %v, want transient and the proxy's status", err)
		}
		if got := asked.Load(); got != "CONNECT scim.example.com:443" {
			t.Errorf("the proxy was asked for %q", got)
		}
	}
}

// tunnel joins the client's connection with one to the host that it asks for.
func tunnel(w http.ResponseWriter, r *http.Request) {
	to, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = to.Close() }()
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = from.Close() }()
	_, _ = from.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(to, from)
		_ = to.Close()
		close(done)
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
	<-done
}

func TestRequestsPassTheProxy(t *testing.T) {
	ca := newAuthority(t)
	s := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Method))
	}))
	var seen atomic.Value
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Store(fmt.Sprint(r.Method, r.Header))
		tunnel(w, r)
	})
	c := open(t, transport.Options{URL: s.URL, CAFile: ca.file(t), Proxy: p.URL, Token: secret(canaryToken)})
	if status, body, err := send(t, t.Context(), c, http.MethodPost, s.URL); status != 200 || body != "POST" || err != nil {
		t.Errorf("status %d, body %q, error %v", status, body, err)
	}
	if got, _ := seen.Load().(string); !strings.HasPrefix(got, "CONNECT") || strings.Contains(got, canaryToken) {
		t.Errorf("the proxy saw %q", got)
	}
}
