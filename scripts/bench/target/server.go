package target

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Held is one thing that the target holds: an account or a team.
type Held struct {
	UserName   string `json:"userName,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	Display    string `json:"displayName,omitempty"`
	Active     bool   `json:"active,omitempty"`

	Team    string   `json:"team,omitempty"`
	Members []uint32 `json:"members,omitempty"` // numbers of the lines of accounts, from 0, sorted
}

// Serve serves the target and its controls on free ports of 127.0.0.1 until ctx ends. It
// calls ready with their addresses first: "http://127.0.0.1:" and the port.
func (t *Target) Serve(ctx context.Context, ready func(address, control string)) error {
	var lc net.ListenConfig
	scim, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the target: %w", err)
	}
	control, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("listen for the target's controls: %w", err), scim.Close())
	}
	ready("http://"+scim.Addr().String(), "http://"+control.Addr().String())
	g, ctx := errgroup.WithContext(ctx)
	for l, h := range map[net.Listener]http.Handler{counting{scim, &t.received}: t, control: t.controls()} {
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		context.AfterFunc(ctx, func() { _ = server.Close() }) // Serve returns
		g.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve the target: %w", err)
			}
			return nil
		})
	}
	return g.Wait()
}

// counting is a listener that counts what its connections receive.
type counting struct {
	net.Listener
	bytes *atomic.Int64
}

// Accept implements net.Listener.
func (l counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return counted{conn, l.bytes}, err
}

type counted struct {
	net.Conn
	bytes *atomic.Int64
}

// Read implements net.Conn.
func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes.Add(int64(n))
	return n, err
}

// controls is the handler of what Serve serves beside the target.
func (t *Target) controls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /mode", func(w http.ResponseWriter, r *http.Request) {
		var m Mode
		err := json.NewDecoder(r.Body).Decode(&m)
		if err == nil {
			err = t.Set(m)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /teams", func(w http.ResponseWriter, r *http.Request) {
		var names []string
		err := json.NewDecoder(r.Body).Decode(&names)
		t.AddTeams(names...)
		done(w, err)
	})
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(t.Counts()) // the client has gone: there is nothing to do for it
	})
	mux.HandleFunc("DELETE /counts", func(w http.ResponseWriter, _ *http.Request) {
		t.Reset()
		done(w, nil)
	})
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		out := bufio.NewWriterSize(w, 1<<16)
		enc := json.NewEncoder(out)
		t.Each(func(h Held) { _ = enc.Encode(h) }) // as above
		_ = out.Flush()
	})
	return mux
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Each calls f with all that the target holds, accounts first; an account that was
// deleted has no userName. Nothing changes meanwhile.
func (t *Target) Each(f func(Held)) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for i := range t.store.accounts {
		a := &t.store.accounts[i]
		h := Held{UserName: a.userName, Active: a.active}
		if a.resource != nil {
			var shown struct {
				ExternalID  string `json:"externalId"`
				DisplayName string `json:"displayName"`
			}
			_ = json.Unmarshal(a.resource, &shown) // made by Marshal
			h.ExternalID, h.Display = shown.ExternalID, shown.DisplayName
		}
		f(h)
	}
	for i := range t.store.teams {
		f(Held{Team: t.store.teams[i].name, Members: t.store.teams[i].members})
	}
}
