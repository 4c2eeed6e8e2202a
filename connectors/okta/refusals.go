package okta

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// quietFor is how long after a line about refused hooks the next one may come: whoever
// reaches the address can be refused as often as they like.
const quietFor = time.Minute

// A refusals tells of hooks that were refused, at most once in quietFor.
type refusals struct {
	mu    sync.Mutex
	last  time.Time // of the last line; zero: there was none
	count int       // since
}

// tell logs a refusal with its reason, or counts it for the next line. Neither secret is
// in what it is given.
func (r *refusals) tell(ctx context.Context, log *slog.Logger, reason ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	now := time.Now()
	if !r.last.IsZero() && now.Sub(r.last) < quietFor {
		return
	}
	log.With(reason...).WarnContext(ctx, "an event hook was refused", "refused", r.count,
		"hint", "Write into Okta's event hook the authentication secret that events.hook_secret holds, and the authentication field that events.hook_header names.")
	r.last, r.count = now, 0
}
