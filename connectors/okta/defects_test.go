package okta_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/connectortest"
	"writersync/connectors/okta"
	"writersync/connectors/okta/oktatest"
)

// TestDefects has one test for each known defect of Okta's SDK v2.20.0; docs/okta.md
// says of each what it does and what is done about it. Each fails without that.
func TestDefects(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"01 lists are cached":                                defect01,
		"02 a lost connection is tried again for ever":       defect02,
		"03 there is no timeout":                             defect03,
		"04 a timeout spans the waits of a limit":            defect04,
		"05 an empty answer is an empty list":                defect05,
		"06 a null record is a nil pointer":                  defect06,
		"07 a truncated page is cached and panics":           defect07,
		"08 folded links lead back":                          defect08,
		"09 a malformed link panics":                         defect09,
		"10 a path in the address is put twice":              defect10,
		"11 a met limit is an error without a type":          defect11,
		"12 a met limit without headers is final":            defect12,
		"13 waits are cut short":                             defect13,
		"14 failures of the server are not repeated":         defect14,
		"15 only one form of key is read":                    defect15,
		"16 the token request heeds no context and no limit": defect16,
		"17 the assertion is in the address":                 defect17,
		"18 many first calls ask for many tokens":            defect18,
		"19 a refused token is kept":                         defect19,
		"20 files and variables fill what is not set":        defect20,
		"21 the proxy is not used":                           defect21,
		"22 there is no proof of possession":                 defect22,
	} {
		t.Run(name, test)
	}
}

func defect01(t *testing.T) {
	org := serve(t, 3, 1)
	c := open(t, org, nil)
	mustRead(t, c)
	org.Requests()
	org.Put(person(3, org.Now()))
	if got := mustRead(t, c); len(got.Users) != 4 {
		t.Errorf("the second reading has %d people, want 4", len(got.Users))
	}
	if n := len(org.Requests()); n < 4 {
		t.Errorf("the second reading made %d requests", n)
	}
}

func defect02(t *testing.T) {
	org := serve(t, 3, 1)
	c := open(t, org, nil)
	org.Tamper(func(_ *http.Request, a *oktatest.Answer) { a.Drop = true })
	_ = mustFail(t, c, connectors.Transient)
	if n := len(org.Requests()); n == 0 || n > 10 {
		t.Errorf("%d requests were sent to a server that hangs up", n)
	}
	if err := okta.Opaque(&connectors.Error{Class: connectors.Transient, Op: "x", Err: io.EOF}); errors.Is(err, io.EOF) {
		t.Error("the SDK would see io.EOF")
	}
}

// hangs never answers.
type hangs struct{}

func (hangs) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func defect03(t *testing.T) {
	c := openOn(t, company(clocked(), 3, 1), hangs{}, nil)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_ = mustFail(t, c, connectors.Transient)
		if took := time.Since(start); took > 2*time.Minute {
			t.Errorf("a dead server was waited for %s", took)
		}
	})
}

// limited makes the first n answers to a path say that a limit was met.
func limited(org *oktatest.Org, path string, n int, header map[string]string) {
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path != path || n == 0 {
			return
		}
		n--
		a.Status, a.Body = http.StatusTooManyRequests, []byte(`{"errorCode":"E0000047"}`)
		for _, name := range []string{"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"} {
			a.Header.Del(name)
		}
		for name, value := range header {
			a.Header.Set(name, value)
			if value == "" {
				a.Header.Del(name)
			}
		}
	})
}

func defect04(t *testing.T) {
	t.Setenv("OKTA_CLIENT_REQUEST_TIMEOUT", "1")
	org := company(clocked(), 3, 1)
	c := openOn(t, org, org, nil)
	synctest.Test(t, func(t *testing.T) {
		limited(org, "/api/v1/users", 1, map[string]string{"Retry-After": "20"})
		if got := mustRead(t, c); len(got.Users) != 3 {
			t.Errorf("%d people", len(got.Users))
		}
	})
}

func defect05(t *testing.T) {
	for name, change := range map[string]func(*oktatest.Answer){
		"an empty body": func(a *oktatest.Answer) { a.Body = nil },
		"white space":   func(a *oktatest.Answer) { a.Body = []byte(" \n\t ") },
		"null":          func(a *oktatest.Answer) { a.Body = []byte("null") },
		"not modified":  func(a *oktatest.Answer) { a.Status, a.Body = http.StatusNotModified, nil },
		"in part":       func(a *oktatest.Answer) { a.Status = http.StatusPartialContent },
		"no content":    func(a *oktatest.Answer) { a.Status, a.Body = http.StatusNoContent, nil },
		"a page":        func(a *oktatest.Answer) { a.Body = []byte("<html></html>") },
	} {
		t.Run(name, func(t *testing.T) {
			org := serve(t, 3, 1)
			org.Tamper(func(r *http.Request, a *oktatest.Answer) {
				if r.URL.Query().Get("filter") == `status eq "DEPROVISIONED"` { // where an empty list is a good one
					change(a)
				}
			})
			_ = mustFail(t, open(t, org, nil), connectors.Corrupt)
		})
	}
}

