package transport

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"writersync/connectors"
)

// An origin is a scheme, host and port (RFC 6454): where requests may go.
type origin struct {
	scheme, host, port string // lower-case; the port always present
	loopback           bool   // the host names this machine
}

// CheckURL returns why raw cannot be the base URL of a client, in words for the
// person who wrote it, or nil.
func CheckURL(raw string) error {
	_, err := parseOrigin(raw)
	return err
}

// parseOrigin reads the base URL of the configuration. Plain HTTP is taken only
// for this machine: a token would be readable on any other way.
func parseOrigin(raw string) (origin, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return origin{}, errors.New("is not a URL; write one like https://host.example/path") // url.Parse repeats raw, which may hold a password
	}
	if u.User != nil {
		return origin{}, errors.New("holds a user name or password; write credentials as a secret reference instead")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return origin{}, errors.New("has a query or a fragment; write it without")
	}
	o, ok := originOf(u)
	switch {
	case !ok:
		return origin{}, errors.New("has a host or port that cannot be used; write the host in ASCII (xn-- for other scripts) and a port from 1 to 65535")
	case o.scheme == "https", o.scheme == "http" && o.loopback:
		return o, nil
	case o.scheme == "http":
		return origin{}, errors.New("is plain http, which would show the token to the network; write https")
	}
	return origin{}, errors.New("has a scheme other than https; write https")
}

// originOf returns the origin of u, and false for a URL whose host could be read
// in two ways.
func originOf(u *url.URL) (origin, bool) {
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.port == "" {
		o.port = map[string]string{"https": "443", "http": "80"}[o.scheme]
	}
	n, err := strconv.Atoi(o.port)
	if err != nil || n < 1 || n > 65535 || !plainHost(o.host) {
		return origin{}, false
	}
	o.port = strconv.Itoa(n)
	o.loopback = isLoopback(o.host)
	return o, true
}

// plainHost reports whether host is made of the letters of a DNS name or an IP
// address. net/http would turn other scripts into xn-- on its own, and a name
// that looks like another would pass a glance.
func plainHost(host string) bool {
	return host != "" && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:") == "" && !strings.HasSuffix(host, ".")
}

// String returns the origin as a URL, without the port where it is the usual one.
func (o origin) String() string {
	u := url.URL{Scheme: o.scheme, Host: o.host}
	if strings.Contains(o.host, ":") {
		u.Host = "[" + o.host + "]"
	}
	if o.port != "443" || o.scheme != "https" {
		u.Host += ":" + o.port
	}
	return u.String()
}

// A pin refuses every request to an origin other than its own, before anything
// else sees it. It stops what a directory says (a next link, a location) from
// choosing where a credential is sent.
type pin struct {
	origin origin
	next   http.RoundTripper
}

var _ http.RoundTripper = (*pin)(nil)

// RoundTrip passes req on if it goes to the pinned origin.
func (p *pin) RoundTrip(req *http.Request) (*http.Response, error) {
	reason := p.refuse(req)
	if reason == "" {
		return p.next.RoundTrip(req)
	}
	closeBody(req)
	return nil, &connectors.Error{
		Class: connectors.Rejected, Op: req.Method + " " + p.origin.String(),
		Hint: "Nothing was sent. If the address is right, it must be the configured url; a link to another place in an answer is never followed.",
		Err:  &fault{code: codeBlocked, text: reason},
	}
}

// refuse returns why req may not leave, or "".
func (p *pin) refuse(req *http.Request) string {
	u := req.URL
	if u == nil || u.Opaque != "" {
		return "the request has no plain URL"
	}
	if u.User != nil {
		return "the request's URL holds a user name"
	}
	o, ok := originOf(u)
	if !ok {
		return "the request goes to a host or port that cannot be used"
	}
	if o != p.origin {
		return "the request goes to another origin, " + o.String()
	}
	if req.Host != "" && req.Host != u.Host {
		return "the request's Host header names another host"
	}
	if climbs(u) {
		return `the request's path has a "." or ".." in it`
	}
	return ""
}

// climbs reports whether the path of u, decoded, leaves the folder it seems to be
// in: an ID of ".." would otherwise address the collection above.
func climbs(u *url.URL) bool {
	segments := strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' || r == '\\' })
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}

// closeBody closes the body of a request that is not sent, as RoundTrip must.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // nothing was read from it: there is nothing to lose
	}
}
