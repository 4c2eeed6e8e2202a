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

// A watcher tells an Observer of every attempt, once: when its answer was read
// or closed, or when it failed. Waiting for a turn is not counted.
type watcher struct {
	target  string
	observe connectors.Observer
	next    http.RoundTripper
}

var _ http.RoundTripper = (*watcher)(nil)

// RoundTrip sends req and reports what became of it.
func (w *watcher) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		w.observe.Request(w.target, codeOf(err), time.Since(start))
		return nil, err
	}
	status := statusCode(resp.StatusCode)
	resp.Body = &watchedBody{ReadCloser: resp.Body, report: func(err error) {
		code := status
		if err != nil {
			code = codeOf(err)
		}
		w.observe.Request(w.target, code, time.Since(start))
	}}
	return resp, nil
}

// A watchedBody reports the end of an answer.
type watchedBody struct {
	io.ReadCloser
	report func(error)
	once   sync.Once
}

// Read reads on, and reports the end or an error.
func (b *watchedBody) Read(p []byte) (int, error) {
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
func (b *watchedBody) Close() error {
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
