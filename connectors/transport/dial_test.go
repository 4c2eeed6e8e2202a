package transport

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"writersync/connectors"
)

func TestDialPolicy(t *testing.T) {
	public, private, loopback := dialPolicy{}, dialPolicy{private: true}, dialPolicy{loopback: true}
	tests := []struct {
		addr                      string
		public, private, loopback bool // taken?
	}{
		{"192.0.2.10", true, true, false},
		{"2001:db8::1", true, true, false},
		{"::ffff:192.0.2.10", true, true, false},
		{"10.1.2.3", false, true, false},
		{"172.16.0.1", false, true, false},
		{"192.168.1.1", false, true, false},
		{"100.64.0.1", false, true, false},
		{"fd12:3456::1", false, true, false},
		{"::ffff:10.1.2.3", false, true, false},
		{"127.0.0.1", false, false, true},
		{"127.8.8.8", false, false, true},
		{"::1", false, false, true},
		{"::ffff:127.0.0.1", false, false, true},
		{"169.254.169.254", false, false, false},
		{"::ffff:169.254.169.254", false, false, false},
		{"64:ff9b::a9fe:a9fe", false, false, false},
		{"64:ff9b::7f00:1", false, false, true},
		{"fe80::1", false, false, false},
		{"fe80::1%eth0", false, false, false},
		{"fd00:ec2::254", false, false, false},
		{"100.100.100.200", false, false, false},
		{"0.0.0.0", false, false, false},
		{"::", false, false, false},
		{"255.255.255.255", false, false, false},
		{"224.0.0.1", false, false, false},
		{"ff02::1", false, false, false},
	}
	for _, tt := range tests {
		addr := netip.MustParseAddr(tt.addr)
		got := [3]bool{public.check(addr) == nil, private.check(addr) == nil, loopback.check(addr) == nil}
		if want := [3]bool{tt.public, tt.private, tt.loopback}; got != want {
			t.Errorf("%s: taken as public, private, loopback host: %v, want %v", tt.addr, got, want)
		}
	}
}

// TestDialPolicyHoldsAtTheSocket stands for a name that resolves to this machine
// although the configuration names another.
func TestDialPolicyHoldsAtTheSocket(t *testing.T) {
	arrived := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived++ }))
	defer s.Close()
	for _, o := range []Options{{}, {AllowPrivate: true}} {
		base, err := newBase(o, origin{scheme: "https", host: "scim.example.com", port: "443"})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&classifier{next: base}).RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		var f *fault
		if !errors.As(err, &f) || f.code != codeBlocked || connectors.ClassOf(err) != connectors.Transient || !strings.Contains(err.Error(), "127.0.0.1, which is this machine") {
			t.Errorf("error %v, want it blocked and surely not sent", err)
		}
	}
	if arrived != 0 {
		t.Errorf("%d requests arrived", arrived)
	}
}

// TestPrivateAddressIsBlockedUnlessDeclared dials, but nothing leaves: the policy
// is asked before the connection is begun.
func TestPrivateAddressIsBlockedUnlessDeclared(t *testing.T) {
	base, err := newBase(Options{}, origin{scheme: "https", host: "scim.example.com", port: "443"})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := base.(*http.Transport).DialContext(t.Context(), "tcp", "10.0.0.1:443")
	if err == nil {
		_ = conn.Close()
	}
	var blocked *blockedError
	if !errors.As(err, &blocked) {
		t.Errorf("error %v, want it blocked", err)
	}
}

func TestPrivateAddressWrittenDownIsDeclared(t *testing.T) {
	for host, want := range map[string]bool{"10.0.0.7": true, "fd12::1": true, "192.0.2.1": false, "intranet.example.com": false} {
		if got := isPrivateLiteral(host); got != want {
			t.Errorf("isPrivateLiteral(%q) = %v", host, got)
		}
	}
}

// TestEnvironmentChoosesNoProxy looks at the setting: net/http reads the
// environment once a process, and never uses a proxy for this machine.
func TestEnvironmentChoosesNoProxy(t *testing.T) {
	for proxy, want := range map[string]string{"": "", "http://proxy.example:3128": "proxy.example:3128"} {
		base, err := newBase(Options{Proxy: proxy}, origin{scheme: "https", host: "scim.example.com", port: "443"})
		if err != nil {
			t.Fatal(err)
		}
		choose, got := base.(*http.Transport).Proxy, ""
		if choose != nil {
			u, err := choose(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://scim.example.com", nil))
			if err != nil {
				t.Fatal(err)
			}
			got = u.Host
		}
		if got != want || choose != nil && proxy == "" {
			t.Errorf("proxy %q: requests go to %q, chosen by a function: %v", proxy, got, choose != nil)
		}
	}
}
