package okta

import (
	"context"
	"sync"
	"time"

	"writersync/connectors"
)

// revealedFor is how long a secret is kept that strangers can ask to have compared: to
// fetch it may start a program, and they can ask as often as they like.
const revealedFor = 10 * time.Second

// A revealed is a secret as it was fetched last, or why it could not be.
type revealed struct {
	mu     sync.Mutex
	at     time.Time // zero: never
	secret string
	err    error
}

// value returns the secret s, fetched at most revealedFor ago.
func (r *revealed) value(ctx context.Context, s connectors.Secret) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at.IsZero() || time.Since(r.at) >= revealedFor {
		r.secret, r.err = s.Reveal(context.WithoutCancel(ctx)) // it is for others too
		r.at = time.Now()
	}
	return r.secret, r.err
}
