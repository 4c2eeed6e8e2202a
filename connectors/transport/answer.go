package transport

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"writersync/connectors"
)

// An answerer turns the two kinds of answer that mean the same whatever is asked
// into errors: a redirect, and "too many requests".
type answerer struct {
	next http.RoundTripper
}

var _ http.RoundTripper = (*answerer)(nil)

// RoundTrip sends req. Every other answer is handed on as it is.
func (a *answerer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		discard(resp)
		return nil, throttled(req, "the server asks for fewer requests (429)", RetryAfter(resp.Header, time.Now()))
	case resp.StatusCode/100 == 3 && resp.StatusCode != http.StatusNotModified:
		discard(resp)
		return nil, redirected(req, resp)
	}
	return resp, nil
}

// throttled makes the error of a request that was not applied because of its pace.
func throttled(req *http.Request, text string, after time.Duration) error {
	e := fail(req, connectors.Throttled, &fault{code: "429", text: text})
	e.After = after
	return e
}

// redirected makes the error of a redirect. net/http would turn a PATCH into a GET
// on 302 and 303, and carry the token along within a domain. A server may answer a
// write it has done with those two: then nothing is known.
func redirected(req *http.Request, resp *http.Response) error {
	f := &fault{
		code: statusCode(resp.StatusCode), text: fmt.Sprintf("redirect refused (%d%s)", resp.StatusCode, towards(req, resp)),
		hint: "Write the final address in url; a redirect to a login page means that the address is not the API.",
	}
	if resp.StatusCode == http.StatusFound || resp.StatusCode == http.StatusSeeOther {
		return failSent(req, connectors.Rejected, f)
	}
	return fail(req, connectors.Rejected, f)
}

// towards tells where a redirect points, by host only: path and query may hold
// personal data.
func towards(req *http.Request, resp *http.Response) string {
	to, err := resp.Location()
	if err != nil {
		return ""
	}
	o, ok := originOf(to)
	from, _ := originOf(req.URL)
	switch {
	case !ok || len(o.host) > 253: // the longest DNS name
		return " to an unreadable address"
	case o == from:
		return " to another path of the same host"
	}
	return " to " + o.String()
}

// maxDiscard is how much of an unwanted body is read, in bytes, so that its
// connection can be used again; beyond that a new one is cheaper.
const maxDiscard = 64 << 10

// discard reads the rest of an unwanted answer and closes it.
func discard(resp *http.Response) {
	// Neither error matters: the answer was judged by its status.
	_, _ = io.CopyN(io.Discard, resp.Body, maxDiscard)
	_ = resp.Body.Close()
}
