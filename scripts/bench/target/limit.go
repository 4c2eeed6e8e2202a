package target

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"
)

// A Limit is how many requests are let through. What is refused does not count.
type Limit struct {
	Kind     LimitKind `json:"kind"`
	Requests int       `json:"requests"` // in one window; of a bucket: how many it holds
	Window   Duration  `json:"window"`   // of a bucket: how long an empty one takes to fill
}

// LimitKind is how requests are counted.
type LimitKind string

// The kinds of limit.
const (
	Fixed   LimitKind = "fixed"   // so many from one multiple of the window to the next
	Sliding LimitKind = "sliding" // so many within any time as long as the window
	Bucket  LimitKind = "bucket"  // a token bucket
)

// Duration is a time.Duration that is text in JSON: "1s".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// limiter decides about one request.
type limiter interface {
	// take returns 0 if the request may go, or how long to wait before the next.
	take(now time.Time) time.Duration
}

func newLimiter(l Limit) (limiter, error) {
	window := time.Duration(l.Window)
	switch {
	case l.Kind == "":
		return unlimited{}, nil
	case l.Requests < 1 || window <= 0:
		return nil, fmt.Errorf("a limit wants requests and a window")
	case l.Kind == Fixed:
		return &fixedWindow{limit: l.Requests, length: window}, nil
	case l.Kind == Sliding:
		return &slidingWindow{taken: make([]time.Time, l.Requests), length: window}, nil
	case l.Kind == Bucket:
		return &bucket{rate.NewLimiter(rate.Limit(float64(l.Requests)/window.Seconds()), l.Requests)}, nil
	}
	return nil, fmt.Errorf("a limit is fixed, sliding or bucket, not %q", l.Kind)
}

type unlimited struct{}

func (unlimited) take(time.Time) time.Duration { return 0 }

type fixedWindow struct {
	limit  int
	length time.Duration
	began  time.Time
	taken  int
}

func (w *fixedWindow) take(now time.Time) time.Duration {
	if began := now.Truncate(w.length); !began.Equal(w.began) {
		w.began, w.taken = began, 0
	}
	if w.taken >= w.limit {
		return w.began.Add(w.length).Sub(now)
	}
	w.taken++
	return 0
}

// slidingWindow remembers when its last requests went, in a ring.
type slidingWindow struct {
	taken  []time.Time
	next   int // the oldest of them
	length time.Duration
}

func (w *slidingWindow) take(now time.Time) time.Duration {
	if oldest := w.taken[w.next]; !oldest.IsZero() && now.Sub(oldest) < w.length {
		return oldest.Add(w.length).Sub(now)
	}
	w.taken[w.next] = now
	w.next = (w.next + 1) % len(w.taken)
	return 0
}

type bucket struct{ tokens *rate.Limiter }

func (b *bucket) take(now time.Time) time.Duration {
	r := b.tokens.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// seconds is a wait in whole seconds, as Retry-After has it (RFC 9110).
func seconds(wait time.Duration) int { return int(math.Ceil(wait.Seconds())) }
