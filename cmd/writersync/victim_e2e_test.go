//go:build e2e

package main

import (
	"net/http"
	"strings"
	"sync"

	"writersync/syncer/writer/sandbox"
)

// The kinds of request that a kill can strike inside.
const (
	inCreate     = "create"
	inMember     = "member change"
	inUpdate     = "update"
	inDeactivate = "deactivate"
)

// victim stands before a stand-in Writer, which can be put back to where it was,
// and calls strike while a chosen request is under way.
type victim struct {
	mu      sync.Mutex
	sandbox *sandbox.Sandbox
	seen    map[string]int // requests that write, by kind
	kind    string         // strike inside the nth of this kind
	nth     int
	strike  func()
	struck  bool
}

// reset puts the stand-in back to a copy of what it was, and forgets the strike.
func (v *victim) reset(before *sandbox.Sandbox) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sandbox, v.seen, v.kind, v.struck = before.Clone(), map[string]int{}, "", false
}

// aim makes strike be called inside the nth request of that kind.
func (v *victim) aim(kind string, nth int, strike func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kind, v.nth, v.strike = kind, nth, strike
}

// now returns the stand-in, and whether a strike was made.
func (v *victim) now() (*sandbox.Sandbox, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.sandbox, v.struck
}

// counts returns how many requests of each kind came in.
func (v *victim) counts() map[string]int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen
}

func (v *victim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, err := kindOf(r)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	v.mu.Lock()
	now, hit, n := v.sandbox, false, 0
	if kind != "" {
		v.seen[kind]++
		n = v.seen[kind]
		hit = kind == v.kind && n == v.nth
		v.struck = v.struck || hit
	}
	v.mu.Unlock()
	switch {
	case hit && n%2 == 0: // the change is made, and nobody hears of it
		now.ServeHTTP(discard{w.Header()}, r)
		v.strike()
	case hit:
		v.strike()
	default:
		now.ServeHTTP(w, r)
	}
}

// discard is a ResponseWriter that nothing leaves.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// kindOf returns what a request that writes is about, or "".
func kindOf(r *http.Request) (string, error) {
	switch {
	case r.Method == http.MethodGet:
		return "", nil
	case strings.Contains(r.URL.Path, "/Groups/"):
		return inMember, nil
	case r.Method != http.MethodPatch:
		return inCreate, nil
	}
	body, err := peek(r)
	if strings.Contains(body, `"path":"active","value":false`) {
		return inDeactivate, err
	}
	return inUpdate, err
}
