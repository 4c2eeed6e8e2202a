package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// server is an HTTP server on a listener.
type server struct {
	listener net.Listener
	handler  http.Handler
	http     *http.Server
	done     chan error
}

func (s *server) start() {
	s.http = &http.Server{Handler: patient(s.handler), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	s.done = make(chan error, 1)
	go func() { s.done <- s.http.Serve(s.listener) }()
}

// answerTime is how long a client may take to read an answer, once there is one.
const answerTime = 30 * time.Second

// patient bounds how long an answer is kept for a client that does not read it. Until there
// is one, a client may wait for a pass for as long as it takes.
func patient(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&answering{ResponseWriter: w}, r)
	})
}

// answering sets the deadline with the first byte.
type answering struct {
	http.ResponseWriter
	begun bool
}

func (a *answering) WriteHeader(code int) {
	a.begin()
	a.ResponseWriter.WriteHeader(code)
}

func (a *answering) Write(b []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answering) begin() {
	if !a.begun {
		a.begun = true
		// A connection without deadlines has none to miss.
		_ = http.NewResponseController(a.ResponseWriter).SetWriteDeadline(time.Now().Add(answerTime))
	}
}

// stop answers what is under way until ctx ends, and then drops it.
func (s *server) stop(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// listenSocket listens on a unix socket that only its owner can use. A socket
// left behind by a daemon that died is replaced; one that answers is not.
func listenSocket(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != os.ModeSocket {
			return nil, fmt.Errorf("listen on %s: something else is there; remove it, or set listen.socket", path)
		}
		var dialer net.Dialer
		if conn, err := dialer.DialContext(ctx, "unix", path); err == nil {
			return nil, errors.Join(fmt.Errorf("listen on %s: another writersync serves there already", path), conn.Close())
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove the socket left behind: %w", err)
		}
	}
	// The socket must never exist with wider permissions, not even for a moment.
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

// closeAll gives up the listeners of servers that were not started.
func closeAll(servers []*server) error {
	var err error
	for _, s := range servers {
		err = errors.Join(err, s.listener.Close())
	}
	return err
}

// listenOn listens at an address, for what is named in the error if it cannot.
func listenOn(ctx context.Context, address, what string, handler http.Handler) (*server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for %s: %w", address, what, err)
	}
	return &server{listener: l, handler: handler}, nil
}

func metricsHandler(reg *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second, Registry: reg})
}
