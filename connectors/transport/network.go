package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"writersync/connectors"
)

// How long the steps before a request may take, and how long an unused
// connection is kept: less than servers do (60 s and more), since a write on a
// connection that the server closes meanwhile has an unknown outcome. The timeout
// of the whole attempt holds as well.
const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 30 * time.Second
	keepAlive        = 30 * time.Second
)

// idlePerHost keeps a connection for each request that is likely to be under way
// at once; net/http would keep two and open the others again and again.
const idlePerHost = 32

// maxCAFile is the largest file of certificates that is read, in bytes. The whole
// public set is a quarter of it.
const maxCAFile = 1 << 20

// newBase returns the innermost round tripper: net/http without its silent
// decompression and without the proxies that environment variables name.
func newBase(o Options, org origin) (http.RoundTripper, error) {
	proxy, proxyErr := parseProxy(o.Proxy)
	pool, caErr := readCAs(o.CAFile)
	if err := errors.Join(proxyErr, caErr); err != nil {
		return nil, err
	}
	policy := dialPolicy{loopback: org.loopback, private: o.AllowPrivate || isPrivateLiteral(org.host)}
	t := &http.Transport{
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the capper decompresses, so that it can count
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
		t.OnProxyConnectResponse = proxyAnswer
		// The proxy is what is dialled, and it usually stands in the own network.
		policy = dialPolicy{loopback: isLoopback(strings.ToLower(proxy.Hostname())), private: true}
	}
	d := &net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive, ControlContext: policy.control}
	t.DialContext = d.DialContext
	return t, nil
}

// parseProxy reads the URL of a proxy; "" is none.
func parseProxy(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil //nolint:nilnil // no proxy is a setting, not a failure
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, &connectors.FieldError{Path: "proxy", Msg: "is not the URL of a proxy; write one like http://proxy.example:3128"}
	case u.User != nil:
		return nil, &connectors.FieldError{Path: "proxy", Msg: "holds a user name or password; a proxy that asks for one is not supported"}
	}
	return u, nil
}

// A proxyError says that a proxy did not let a request through.
type proxyError struct{ status int }

// Error names the status.
func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy refused the connection (%d)", e.status)
}

// proxyAnswer gives a refusal a type; net/http would show the proxy's own words.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return &proxyError{status: resp.StatusCode}
	}
	return nil
}

// readCAs reads the authorities to trust; nil means the system's. They replace
// the system's rather than add to them: a client speaks to one origin, and one
// authority is enough for that.
func readCAs(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // crypto/tls takes a nil pool as the system's
	}
	pem, err := readLimited(path)
	if err != nil {
		return nil, &connectors.FieldError{Path: "tls.ca_file", Msg: err.Error()}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &connectors.FieldError{Path: "tls.ca_file", Msg: "holds no certificate; it must be PEM (-----BEGIN CERTIFICATE-----)"}
	}
	return pool, nil
}

// readLimited reads a file of at most maxCAFile bytes.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxCAFile+1))
	if err == nil && len(b) > maxCAFile {
		err = errors.New("is larger than 1 MiB; it must hold certificates only")
	}
	return b, err
}
