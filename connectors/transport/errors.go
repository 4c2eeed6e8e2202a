package transport

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"

	"writersync/connectors"
)

// The codes of a request without an answer, for the Observer. They are few, so
// that they can label a metric.
const (
	codeTimeout    = "timeout"
	codeRefused    = "refused" // the connection
	codeDNS        = "dns"
	codeTLS        = "tls"
	codeNetwork    = "network"
	codeCanceled   = "canceled"
	codeBlocked    = "blocked"    // by us, before it left
	codeCredential = "credential" // the secret could not be read
	codeCorrupt    = "corrupt"    // the answer breaks a cap or its encoding
)

// A fault is what went wrong, in words of our own. Texts of net/http are never
// shown: they can repeat what a server sent, or a URL with its query.
type fault struct {
	code string
	text string
	hint string
	firm bool  // repeating soon does not help
	err  error // for errors.Is; not shown
}

// Error returns the text.
func (f *fault) Error() string { return f.text }

// Unwrap returns what happened below.
func (f *fault) Unwrap() error { return f.err }

// fail makes the error that leaves the package. Its op is the method and the
// origin: a path can hold an e-mail too.
func fail(req *http.Request, class connectors.Class, f *fault) *connectors.Error {
	op := req.Method
	if op == "" {
		op = http.MethodGet
	}
	if o, ok := originOf(req.URL); ok {
		op += " " + o.String()
	}
	return &connectors.Error{Class: class, Op: op, Hint: f.hint, Err: f}
}

// failSent makes the error of a request that may have reached the server: for a
// write nothing is known of it, whatever the class of a read would be.
func failSent(req *http.Request, class connectors.Class, f *fault) *connectors.Error {
	if !isRead(req) {
		class = connectors.Unknown
	}
	return fail(req, class, f)
}

// A classifier turns the errors of the network into errors with a class.
type classifier struct {
	next http.RoundTripper
}

var _ http.RoundTripper = (*classifier)(nil)

// RoundTrip sends req. Only what net/http itself shows to have no connection yet
// counts as surely not sent; from then on bytes may have left.
func (c *classifier) RoundTrip(req *http.Request) (*http.Response, error) {
	var asked, got, handshake atomic.Bool // hooks run on goroutines of net/http
	trace := &httptrace.ClientTrace{
		GetConn:          func(string) { asked.Store(true) },
		GotConn:          func(httptrace.GotConnInfo) { got.Store(true) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) { handshake.Store(err != nil) },
	}
	traced := req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
	resp, err := c.next.RoundTrip(traced)
	if err == nil {
		resp.Request = req
		if resp.Body == nil { // a Base that is not net/http
			resp.Body = http.NoBody
		}
		return resp, nil
	}
	f := faultOf(req, err)
	if f.code == codeNetwork && handshake.Load() && !got.Load() {
		f = &fault{code: codeTLS, text: "the TLS handshake was not agreed on", hint: "The server must speak TLS 1.2 or newer.", firm: true, err: err}
	}
	if asked.Load() && !got.Load() {
		return nil, fail(req, connectors.Transient, f)
	}
	return nil, failSent(req, connectors.Transient, f)
}

// faultOf finds words for err, which came from the network or from a body.
func faultOf(req *http.Request, err error) *fault {
	err = bare(err)
	if f := ofContext(req, err); f != nil {
		return f
	}
	if f := ofTLS(req, err); f != nil {
		return f
	}
	return ofConnection(err)
}

// ofContext returns the fault of a request whose time was up or whose caller left.
func ofContext(req *http.Request, err error) *fault {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(context.Cause(req.Context()), errTimeout):
		return &fault{
			code: codeTimeout, text: errTimeout.Error(), err: context.DeadlineExceeded,
			hint: "The server or the way to it is slow; if that is usual, raise the timeout.",
		}
	case req.Context().Err() != nil:
		return ended(req)
	case errors.As(err, &timeout) && timeout.Timeout():
		return &fault{
			code: codeTimeout, text: "no connection within the time allowed", err: err,
			hint: "A firewall that drops packets looks like this: check that this host may connect there.",
		}
	}
	return nil
}

