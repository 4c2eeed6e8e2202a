package transport_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// listen starts a server that handles each connection with f and closes it.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f(conn)
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestNetworkFaults(t *testing.T) {
	closed := listen(t, func(net.Conn) {})
	refused := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		return l.Addr().String()
	}()
	answer := func(text string) string {
		return listen(t, func(c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = c.Write([]byte(text))
		})
	}
	tests := []struct {
		name, url   string
		read, write connectors.Class
		code, want  string
	}{
		{"refused", "http://" + refused, connectors.Transient, connectors.Transient, "refused", "Nothing listens there"},
		{"closed after the connection", "http://" + closed, connectors.Transient, connectors.Unknown, "network", ""},
		{"closed after the request", "http://" + answer(""), connectors.Transient, connectors.Unknown, "network", ""},
		{"no HTTP", "http://" + answer(canaryBody+"\r\n\r\n"), connectors.Transient, connectors.Unknown, "network", ""},
		{"bad header", "http://" + answer("HTTP/1.1 200 OK\r\n"+canaryBody+"\r\n\r\n"), connectors.Transient, connectors.Unknown, "network", ""},
		{"huge header", "http://" + answer("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 2<<20)+"\r\n\r\n"), connectors.Transient, connectors.Unknown, "network", ""},
		{"cut body", "http://" + answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+canaryBody), connectors.Transient, connectors.Unknown, "network", "cut short"},
		{"cut chunk", "http://" + answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n"+canaryBody), connectors.Transient, connectors.Unknown, "network", "cut short"},
		{"no TLS", "https://" + answer("HTTP/1.0 400 Bad Request\r\n\r\n"), connectors.Transient, connectors.Transient, "tls", "does not speak TLS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for method, want := range map[string]connectors.Class{http.MethodGet: tt.read, http.MethodPost: tt.write} {
				o := &heard{}
				c := open(t, transport.Options{URL: tt.url, Observe: o})
				// A read is repeated: a deadline too near for the second wait keeps the test short.
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				_, _, err := send(t, ctx, c, method, tt.url+"/Users?filter="+canaryEmail)
				cancel()
				if connectors.ClassOf(err) != want || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: error %v, want %q and %q", method, err, want, tt.want)
				}
				if len(o.codes) == 0 || o.codes[0] != tt.code {
					t.Errorf("%s: observed %q, want %q", method, o.codes, tt.code)
				}
			}
		})
	}
}

func TestSlowServersAreCut(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" {
			for {
				if _, err := w.Write([]byte(" ")); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				select {
				case <-time.After(5 * time.Millisecond):
				case <-release:
					return
				}
			}
		}
		<-release
	})
	t.Cleanup(func() { close(release) })
	for path, method := range map[string]string{"/silent": http.MethodPost, "/drip": http.MethodGet} {
		o := &heard{}
		c := open(t, transport.Options{URL: s.URL, Timeout: 100 * time.Millisecond, Observe: o})
		start := time.Now()
		_, _, err := send(t, t.Context(), c, method, s.URL+path)
		if took := time.Since(start); err == nil || !strings.Contains(err.Error(), "within the time allowed") || took > 5*time.Second {
			t.Errorf("%s: error %v after %s", path, err, took)
		}
		if diff := cmp.Diff([]string{"timeout"}, o.codes); diff != "" {
			t.Errorf("%s: observed (-want +got):\n%s", path, diff)
		}
	}
}

func TestRedirectsAreNotFollowedOnTheWire(t *testing.T) {
	var arrived atomic.Int32
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { arrived.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/again" {
				arrived.Add(1)
			}
			to := map[string]string{"/other": elsewhere.URL + "/x", "/same": "/again"}[r.URL.Path]
			http.Redirect(w, r, to, status)
		})
		c := open(t, transport.Options{URL: s.URL, Token: secret(canaryToken)})
		for _, path := range []string{"/other", "/same"} {
			for _, method := range []string{http.MethodGet, http.MethodPatch} {
				if _, _, err := send(t, t.Context(), c, method, s.URL+path); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("redirect refused (%d", status)) {
					t.Errorf("%d %s %s: error %v", status, method, path, err)
				}
			}
		}
	}
	if arrived.Load() != 0 {
		t.Errorf("%d redirects were followed", arrived.Load())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name string
		o    transport.Options
		want []string
	}{
		{"no URL", transport.Options{}, []string{"url: is not a URL"}},
		{"missing CA file", transport.Options{URL: users, CAFile: filepath.Join(dir, "none")}, []string{"tls.ca_file: ", "no such file"}},
		{"CA file without a certificate", transport.Options{URL: users, CAFile: file("a", "hello")}, []string{"tls.ca_file: holds no certificate"}},
		{"huge CA file", transport.Options{URL: users, CAFile: file("b", strings.Repeat("x", 2<<20))}, []string{"tls.ca_file: is larger"}},
		{"CA file that is a folder", transport.Options{URL: users, CAFile: dir}, []string{"tls.ca_file: "}},
		{"proxy that is no URL", transport.Options{URL: users, Proxy: "proxy:3128"}, []string{"proxy: is not"}},
		{"proxy with a password", transport.Options{URL: users, Proxy: "http://u:" + canaryToken + "@proxy"}, []string{"proxy: holds"}},
		{"everything at once", transport.Options{URL: "x", Proxy: "x", CAFile: dir, Pace: transport.Pace{Start: -1}}, []string{"url: ", "proxy: ", "tls.ca_file: ", "pace: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := transport.New(tt.o)
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
			if err != nil && strings.Contains(err.Error(), canaryToken) {
				t.Errorf("error shows the password: %v", err)
			}
		})
	}
}
