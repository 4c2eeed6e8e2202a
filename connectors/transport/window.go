package transport

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWindow is the longest that a request waits for one window to end. A server
// that names a later end is asked again after it.
const maxWindow = 5 * time.Minute

// edge is added to the end of a window: both it and the server's Date are whole
// seconds, so that the true end may be that much later.
const edge = time.Second

// A window is what is known of one bucket's limit. Times are of this machine's
// clock, made from the distance between the server's own: a clock that is off moves
// nothing.
type window struct {
	limit  int // 0: nothing is known
	left   int // for everybody, as the last answer said
	mark   float64
	ends   time.Time
	fresh  bool // begun by the clock; no answer has told of it yet
	spent  int  // by those who share the budget, in this window
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

// drift is how far apart, in seconds, the machines behind one address may be about the
// end of one window.
const drift = 5

// learn takes in what an answer states of its window, which is this one if its request
// left in it. One that was overtaken by an answer of a later window says nothing any
// more; an end that is earlier than the one that was believed otherwise shows that that
// one was wrong.
func (w *window) learn(seen window, ofThis bool) {
	switch later := seen.mark - w.mark; {
	case math.Abs(later) <= drift:
		w.left = min(w.left, seen.left)
		seen.limit = min(w.limit, seen.limit) // two credentials may have limits of their own: the lower one holds
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
