package transport

import (
	"net/http"

	"writersync/connectors"
)

// readOnly refuses every method but GET and HEAD. A dry run cannot change
// anything, even if a caller tries.
type readOnly struct {
	next http.RoundTripper
}

var _ http.RoundTripper = (*readOnly)(nil)

// ReadOnly returns a client that shares everything with c, its pace too, and refuses every
// method but GET and HEAD.
func (c *Client) ReadOnly() *Client {
	only := *c
	only.http = &http.Client{Transport: &readOnly{next: c.http.Transport}, CheckRedirect: stay}
	return &only
}

// RoundTrip passes a read on and refuses everything else.
func (r *readOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	if isRead(req) {
		return r.next.RoundTrip(req)
	}
	closeBody(req)
	return nil, fail(req, connectors.Rejected, &fault{
		code: codeBlocked, text: "the client is read-only, and this request writes",
		hint: "Nothing was sent. Run without --dry-run to make the change.",
	})
}

// isRead reports whether req only looks. An empty method is GET, as in net/http.
func isRead(req *http.Request) bool {
	return req.Method == "" || req.Method == http.MethodGet || req.Method == http.MethodHead
}
