package transport

import (
	"net/http"
	"time"

	"writersync/connectors"
)

// A sharer keeps this client within its share of limits that it does not have to
// itself: a company's other programs spend from the same windows. It reads
// X-Rate-Limit-Limit, -Remaining and -Reset from every good answer and holds a
// request back until the window ends once
//
//	it has spent share × limit itself, or
//	the request would leave less than (1 - share) × limit of what remains for all.
//
// So it never meets a limit alone, and backs off before others do. The first request
// of a window always leaves, as without it nothing could be learnt, and the others wait
// for its answer.
type sharer struct {
	share  float64
	bucket func(*http.Request) string
	origin string
	budget *Budget // what was spent, by this client and those that it shares with
	next   http.RoundTripper
}

var _ http.RoundTripper = (*sharer)(nil)

// newSharer returns a sharer for the requests of o to one origin.
func newSharer(o Options, org origin, next http.RoundTripper) *sharer {
	s := &sharer{share: o.Share, bucket: o.Bucket, origin: org.String(), budget: o.Budget, next: next}
	if s.bucket == nil {
		s.bucket = func(*http.Request) string { return "" }
	}
	if s.budget == nil {
		s.budget = NewBudget()
	}
	return s
}

// validateShare returns a *connectors.FieldError for a share that is none.
func validateShare(share float64) error {
	if share >= 0 && share <= 1 {
		return nil
	}
	return &connectors.FieldError{Path: "share", Msg: "must be above 0 and at most 1"}
}

// RoundTrip sends req once its bucket has room for it.
func (s *sharer) RoundTrip(req *http.Request) (*http.Response, error) {
	key := s.origin + " " + s.bucket(req)
	number, err := s.turn(req, key)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := s.next.RoundTrip(req)
	s.landed(key, number, resp)
	if err == nil && resp.StatusCode >= http.StatusInternalServerError {
		// Every answer states the limit here. On a failure it does not mean that the
		// server asks to wait for the next window.
		resp.Header.Del("X-Rate-Limit-Reset")
	}
	return resp, err
}

// turn waits until req may leave, and returns the number of its window.
func (s *sharer) turn(req *http.Request, key string) (int, error) {
	for {
		number, wait, first := s.take(key)
		if first != nil {
			select {
			case <-first:
				continue
			case <-req.Context().Done():
				return 0, fail(req, connectors.Transient, ended(req))
			}
		}
		if wait <= 0 {
			return number, nil
		}
		if deadline, ok := req.Context().Deadline(); ok && time.Until(deadline) < wait {
			return 0, throttled(req, "this client's share of the server's limit is spent, and the next window begins after the caller's time", wait)
		}
		if Sleep(req.Context(), wait) != nil {
			return 0, fail(req, connectors.Transient, ended(req))
		}
	}
}

// take counts a request as sent in the window with that number, or returns how long to
// wait for another try, or the first request to wait for.
func (s *sharer) take(key string) (number int, wait time.Duration, first <-chan struct{}) {
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	w, now := s.budget.window(key), time.Now()
	if w.limit > 0 && !now.Before(w.ends) {
		// Nothing is known of the new window but how large it is.
		w.left, w.spent, w.ends, w.fresh = w.limit, 0, now.Add(maxWindow), true
		w.begin()
	}
	if w.scout {
		return 0, 0, w.landed
	}
	if wait = w.wait(s.share, now); wait > 0 {
		return 0, wait, nil
	}
	if !w.heard {
		w.scout, w.landed = true, make(chan struct{})
	}
	w.spent++
	w.flying++
	return w.number, 0, nil
}

// landed takes in what an answer says. One that was throttled says nothing here: it
// may state the limit of requests at once, with the same names.
func (s *sharer) landed(key string, number int, resp *http.Response) {
	s.budget.mu.Lock()
	defer s.budget.mu.Unlock()
	w := s.budget.window(key)
	w.flying--
	if number == w.number {
		w.heard = w.heard || resp != nil && resp.StatusCode != http.StatusTooManyRequests
		w.release()
	}
	if resp == nil || resp.StatusCode == http.StatusTooManyRequests {
		return
	}
	if seen, ok := stated(resp.Header, time.Now()); ok {
		w.learn(seen, number == w.number)
	}
}
