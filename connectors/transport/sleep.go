package transport

import (
	"context"
	"time"
)

// Sleep waits for d and returns nil, or until ctx ends and then returns its error. It is
// for connectors too, which wait between requests of their own.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
