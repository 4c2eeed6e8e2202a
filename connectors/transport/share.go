package transport

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"writersync/connectors"
)

// maxWindow is the longest that a request waits for one window to end. A server
// that names a later end is asked again after it.
const maxWindow = 5 * time.Minute

// edge is added to the end of a window: both it and the server's Date are whole
// seconds, so that the true end may be that much later.
const edge = time.Second

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
	next   http.RoundTripper

	mu      sync.Mutex
	windows map[string]*window
}

var _ http.RoundTripper = (*sharer)(nil)

func newSharer(share float64, bucket func(*http.Request) string, next http.RoundTripper) *sharer {
	if bucket == nil {
		bucket = func(*http.Request) string { return "" }
	}
	return &sharer{share: share, bucket: bucket, next: next, windows: map[string]*window{}}
}

// validateShare returns a *connectors.FieldError for a share that is none.
func validateShare(share float64) error {
	if share >= 0 && share <= 1 {
		return nil
	}
	return &connectors.FieldError{Path: "share", Msg: "must be above 0 and at most 1"}
}

// A window is what is known of one bucket's limit. Times are of this machine's
// clock, made from the distance between the server's own: a clock that is off moves
// nothing.
type window struct {
	limit  int // 0: nothing is known
	left   int // for everybody, as the last answer said
	mark   float64
	ends   time.Time
	fresh  bool // begun by the clock; no answer has told of it yet
	spent  int  // by this client, in this window
	flying int  // sent, and not answered yet

	number int           // counts the windows
	heard  bool          // an answer to a request of this window came
	scout  bool          // the first request of this window is under way
	landed chan struct{} // closed when that one is answered
}

// begin forgets what was of the window before.
func (w *window) begin() {
	w.number++
	w.heard = false
	w.release()
}

// release lets those leave who wait for the first answer.
func (w *window) release() {
	if w.scout {
		close(w.landed)
	}
	w.scout = false
}

// drift is how far apart, in seconds, the machines behind one address may be about the
// end of one window.
const drift = 5

// RoundTrip sends req once its bucket has room for it.
func (s *sharer) RoundTrip(req *http.Request) (*http.Response, error) {
	key := s.bucket(req)
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
		if sleep(req.Context(), wait) != nil {
			return 0, fail(req, connectors.Transient, ended(req))
		}
	}
}

// take counts a request as sent in the window with that number, or returns how long to
// wait for another try, or the first request to wait for.
func (s *sharer) take(key string) (number int, wait time.Duration, first <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.windows[key]
	if w == nil {
		w = &window{}
		s.windows[key] = w
	}
	now := time.Now()
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

// wait returns how long until the window has room for one more request.
func (w *window) wait(share float64, now time.Time) time.Duration {
	if w.limit == 0 || w.spent == 0 && w.flying == 0 {
		return 0
	}
	ours := max(1, int(share*float64(w.limit)))
	theirs := w.limit - ours
	if w.spent < ours && w.left-w.flying > theirs {
		return 0
	}
	return w.ends.Sub(now)
}

// landed takes in what an answer says. One that was throttled says nothing here: it
// may state the limit of requests at once, with the same names.
func (s *sharer) landed(key string, number int, resp *http.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.windows[key]
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

// learn takes in what an answer states of its window, which is this one if its request
// left in it. One that was overtaken by an answer of a later window says nothing any
// more; an end that is earlier than the one that was believed otherwise shows that that
// one was wrong.
func (w *window) learn(seen window, ofThis bool) {
	switch later := seen.mark - w.mark; {
	case math.Abs(later) <= drift:
		w.left = min(w.left, seen.left)
	case later > 0:
		if !w.fresh && w.limit > 0 {
			w.spent = 1 + w.flying // what was spent before is not of this window
			w.begin()
			w.heard = true
		}
		w.mark, w.left = seen.mark, seen.left
	case ofThis:
		w.mark, w.left = seen.mark, min(w.left, seen.left)
	default:
		return
	}
	w.limit, w.ends, w.fresh = seen.limit, seen.ends, false
}

// stated reads the headers of a limit. Reset is a Unix time of the server's clock, or
// seconds from now with some vendors; see RetryAfter.
func stated(h http.Header, now time.Time) (window, bool) {
	limit, limitErr := strconv.Atoi(strings.TrimSpace(h.Get("X-Rate-Limit-Limit")))
	left, leftErr := strconv.Atoi(strings.TrimSpace(h.Get("X-Rate-Limit-Remaining")))
	reset, resetErr := strconv.ParseFloat(strings.TrimSpace(h.Get("X-Rate-Limit-Reset")), 64)
	if limitErr != nil || leftErr != nil || resetErr != nil || limit < 1 || left < 0 || math.IsNaN(reset) {
		return window{}, false
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		date = now
	}
	if reset <= 1e9 {
		reset += float64(date.Unix())
	}
	ahead := min(bound(reset-float64(date.Unix()))+edge, maxWindow)
	return window{limit: limit, left: left, mark: reset, ends: now.Add(ahead)}, true
}
