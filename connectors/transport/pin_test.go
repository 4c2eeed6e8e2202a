package transport_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"writersync/connectors"
	"writersync/connectors/transport"
)

func TestPin(t *testing.T) {
	tests := []struct {
		name, base, to string
		leaves         bool
	}{
		{"same", "https://scim.example.com", "https://scim.example.com/v2/Users", true},
		{"default port written out", "https://scim.example.com", "https://scim.example.com:443/Users", true},
		{"default port left out", "https://scim.example.com:443", "https://scim.example.com/Users", true},
		{"other case", "https://SCIM.example.com", "https://scim.Example.com/Users", true},
		{"another path prefix", "https://scim.example.com/v2", "https://scim.example.com/v1/Users", true},
		{"loopback http", "http://127.0.0.1:8080", "http://127.0.0.1:8080/x", true},
		{"loopback v6", "http://[::1]:8080", "http://[::1]:8080/x", true},
		{"encoded slash stays in its segment", "https://scim.example.com", "https://scim.example.com/Users/a%2Fb", true},
		{"e-mail in the path", "https://scim.example.com", "https://scim.example.com/users/canary.person@example.com", true},

		{"plain http", "https://scim.example.com", "http://scim.example.com/Users", false},
		{"http on the port of https", "https://scim.example.com", "http://scim.example.com:443/Users", false},
		{"another port", "https://scim.example.com", "https://scim.example.com:8443/Users", false},
		{"port 0", "https://scim.example.com", "https://scim.example.com:0/Users", false},
		{"empty port is the usual one", "https://scim.example.com", "https://scim.example.com:/Users", true},
		{"port with a leading zero is the same", "https://scim.example.com", "https://scim.example.com:0443/Users", true},
		{"suffix", "https://scim.example.com", "https://scim.example.com.evil.example/Users", false},
		{"suffix without a dot", "https://scim.example.com", "https://scim.example.comevil.example/Users", false},
		{"prefix", "https://example.com", "https://evil-example.com/Users", false},
		{"subdomain", "https://example.com", "https://scim.example.com/Users", false},
		{"parent domain", "https://scim.example.com", "https://example.com/Users", false},
		{"sibling", "https://scim.example.com", "https://other.example.com/Users", false},
		{"trailing dot", "https://scim.example.com", "https://scim.example.com./Users", false},
		{"userinfo that looks like the host", "https://scim.example.com", "https://scim.example.com@evil.example/Users", false},
		{"userinfo before the host", "https://scim.example.com", "https://user:secret@scim.example.com/Users", false},
		{"look-alike letter", "https://example.com", "https://ex\u0430mple.com/Users", false},
		{"full-width dot", "https://scim.example.com", "https://scim\uff0eexample.com/Users", false},
		{"name of the loopback", "http://localhost:8080", "http://127.0.0.1:8080/x", false},
		{"metadata", "https://scim.example.com", "http://169.254.169.254/latest", false},
		{"other scheme", "https://scim.example.com", "ftp://scim.example.com/Users", false},
		{"climbing path", "https://scim.example.com", "https://scim.example.com/Users/../Groups", false},
		{"climbing path, encoded", "https://scim.example.com", "https://scim.example.com/Users/%2e%2e/Groups", false},
		{"climbing path behind an encoded slash", "https://scim.example.com", "https://scim.example.com/Users/x%2f..%2f..", false},
		{"climbing path with a backslash", "https://scim.example.com", "https://scim.example.com/Users/..%5cGroups", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &far{script: replies(200)}
			c := open(t, transport.Options{URL: tt.base, Base: f, Token: secret(canaryToken)})
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				_, _, err := send(t, t.Context(), c, method, tt.to)
				if tt.leaves != (err == nil) {
					t.Errorf("%s %s: error %v, want it to leave: %v", method, tt.to, err, tt.leaves)
				}
				if err != nil && connectors.ClassOf(err) != connectors.Rejected {
					t.Errorf("class %q, want rejected", connectors.ClassOf(err))
				}
			}
			if got := len(f.seen()); tt.leaves != (got == 2) || !tt.leaves && got > 0 {
				t.Errorf("%d requests arrived", got)
			}
		})
	}
}

func TestPinRefusesWhatIsNoPlainRequest(t *testing.T) {
	tests := map[string]func(*http.Request){
		"other Host header": func(r *http.Request) { r.Host = "evil.example" },
		"opaque URL": func(r *http.Request) {
			r.URL = &url.URL{Scheme: "https", Opaque: "//evil.example/x", Host: "scim.example.com"}
		},
		"no host": func(r *http.Request) { r.URL = &url.URL{Scheme: "https", Path: "/" + canaryBody} },
		"no URL":  func(r *http.Request) { r.URL = nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			f := &far{script: replies(200)}
			c := open(t, transport.Options{Base: f})
			body := &closing{Reader: strings.NewReader("x")}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, users, body)
			if err != nil {
				t.Fatal(err)
			}
			change(req)
			resp, err := c.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			if check(t, err) == nil || connectors.ClassOf(err) != connectors.Rejected || len(f.seen()) != 0 {
				t.Errorf("error %v, %d arrived; want rejected and none", err, len(f.seen()))
			}
			if !body.closed {
				t.Error("the body of the refused request was not closed")
			}
		})
	}
}

type closing struct {
	*strings.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestCheckURL(t *testing.T) {
	tests := []struct{ raw, want string }{
		{"https://app.writer.com/api/scim/v2", ""},
		{"https://10.0.0.7:8443/scim", ""},
		{"https://xn--mnchen-3ya.example/scim", ""},
		{"http://localhost:8080", ""},
		{"http://127.0.0.1", ""},
		{"http://[::1]:1", ""},
		{"", "not a URL"},
		{"app.writer.com/api", "not a URL"},
		{"https:///x", "not a URL"},
		{"https:app.writer.com", "not a URL"},
		{"https://%zz", "not a URL"},
		{"http://app.writer.com", "plain http"},
		{"http://localhost.example.com", "plain http"},
		{"http://127.0.0.1.example.com", "plain http"},
		{"ldap://ldap.example.com:389", "scheme other than https"},
		{"ldaps://ldap.example.com", "host or port"},
		{"https://user:" + canaryToken + "@app.writer.com", "user name or password"},
		{"https://app.writer.com?a=b", "query"},
		{"https://app.writer.com#a", "query or a fragment"},
		{"https://m\u00fcnchen.example", "ASCII"},
		{"https://app.writer.com:99999", "port"},
		{"https://app.writer.com.", "host or port"},
	}
	for _, tt := range tests {
		err := transport.CheckURL(tt.raw)
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("CheckURL(%q) = %v, want %q", tt.raw, err, tt.want)
		case err != nil && strings.Contains(err.Error(), canaryToken):
			t.Errorf("CheckURL shows the password: %v", err)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	// The base URL is typed by people; whatever is taken must be https, or this machine.
	for _, s := range []string{"https://a.example", "http://[::1]:80", "http://localhost", "https://a@b", "http://127.0.0.1:0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if transport.CheckURL(raw) != nil {
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.User != nil || u.Scheme != "https" && !strings.HasPrefix(u.Hostname(), "127.") &&
			!strings.EqualFold(u.Hostname(), "localhost") && !strings.Contains(u.Hostname(), ":") {
			t.Errorf("CheckURL took %q", raw)
		}
	})
}
