package okta

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"sync"
)

// The bounds of what the event hook takes.
const (
	maxHookBody  = 1 << 20 // bytes
	maxChallenge = 1024
	maxHeard     = 4096 // events that are remembered, to tell one that comes again
)

// Hook returns what answers Okta's event hook, or nil if none is configured. It rings
// whoever watches, and believes nothing else of what it is sent: whoever knows the
// secret can make the program read once more, and no more than that.
//
//	GET with X-Okta-Verification-Challenge   200 and the challenge: Okta's one-time check
//	POST with the secret in its header       204; rings unless each event was heard before
//	POST without                             401, and a line in the log once a minute
//	a body above 1 MiB, or that is no JSON   413, 400
//	anything else                            405
func (w *watcher) Hook() http.Handler {
	if w.hook == nil {
		return nil // and no handler that is a nil pointer
	}
	return w.hook
}

type hook struct {
	c       *Connector
	refused refusals

	mu    sync.Mutex
	heard map[string]struct{}
	order []string

	known revealed
}

var _ http.Handler = (*hook)(nil)

// ServeHTTP answers one request.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodGet:
		h.verify(w, r)
	case http.MethodPost:
		if !h.knows(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(h.take(w, r))
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// verify answers the check that Okta makes when the hook is set up. Okta sends the
// secret with it; the challenge alone tells nothing, so that it is not asked for.
func (h *hook) verify(w http.ResponseWriter, r *http.Request) {
	challenge := r.Header.Get("X-Okta-Verification-Challenge")
	if challenge == "" || len(challenge) > maxChallenge {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(map[string]string{"verification": challenge}) // a caller who left needs no answer
}

// knows compares the secret in constant time, whatever its length.
func (h *hook) knows(r *http.Request) bool {
	header := h.c.config.Events.HookHeader
	secret, err := h.secret(r.Context())
	if err != nil {
		h.refused.tell(r.Context(), h.c.log, "header", header, "secret", "unreadable", "error", err)
		return false
	}
	sent := r.Header.Get(header)
	want, got := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(sent))
	if subtle.ConstantTimeCompare(want[:], got[:]) == 1 {
		return true
	}
	state := "wrong"
	if sent == "" {
		state = "missing"
	}
	h.refused.tell(r.Context(), h.c.log, "header", header, "secret", state)
	return false
}

// secret returns what Okta is to send.
func (h *hook) secret(ctx context.Context) (string, error) {
	return h.known.value(ctx, h.c.config.Events.HookSecret)
}

// take reads what Okta sends, and returns the status of the answer.
func (h *hook) take(w http.ResponseWriter, r *http.Request) int {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
	if err != nil {
		return http.StatusRequestEntityTooLarge
	}
	var in struct {
		Data struct {
			Events []struct {
				UUID string `json:"uuid"`
			} `json:"events"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &in) != nil {
		return http.StatusBadRequest
	}
	news := false
	for _, e := range in.Data.Events {
		news = h.isNews(e.UUID) || news
	}
	if news {
		h.c.bell.toll()
	}
	return http.StatusNoContent
}

// isNews reports whether an event was not heard before. One without an ID always is.
func (h *hook) isNews(id string) bool {
	if id == "" || len(id) > 200 {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, before := h.heard[id]; before {
		return false
	}
	if len(h.order) == maxHeard {
		delete(h.heard, h.order[0])
		h.order = h.order[1:]
	}
	h.heard[id] = struct{}{}
	h.order = append(h.order, id)
	return true
}
