package transport

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"writersync/connectors"
)

// DefaultTimeout is how long one attempt of a request may take, its body included.
const DefaultTimeout = 30 * time.Second

// Options are the settings of a Client. URL and Target are required; the zero
// value of everything else is the default.
type Options struct {
	Target string // what the Observer calls the other side: "writer", or a source's name
	URL    string // base URL; only its scheme, host and port matter here

	Token  connectors.Secret // attached to every request if set, and read again for each
	Scheme string            // of the Authorization header; "Bearer" if empty

	CAFile       string // PEM; if set, only the CAs in it are trusted, not the system's
	Proxy        string // URL of an HTTP proxy; empty: none, whatever the environment says
	AllowPrivate bool   // the host may have a private address (RFC 1918, RFC 4193, RFC 6598)

	ReadOnly bool          // refuse every method but GET and HEAD
	Timeout  time.Duration // of one attempt; DefaultTimeout if 0
	Pace     Pace

	// Share is how much of the limits that the server states in X-Rate-Limit-Limit this
	// client may use, above 0 and at most 1; 0: such headers are not looked at. Bucket
	// names the limit that a request counts against; nil: there is one for all. Clients
	// with one Budget have one share of each origin between them; nil: a share alone.
	Share  float64
	Bucket func(*http.Request) string
	Budget *Budget

	Observe connectors.Observer // hears of each attempt; nil: nobody does

	// Base takes the place of the network: tests and in-process servers set it.
	// CAFile, Proxy and AllowPrivate then have no effect.
	Base http.RoundTripper
}

// A Client sends requests to one origin. Its methods may be called from several
// goroutines.
type Client struct {
	http *http.Client
	base http.RoundTripper
	pace *pacer
}

// New returns a client for the origin of o.URL. It makes no request. The error
// joins every fault of o, each as a *connectors.FieldError.
func New(o Options) (*Client, error) {
	org, err := parseOrigin(o.URL)
	if err != nil {
		err = &connectors.FieldError{Path: "url", Msg: err.Error()}
	}
	paceErr := errors.Join(o.Pace.validate(), validateShare(o.Share))
	base, baseErr := o.Base, error(nil)
	if base == nil {
		base, baseErr = newBase(o, org)
	}
	if err = errors.Join(err, paceErr, baseErr); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Scheme == "" {
		o.Scheme = "Bearer"
	}
	pace := newPacer(o.Pace)
	return &Client{http: &http.Client{Transport: stack(o, org, pace, base), CheckRedirect: stay}, base: base, pace: pace}, nil
}

// stack puts the round trippers around base, from the inside out.
func stack(o Options, org origin, pace *pacer, base http.RoundTripper) http.RoundTripper {
	var rt http.RoundTripper = &classifier{next: base}
	if o.Token.IsSet() {
		rt = &authorizer{token: o.Token, scheme: o.Scheme, next: rt}
	}
	rt = &capper{timeout: o.Timeout, wire: maxWire, body: maxBody, next: rt}
	if o.Observe != nil {
		rt = &observer{target: o.Target, observe: o.Observe, next: rt}
	}
	pace.next = rt
	rt = pace
	if o.Share > 0 {
		rt = newSharer(o, org, rt)
	}
	rt = &retrier{next: &answerer{next: rt}}
	if o.ReadOnly {
		rt = &readOnly{next: rt}
	}
	return &pin{origin: org, next: rt}
}

// stay makes http.Client hand out a redirect instead of following it. The
// answerer turns it into an error before that; this is the second lock.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Do sends req and returns the answer, whose body the caller must close.
//
// Every error is a *connectors.Error that holds no URL, query, header or body.
// For a method other than GET and HEAD its class tells what is known: Transient
// and Throttled, the request was not applied and may be sent again; Rejected and
// Denied, not applied; Unknown, perhaps applied. Reads are repeated on errors and
// on 429, 500 (once), 502, 503 and 504; when that does not help, the last answer
// or error is returned. An error while the body is read has the same form.
//
// If the context ends while a write waits for its turn, nothing is sent; once the
// write is on its way it is finished within the timeout, since cutting it off
// would only make its outcome unknown.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, Redact(err)
	}
	return resp, nil
}

// HTTP returns the client for a library that wants an *http.Client. The errors
// of its methods hold the URL with its query: pass them through Redact.
func (c *Client) HTTP() *http.Client { return c.http }

// Close closes the idle connections. The client can still be used.
func (c *Client) Close() {
	if b, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		b.CloseIdleConnections()
	}
}

// Usage returns what the client has sent since it was made.
func (c *Client) Usage() Usage { return c.pace.usage() }

// Redact returns err without what net/http puts around it: the URL, whose query
// may hold an e-mail. If err has no *url.Error in it, it is returned as it is.
func Redact(err error) error {
	var outer *url.Error
	if !errors.As(err, &outer) {
		return err
	}
	var inner *connectors.Error
	if errors.As(outer.Err, &inner) {
		return inner
	}
	// What http.Client itself refuses never left: a request without a host, say.
	return &connectors.Error{
		Class: connectors.Rejected, Op: outer.Op,
		Err: &fault{code: codeBlocked, text: "the request is not one that HTTP can carry", err: outer.Err},
	}
}
