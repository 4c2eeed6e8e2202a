package target

import (
	"crypto/subtle"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// BasePath is where the SCIM endpoint is.
const BasePath = "/scim/v2"

// A Target is a SCIM endpoint with its controls. It is an http.Handler; its methods
// may be called from several goroutines.
type Target struct {
	token string
	now   func() time.Time

	received atomic.Int64 // bytes since the last reset

	mu     sync.RWMutex // of what follows
	store  store
	counts Counts
	mode   Mode
	limit  limiter
	moved  chan struct{} // closed when the mode changes
}

// Mode is how requests are treated.
type Mode struct {
	Latency Duration `json:"latency"` // before a request is looked at
	Limit   Limit    `json:"limit"`   // none by default
	// Silent carries requests out and cuts the connection.
	Silent bool `json:"silent"`
	// Trap strikes at the so-manyth write from now, which is carried out and not
	// answered: from then on the target is silent, or has halted. 0: never.
	Trap int `json:"trap"`
	// Halt makes the trap a halt: the target carries nothing more out and answers nothing
	// until the mode is set again; then the connections that wait are cut.
	Halt bool `json:"halt"`
}

// New returns a target that holds nothing.
func New(token string) *Target {
	t := &Target{token: "Bearer " + token, now: time.Now, limit: unlimited{}, moved: make(chan struct{})}
	t.store.byName = map[string]uint32{}
	return t
}

// Set changes the mode.
func (t *Target) Set(m Mode) error {
	l, err := newLimiter(m.Limit)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mode, t.limit, t.counts.Trapped = m, l, false
	close(t.moved)
	t.moved = make(chan struct{})
	return nil
}

// AddTeams makes teams.
func (t *Target) AddTeams(names ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range names {
		t.store.teams = append(t.store.teams, team{name: name})
	}
}

// Counts returns what was counted since the last Reset.
func (t *Target) Counts() Counts {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := t.counts.clone()
	out.Received = t.received.Load()
	return out
}

// Reset begins to count anew.
func (t *Target) Reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.received.Store(0)
	t.counts = Counts{Waiting: t.counts.Waiting, Trapped: t.counts.Trapped}
}

// ServeHTTP answers one SCIM request.
func (t *Target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.delay(r)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	out, cut := t.serve(r, body)
	if cut {
		hangUp(w)
		return
	}
	out.write(w)
}

// delay waits as long as the mode says.
func (t *Target) delay(r *http.Request) {
	t.mu.RLock()
	latency := time.Duration(t.mode.Latency)
	t.mu.RUnlock()
	if latency <= 0 {
		return
	}
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// hangUp cuts the connection of a request without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // that it ends is all that is wanted
	}
}

// serve carries a request out. It reports whether to hang up in place of an answer.
func (t *Target) serve(r *http.Request, body []byte) (out answer, cut bool) {
	if r.Method == http.MethodGet && t.quiet() {
		return t.serveRead(r)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mode.Halt && t.counts.Trapped {
		t.wait(r)
		return answer{}, true
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(t.token)) != 1 {
		return failure(http.StatusUnauthorized, "", "the bearer token is not valid"), false
	}
	if wait := t.limit.take(t.now()); wait > 0 {
		t.counts.Refused++
		out = failure(http.StatusTooManyRequests, "", "too many requests")
		out.retry = seconds(wait)
		return out, false
	}
	out = t.store.route(r, body)
	t.counts.see(out)
	cut = t.mode.Silent || t.counts.Trapped
	if t.mode.Trap > 0 && out.done > read {
		if t.mode.Trap--; t.mode.Trap == 0 {
			t.counts.Trapped, cut = true, true
		}
	}
	if cut {
		t.counts.Unanswered++
	}
	if t.mode.Halt && t.counts.Trapped {
		t.wait(r)
	}
	return out, cut
}

// quiet reports whether nothing is asked of reads but to be answered: they can then go
// side by side.
func (t *Target) quiet() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.mode.Limit.Kind == "" && !t.mode.Silent && !t.counts.Trapped
}

func (t *Target) serveRead(r *http.Request) (answer, bool) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(t.token)) != 1 {
		return failure(http.StatusUnauthorized, "", "the bearer token is not valid"), false
	}
	t.mu.RLock()
	out := t.store.route(r, nil)
	t.mu.RUnlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.see(out)
	return out, false
}

// wait waits until the mode changes, or the client has gone. The caller holds the
// lock, which is free meanwhile.
func (t *Target) wait(r *http.Request) {
	t.counts.Waiting++
	moved := t.moved
	t.mu.Unlock()
	select {
	case <-moved:
	case <-r.Context().Done():
	}
	t.mu.Lock()
	t.counts.Waiting--
}

// route finds what a request is about. The caller holds the lock: that of a reader is
// enough for GET.
func (s *store) route(r *http.Request, body []byte) answer {
	path, _ := strings.CutPrefix(r.URL.Path, BasePath)
	kind, id, _ := strings.Cut(strings.Trim(path, "/"), "/")
	var out answer
	switch list := id == "" && r.Method == http.MethodGet; {
	case kind == "Users" && list:
		out = s.listUsers(r.URL.Query())
	case kind == "Users":
		out = s.users(r.Method, id, body)
	case kind == "Groups" && list:
		out = s.listGroups(r.URL.Query())
	case kind == "Groups":
		out = s.groups(r.Method, id, body)
	default:
		out = failure(http.StatusNotFound, "", "there is no such endpoint")
	}
	if r.Method == http.MethodGet {
		out.done = read
	}
	return out
}
