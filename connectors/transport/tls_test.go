package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	tests := []struct {
		name   string
		conf   *tls.Config
		caFile string
		want   string // "" is success
	}{
		{"good", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, ca.file(t), ""},
		{"system roots do not know it", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, "", "Set tls.ca_file"},
		{"another authority", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, other.file(t), "Set tls.ca_file"},
		{
			"expired", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })}},
			ca.file(t), "expired",
		},
		{
			"wrong host", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, func(c *x509.Certificate) {
				c.IPAddresses, c.DNSNames = nil, []string{"other.example.com"}
			})}},
			ca.file(t), "is not for 127.0.0.1",
		},
		{
			"wrong use", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, func(c *x509.Certificate) {
				c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
			})}},
			ca.file(t), "certificate is not valid",
		},
		{
			"too old", &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10},
			ca.file(t), "TLS 1.2",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var arrived atomic.Int32
			s := serveTLS(t, tt.conf, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
			o := &heard{}
			c := open(t, transport.Options{URL: s.URL, CAFile: tt.caFile, Token: secret(canaryToken), Observe: o})
			status, _, err := send(t, t.Context(), c, http.MethodPost, s.URL+"/Users?filter="+canaryEmail)
			if tt.want == "" {
				if status != 200 || err != nil {
					t.Errorf("status %d, error %v", status, err)
				}
				return
			}
			if connectors.ClassOf(err) != connectors.Transient || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want transient (surely not sent) and %q", err, tt.want)
			}
			if diff := cmp.Diff([]string{"tls"}, o.codes); diff != "" || arrived.Load() != 0 {
				t.Errorf("%d arrived, observed (-want +got):\n%s", arrived.Load(), diff)
			}
		})
	}
}

func TestHTTP2StreamIsCut(t *testing.T) {
	ca := newAuthority(t)
	s := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, nil)}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.ProtoMajor != 2:
			t.Errorf("spoke %s, want HTTP/2", r.Proto)
		case r.Header.Get("Authorization") != "Bearer "+canaryToken:
			t.Error("no token arrived")
		case r.URL.Path == "/body":
			_, _ = w.Write([]byte(canaryBody))
			w.(http.Flusher).Flush()
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // the way of net/http to reset a stream
	}))
	c := open(t, transport.Options{URL: s.URL, CAFile: ca.file(t), Token: secret(canaryToken)})
	for _, path := range []string{"/headers", "/body"} {
		if _, _, err := send(t, t.Context(), c, http.MethodPost, s.URL+path); connectors.ClassOf(err) != connectors.Unknown {
			t.Errorf("%s: error %v, want unknown", path, err)
		}
	}
	if u := c.Usage(); u.Writes != 2 {
		t.Errorf("usage %+v, want 2 writes", u)
	}
}