func defect06(t *testing.T) {
	for _, path := range []string{"/api/v1/users", "/api/v1/groups", "/api/v1/groups/" + groupID(0) + "/users"} {
		org := serve(t, 3, 1)
		org.Tamper(func(r *http.Request, a *oktatest.Answer) {
			if r.URL.Path == path {
				a.Body = []byte("[null]")
			}
		})
		err := mustFail(t, open(t, org, nil), connectors.Corrupt)
		if !strings.Contains(err.Error(), "a record is null") {
			t.Error(err)
		}
	}
}

func defect07(t *testing.T) {
	org := serve(t, 30, 1)
	c := open(t, org, nil)
	org.Tamper(func(r *http.Request, a *oktatest.Answer) {
		if r.URL.Path == "/api/v1/users" {
			a.Cut = len(a.Body) / 2
		}
	})
	for range 2 {
		if err := mustFail(t, c, connectors.Transient); !strings.Contains(err.Error(), "cut short") {
			t.Error(err)
		}
	}
}

func defect08(t *testing.T) {
	org := serve(t, 25, 1)
	org.PageSize = 10
	org.Tamper(func(_ *http.Request, a *oktatest.Answer) {
		if len(a.Header["Link"]) > 1 {
			a.Header["Link"] = []string{strings.Join(a.Header["Link"], ", ")}
		}
	})
	if got := mustRead(t, open(t, org, nil)); len(got.Users) != 25 {
		t.Errorf("%d people, want 25", len(got.Users))
	}
}

func defect09(t *testing.T) {
	org := serve(t, 3, 1)
	org.Tamper(func(_ *http.Request, a *oktatest.Answer) {
		a.Header["Link"] = []string{`<http://[::1/%zz>; rel="next"`}
	})
	if err := mustFail(t, open(t, org, nil), connectors.Corrupt); !strings.Contains(err.Error(), "an address that is none") {
		t.Error(err)
	}
	if err := okta.ReadUnscreened(t.Context(), org.URL, "/api/v1/users"); connectors.ClassOf(err) != connectors.Corrupt {
		t.Errorf("what the SDK breaks on became %v", err)
	}
}

func defect10(t *testing.T) {
	for _, url := range []string{"https://company.okta.com/", "https://company.okta.com/okta", "https://company.okta.com?a=b"} {
		c := okta.NewConfig()
		c.URL, c.Token = url, connectortest.SecretOf(token)
		if _, err := c.Open(connectortest.Env(&connectortest.Requests{})); err == nil || !strings.Contains(err.Error(), "must end after the host and port") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func defect11(t *testing.T) {
	org := company(clocked(), 3, 1)
	c := openOn(t, org, org, nil)
	synctest.Test(t, func(t *testing.T) {
		limited(org, "/api/v1/users", 1000, map[string]string{"Retry-After": "7"})
		err := mustFail(t, c, connectors.Throttled)
		var e *connectors.Error
		if !errors.As(err, &e) || e.After != 7*time.Second || !strings.Contains(e.Op, "list people") {
			t.Errorf("the error does not say how long to wait: %+v", e)
		}
	})
}

func defect12(t *testing.T) {
	org := company(clocked(), 3, 1)
	c := openOn(t, org, org, nil)
	synctest.Test(t, func(t *testing.T) {
		limited(org, "/api/v1/users", 1, map[string]string{"Date": ""})
		mustRead(t, c)
	})
}

func defect13(t *testing.T) {
	org := company(clocked(), 3, 1)
	c := openOn(t, org, org, nil)
	synctest.Test(t, func(t *testing.T) {
		limited(org, "/api/v1/users", 2, map[string]string{"X-Rate-Limit-Reset": "55"})
		start := time.Now()
		mustRead(t, c)
		if took := time.Since(start); took < 110*time.Second {
			t.Errorf("two waits of 55 s took %s", took)
		}
	})
}

func defect14(t *testing.T) {
	org := company(clocked(), 3, 1)
	c := openOn(t, org, org, nil)
	synctest.Test(t, func(t *testing.T) {
		broken := 2
		org.Tamper(func(r *http.Request, a *oktatest.Answer) {
			if r.URL.Path == "/api/v1/groups" && broken > 0 {
				broken--
				a.Status, a.Body = http.StatusBadGateway, []byte("<html>bad gateway</html>")
			}
		})
		mustRead(t, c)
		broken = 1000
		if err := mustFail(t, c, connectors.Transient); !strings.Contains(err.Error(), "502") {
			t.Error(err)
		}
	})
}

// keys returns private keys in every form, as PEM.
func keys(t *testing.T) map[string]struct {
	pem    string
	public crypto.PublicKey
} {
	t.Helper()
	out := map[string]struct {
		pem    string
		public crypto.PublicKey
	}{}
	add := func(name, kind string, der []byte, err error, public crypto.PublicKey) {
		if err != nil {
			t.Fatal(err)
		}
		out[name] = struct {
			pem    string
			public crypto.PublicKey
		}{string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})), public}
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	add("RSA in PKCS#1", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r), nil, r.Public())
	der, err := x509.MarshalPKCS8PrivateKey(r)
	add("RSA in PKCS#8", "PRIVATE KEY", der, err, r.Public())
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		e, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err = x509.MarshalECPrivateKey(e)
		add(name+" in SEC 1", "EC PRIVATE KEY", der, err, e.Public())
		der, err = x509.MarshalPKCS8PrivateKey(e)
		add(name+" in PKCS#8", "PRIVATE KEY", der, err, e.Public())
	}
	return out
}

