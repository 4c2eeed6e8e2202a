package connectortest

import (
	"sync"
	"testing"
	"time"

	"writersync/connectors"
)

// Requests is an Observer that counts requests by their code. Its zero value has seen
// none; it may be used from several goroutines.
type Requests struct {
	mu    sync.Mutex
	codes map[string]int
}

var _ connectors.Observer = (*Requests)(nil)

// Request counts one.
func (r *Requests) Request(_, code string, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.codes == nil {
		r.codes = map[string]int{}
	}
	r.codes[code]++
}

// Count returns how many requests had that code.
func (r *Requests) Count(code string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.codes[code]
}

// Total returns how many requests there were.
func (r *Requests) Total() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, count := range r.codes {
		n += count
	}
	return n
}

// Reset returns how many requests there were, and begins anew.
func (r *Requests) Reset() int {
	n := r.Total()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.codes = nil
	return n
}

// Report logs what something cost, beside what nobody could do with less, and begins
// anew; it fails the test if there were more than most requests.
func (r *Requests) Report(t testing.TB, what string, least, most int) {
	t.Helper()
	n := r.Reset()
	t.Logf("%-28s %3d requests, at least %2d", what, n, least)
	if n > most {
		t.Errorf("%s: %d requests, want at most %d", what, n, most)
	}
}

// Await waits until there were n requests, and fails the test if there are fewer in
// time.
func (r *Requests) Await(t testing.TB, n int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(soon)
	for r.Total() < n {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d requests, want %d", r.Total(), n)
		}
	}
}