// ended returns the fault of a request whose context is over.
func ended(req *http.Request) *fault {
	err := req.Context().Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return &fault{code: codeTimeout, text: "the caller's time was up", firm: true, err: err}
	}
	return &fault{code: codeCanceled, text: "the caller gave up", firm: true, err: err}
}

// ofTLS returns the fault of a certificate or of a port that speaks no TLS.
func ofTLS(req *http.Request, err error) *fault {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	f := &fault{code: codeTLS, firm: true, err: err}
	switch {
	case errors.As(err, &unknown):
		f.text = "the server's certificate is signed by an authority that is not trusted"
		f.hint = "Set tls.ca_file to a PEM file with the authority that signed it."
	case errors.As(err, &name):
		f.text = fmt.Sprintf("the server's certificate is not for %s", req.URL.Hostname())
		f.hint = "Write in url the name that the certificate carries, or have it issued for this one."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.text = "the server's certificate has expired or is not valid yet"
		f.hint = "Have it renewed, and check the clock of this host."
	case errors.As(err, &invalid), errors.As(err, &verify):
		f.text = "the server's certificate is not valid"
		f.hint = "Have it issued again for this server."
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		f.text = "the server does not speak TLS on this port"
		f.hint = "Check the port in url."
	case errors.As(err, &alert):
		f.text = "the server refused the TLS handshake"
		f.hint = "It must speak TLS 1.2 or newer, and may ask for a client certificate, which is not supported."
	default:
		return nil
	}
	return f
}

// ofConnection returns the fault of anything else below HTTP.
func ofConnection(err error) *fault {
	var (
		dns     *net.DNSError
		blocked *blockedError
		proxy   *proxyError
		errno   syscall.Errno
	)
	switch {
	case errors.As(err, &blocked):
		return &fault{code: codeBlocked, text: blocked.Error(), hint: blocked.hint, firm: true, err: err}
	case errors.As(err, &proxy):
		return &fault{
			code: codeRefused, text: proxy.Error(), firm: true, err: err,
			hint: "Let the proxy allow this host and port; one that asks for a password is not supported.",
		}
	case errors.As(err, &dns):
		return &fault{
			code: codeDNS, text: fmt.Sprintf("the name %s was not found", dns.Name), firm: dns.IsNotFound, err: err,
			hint: "Check the host in url and the DNS of this host.",
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &fault{
			code: codeRefused, text: "the connection was refused", err: err,
			hint: "Nothing listens there, or a firewall refuses: check host and port in url.",
		}
	case errors.As(err, &errno):
		return &fault{code: codeNetwork, text: "the network failed: " + errno.Error(), err: err}
	}
	// Not even for errors.Is: such errors quote the line that is no HTTP.
	return &fault{code: codeNetwork, text: "the connection broke before a whole answer came"}
}

// bare returns err without a *url.Error around it: a caller that unwraps the
// whole chain must not find the query there.
func bare(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// bodyError gives an error met while the body of req's answer is read its class.
func bodyError(req *http.Request, err error) error {
	var (
		big     *tooLargeError
		corrupt flate.CorruptInputError
	)
	switch {
	case errors.As(err, &big):
		return failSent(req, connectors.Corrupt, &fault{code: codeCorrupt, text: big.Error(), err: err})
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return failSent(req, connectors.Corrupt, &fault{code: codeCorrupt, text: "the answer is not the gzip that it says it is", err: err})
	case errors.Is(err, io.ErrUnexpectedEOF) && req.Context().Err() == nil:
		return failSent(req, connectors.Transient, &fault{code: codeNetwork, text: "the answer was cut short", err: err})
	}
	return failSent(req, connectors.Transient, faultOf(req, err))
}
