package transport

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"writersync/connectors"
)

// The most that an answer may be, in bytes. A page of a thousand members is below
// 1 MiB; what is a hundred times that is a fault or an attack.
const (
	maxHeader = 1 << 20
	maxWire   = 32 << 20 // as sent
	maxBody   = 64 << 20 // after decompression
)

// errTimeout is the cause of a context that the capper ended.
var errTimeout = errors.New("no whole answer came within the time allowed")

// A tooLargeError says which cap an answer broke.
type tooLargeError struct {
	max   int64
	where string
}

// Error names the cap.
func (e *tooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d MiB %s", e.max>>20, e.where)
}

// A capper bounds the time of one attempt and the size of its answer. It also
// decompresses, since only then can the decompressed size be bounded.
type capper struct {
	timeout    time.Duration
	wire, body int64 // bytes
	next       http.RoundTripper
}

var _ http.RoundTripper = (*capper)(nil)

// RoundTrip sends req and returns an answer whose body cannot outgrow the caps
// or outlast the timeout.
func (c *capper) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if !isRead(req) {
		// From here on the write is finished even if the caller leaves. The
		// pacer has just seen that the caller was still there.
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, errTimeout)
	req = req.Clone(ctx)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, err
	}
	if f := c.limit(req, resp, cancel); f != nil {
		_ = resp.Body.Close() // the answer is refused: nothing in it matters
		cancel()
		return nil, failSent(req, connectors.Corrupt, f)
	}
	return resp, nil
}

// limit puts the caps around the body of resp, or returns why it is refused.
func (c *capper) limit(req *http.Request, resp *http.Response, cancel func()) *fault {
	if resp.ContentLength > c.wire {
		return &fault{code: codeCorrupt, text: (&tooLargeError{max: c.wire, where: "as sent"}).Error()}
	}
	var r io.Reader = &capped{r: resp.Body, left: c.wire, err: &tooLargeError{max: c.wire, where: "as sent"}}
	switch strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))) {
	case "", "identity":
	case "gzip", "x-gzip":
		r = &capped{r: &gunzip{src: r}, left: c.body, err: &tooLargeError{max: c.body, where: "when decompressed"}}
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		resp.Uncompressed = true
	default:
		return &fault{code: codeCorrupt, text: "the answer is encoded in another way than gzip, which was asked for"}
	}
	resp.Body = &body{req: req, r: r, c: resp.Body, cancel: cancel}
	return nil
}

// A body is an answer's body whose errors have a class. Closing it, or reading
// it to its end, ends the attempt's context.
type body struct {
	req    *http.Request
	r      io.Reader
	c      io.Closer
	cancel func()
}

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		b.cancel()
		return n, io.EOF
	}
	// A part of an answer is no answer: what came with the error is not handed on.
	return 0, bodyError(b.req, err)
}

// Close ends the attempt.
func (b *body) Close() error {
	err := b.c.Close()
	b.cancel()
	if err != nil {
		return bodyError(b.req, err)
	}
	return nil
}

// A capped reader fails with err once more than left bytes are read.
type capped struct {
	r    io.Reader
	left int64
	err  error
}

// Read reads on, one byte beyond what is left, to see whether there is more.
func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, c.err
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n - 1, c.err
	}
	return n, err
}

// A gunzip decompresses src. It looks at it at the first Read, not before, so
// that an answer without a body (HEAD, 204) is not an error.
type gunzip struct {
	src io.Reader
	z   *gzip.Reader
}

// Read reads on.
func (g *gunzip) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.src)
		if err != nil {
			return 0, err // io.EOF if there is no byte at all
		}
		g.z = z
	}
	return g.z.Read(p)
}
