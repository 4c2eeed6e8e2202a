package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// A Server is a Sandbox on a loopback port. Beside the SCIM endpoint it answers
// /state, /ledger and /counts, for scripts to look at the truth.
type Server struct {
	*Sandbox
	listener net.Listener
	http     *http.Server
	done     chan error
}

// Listen starts a server on 127.0.0.1 at that port; 0 takes a free one.
func Listen(ctx context.Context, port int, s *Sandbox) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle(BasePath+"/", s)
	mux.HandleFunc("GET /state", show(func() any { return s.State() }))
	mux.HandleFunc("GET /ledger", show(func() any { return s.Ledger() }))
	mux.HandleFunc("GET /counts", show(func() any { return s.Counts() }))
	server := &Server{Sandbox: s, listener: l, http: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, done: make(chan error, 1)}
	go func() { server.done <- server.http.Serve(l) }()
	return server, nil
}

func show(what func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		_ = enc.Encode(what()) // the client has gone; nobody is left to tell
	}
}

// URL returns the address of the SCIM endpoint.
func (s *Server) URL() string { return s.ControlURL() + BasePath }

// ControlURL returns the address below which /state, /ledger and /counts are.
func (s *Server) ControlURL() string { return "http://" + s.listener.Addr().String() }

// Close stops the server, dropping what is under way.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