func defect20(t *testing.T) {
	evil := serve(t, 2, 1)
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".okta"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := "okta:\n  client:\n    orgUrl: " + evil.URL + "\n    token: other\n    cache: {enabled: true}\n    requestTimeout: 1\n    clientId: other\n"
	if err := os.WriteFile(filepath.Join(home, ".okta", "okta.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	for name, value := range map[string]string{
		"ORGURL": evil.URL, "TOKEN": "other", "AUTHORIZATIONMODE": "PrivateKey", "CLIENTID": "other", "SCOPES": "okta.users.manage",
		"PRIVATEKEY": "other", "PRIVATEKEYID": "other", "CLIENTASSERTION": "other", "CACHE_ENABLED": "true", "CACHE_DEFAULT_TTL": "300",
		"CONNECTION_TIMEOUT": "1", "REQUEST_TIMEOUT": "1", "RATE_LIMIT_MAX_RETRIES": "99", "RATE_LIMIT_MAX_BACKOFF": "99", "PROXY_HOST": "127.0.0.1", "PROXY_PORT": "1",
		"PROXY_USERNAME": "other", "PROXY_PASSWORD": "other", "CACHE_DEFAULT_TTI": "300",
	} {
		t.Setenv("OKTA_CLIENT_"+name, value)
	}
	org := serve(t, 5, 1)
	for _, change := range []func(*okta.Config){nil, app(t, org)} {
		c := open(t, org, change)
		for range 2 {
			org.Requests()
			if got := mustRead(t, c); len(got.Users) != 5 || len(org.Requests()) < 4 {
				t.Errorf("%d people were read", len(got.Users))
			}
		}
	}
	if n := len(evil.Requests()); n > 0 {
		t.Errorf("%d requests went to another organization", n)
	}
	if set := okta.Ambient(org.URL); set != "" {
		t.Errorf("the SDK took %s from outside", set)
	}
}

func defect21(t *testing.T) {
	org := serve(t, 3, 1)
	through := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		through++
		org.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	mustRead(t, open(t, org, func(c *okta.Config) { c.Proxy = proxy.URL }))
	if through < 4 {
		t.Errorf("%d requests went through the proxy", through)
	}
}

func defect22(t *testing.T) {
	org := serve(t, 3, 1)
	org.DPoP = true
	err := mustFail(t, open(t, org, app(t, org)), connectors.Denied)
	if !strings.Contains(err.Error(), "turn off") || !strings.Contains(err.Error(), "DPoP") {
		t.Error(err)
	}
	org.DPoP = false
	org.Tamper(oktatest.Replace("/oauth2/v1/token", `"Bearer"`, `"DPoP"`))
	err = mustFail(t, open(t, org, app(t, org)), connectors.Corrupt)
	if !strings.Contains(err.Error(), "does not require DPoP") {
		t.Error(err)
	}
	org.Tamper(nil)
	mustRead(t, open(t, org, app(t, org)))
}
