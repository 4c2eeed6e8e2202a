package ldap

import (
	"errors"
	"net"
	"sync"
	"time"
)

// maxAnswer is the most that is read for one request, in bytes. A page of people
// has well under one MiB; what exceeds this has no end.
const maxAnswer = 256 << 20

var errAnswerTooLong = errors.New("the answer is longer than 256 MiB")

// A wire is the TCP connection below TLS and LDAP. It bounds every request in time
// and in bytes, and it keeps the error that broke it: the layers above turn errors
// into text.
type wire struct {
	net.Conn

	mu   sync.Mutex
	left int64
	err  error
}

// arm starts the clock and the count of one request.
func (w *wire) arm(timeout time.Duration) error {
	w.mu.Lock()
	w.left = maxAnswer
	w.mu.Unlock()
	return w.SetDeadline(time.Now().Add(timeout))
}

// disarm stops the clock. Between requests the consumer of a page may take as
// long as it needs.
func (w *wire) disarm() { w.note(w.SetDeadline(time.Time{})) }

// Read reads as net.Conn does, up to the bound.
func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	w.left -= int64(n)
	spent := w.left < 0
	w.mu.Unlock()
	if spent {
		err = errAnswerTooLong
	}
	w.note(err)
	return n, err
}

// Write writes as net.Conn does.
func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.note(err)
	return n, err
}

func (w *wire) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// broken returns the error that broke the connection, nil while it holds.
func (w *wire) broken() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
