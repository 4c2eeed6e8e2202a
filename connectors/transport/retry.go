package transport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"writersync/connectors"
)

// The bounds of repetition. They hold for one request; what is longer is for the
// next pass.
const (
	maxAttempts  = 4
	firstBackoff = 500 * time.Millisecond // the n-th wait is random, up to this times 2^n
	maxRetrying  = 2 * time.Minute        // all attempts and waits; none begins after it
)

// A retrier repeats reads that failed for a reason that may pass. It never
// repeats a write: only who can look at the object knows whether it was applied.
type retrier struct {
	next http.RoundTripper
}

var _ http.RoundTripper = (*retrier)(nil)

// RoundTrip sends req, a read up to maxAttempts times. When it gives up, it
// returns the last answer or error.
func (r *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	// A read with a body (some searches) goes once: its body is used up.
	if !isRead(req) || req.Body != nil && req.Body != http.NoBody {
		return r.next.RoundTrip(req)
	}
	t := tries{start: time.Now()}
	for {
		resp, err := r.next.RoundTrip(req)
		wait, again := t.next(req.Context(), resp, err)
		if !again {
			return resp, err
		}
		if resp != nil {
			discard(resp)
		}
		if Sleep(req.Context(), wait) != nil {
			return nil, fail(req, connectors.Transient, ended(req))
		}
	}
}

// tries counts the attempts of one request.
type tries struct {
	start  time.Time
	made   int
	broken int // answers 500: most often the request's own fault, so worth one more look only
}

// next reports whether another attempt is worth it after this outcome, and how
// long to wait before.
func (t *tries) next(ctx context.Context, resp *http.Response, err error) (time.Duration, bool) {
	t.made++
	if resp != nil && resp.StatusCode == http.StatusInternalServerError {
		t.broken++
	}
	asked, again := repeat(resp, err)
	if !again || t.broken > 1 || t.made == maxAttempts {
		return 0, false
	}
	wait := max(asked, backoff(t.made))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return 0, false // what happened tells the caller more than "time was up"
	}
	return wait, time.Since(t.start)+wait <= maxRetrying
}

// repeat reports whether a read with this outcome is worth another attempt, and
// how long the server asks to wait before.
func repeat(resp *http.Response, err error) (time.Duration, bool) {
	if err != nil {
		var e *connectors.Error
		var f *fault
		if !errors.As(err, &e) || errors.As(err, &f) && f.firm {
			return 0, false
		}
		return e.After, e.Class == connectors.Transient || e.Class == connectors.Throttled
	}
	switch resp.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return RetryAfter(resp.Header, time.Now()), true
	}
	return 0, false
}

// backoff returns the wait after so many attempts. It is random over its whole
// range ("full jitter"), so that clients that failed together do not come back
// together.
func backoff(made int) time.Duration {
	return rand.N(firstBackoff << made)
}
