package transport

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"writersync/connectors"
)

// An observer tells a connectors.Observer of every attempt, once: when its answer was read
// or closed, or when it failed. Waiting for a turn is not counted.
type observer struct {
	target  string
	observe connectors.Observer
	next    http.RoundTripper
}

var _ http.RoundTripper = (*observer)(nil)

// RoundTrip sends req and reports what became of it.
func (o *observer) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := o.next.RoundTrip(req)
	if err != nil {
		o.observe.Request(o.target, codeOf(err), time.Since(start))
		return nil, err
	}
	status := statusCode(resp.StatusCode)
	resp.Body = &observedBody{ReadCloser: resp.Body, report: func(err error) {
		code := status
		if err != nil {
			code = codeOf(err)
		}
		o.observe.Request(o.target, code, time.Since(start))
	}}
	return resp, nil
}

// An observedBody reports the end of an answer.
type observedBody struct {
	io.ReadCloser
	report func(error)
	once   sync.Once
}

// Read reads on, and reports the end or an error.
func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.once.Do(func() { b.report(nil) })
	case err != nil:
		b.once.Do(func() { b.report(err) })
	}
	return n, err
}

// Close reports the end, if none was seen yet.
func (b *observedBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() { b.report(nil) })
	return err
}

// statusCode returns a status as a label; a server may send any three digits.
func statusCode(status int) string {
	if http.StatusText(status) == "" {
		return "other"
	}
	return strconv.Itoa(status)
}

// codeOf returns the code of a failed attempt.
func codeOf(err error) string {
	var f *fault
	if errors.As(err, &f) {
		return f.code
	}
	return codeNetwork
}
