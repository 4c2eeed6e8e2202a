package transport

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"writersync/connectors"
)

// The paces used where the configuration says nothing, in requests a minute.
const (
	DefaultPace    = 120
	DefaultMaxPace = 60_000
)

// minPace is the lowest pace that throttling leads to, in requests a minute.
const minPace = 6

// maxHold is the longest that all requests are held back for one answer. A server
// that asks for more is asked again after it.
const maxHold = 5 * time.Minute

// Pace bounds how fast requests are sent, in requests a minute.
type Pace struct {
	Start float64 // DefaultPace, or Max if that is lower, if 0
	Max   float64 // DefaultMaxPace if 0; equal to Start: a fixed pace
}

// withDefaults returns p with the defaults in place of zeros.
func (p Pace) withDefaults() Pace {
	if p.Max == 0 {
		p.Max = max(p.Start, DefaultMaxPace)
	}
	if p.Start == 0 {
		p.Start = min(DefaultPace, p.Max)
	}
	return p
}

// validate returns a *connectors.FieldError for a pace that cannot be kept.
func (p Pace) validate() error {
	p = p.withDefaults()
	if !(p.Start >= 1 && p.Max >= p.Start && p.Max <= 1e6) {
		return &connectors.FieldError{Path: "pace", Msg: "needs 1 <= start <= max <= 1000000 requests a minute"}
	}
	return nil
}

// Usage is what a client has sent, each attempt counted, and how fast.
type Usage struct {
	Reads, Writes int
	Pace          float64 // allowed now, in requests a minute
}

// A pacer spaces out requests with a token bucket, and finds the pace that the
// server bears as TCP does: it grows while answers are good, the faster as long as
// no limit was met, and is halved when the server throttles.
type pacer struct {
	limits Pace
	next   http.RoundTripper
	bucket *rate.Limiter

	mu    sync.Mutex
	used  Usage
	held  time.Time // nothing leaves before
	knee  float64   // the pace from which growth is slow: half of where throttling was met
	epoch int       // counts the cuts
}

var _ http.RoundTripper = (*pacer)(nil)

// newPacer returns a pacer; its next is set when the stack is built.
func newPacer(p Pace) *pacer {
	p = p.withDefaults()
	pc := &pacer{limits: p, knee: p.Max, bucket: rate.NewLimiter(0, 1)}
	pc.set(p.Start)
	return pc
}

// RoundTrip sends req when its turn has come.
func (p *pacer) RoundTrip(req *http.Request) (*http.Response, error) {
	bound, err := p.turn(req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	epoch := p.count(req)
	resp, err := p.next.RoundTrip(req)
	if err == nil {
		p.learn(resp, epoch, bound)
	}
	return resp, err
}

// turn waits until req may leave. It reports whether the pace was what it had to
// wait for: only then does a good answer show that a higher one is borne.
func (p *pacer) turn(req *http.Request) (bound bool, err error) {
	ctx := req.Context()
	for {
		if wait := p.holdLeft(); wait > 0 {
			if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
				return false, throttled(req, "the server asked for a pause that outlasts the caller's time", wait)
			}
			if Sleep(ctx, wait) != nil {
				return false, fail(req, connectors.Transient, ended(req))
			}
			continue
		}
		slot := p.bucket.Reserve()
		wait := slot.Delay()
		if sleepIf(ctx, wait) != nil {
			slot.Cancel()
			return false, fail(req, connectors.Transient, ended(req))
		}
		bound = bound || wait > 0
		if p.holdLeft() <= 0 { // a hold may have begun meanwhile
			return bound, nil
		}
	}
}

// sleepIf is sleep, but looks at ctx even if there is nothing to wait for.
func sleepIf(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	return Sleep(ctx, d)
}

func (p *pacer) holdLeft() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.held)
}

func (p *pacer) count(req *http.Request) (epoch int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if isRead(req) {
		p.used.Reads++
	} else {
		p.used.Writes++
	}
	return p.epoch
}

// throttles reports whether an answer says that requests come too fast. A 503 that
// names no time to come back is a failure, and no measure of pace.
func throttles(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		(resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "")
}

// learn adapts the pace to an answer. Answers to requests that left before the
// last cut say nothing about the pace since: ten requests under way that are all
// throttled halve it once, not to a thousandth.
func (p *pacer) learn(resp *http.Response, epoch int, bound bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case throttles(resp):
		if until := time.Now().Add(min(RetryAfter(resp.Header, time.Now()), maxHold)); until.After(p.held) {
			p.held = until
		}
		if epoch == p.epoch {
			p.epoch++
			p.knee = p.used.Pace / 2
			p.set(max(p.used.Pace/2, min(minPace, p.limits.Start)))
		}
	case resp.StatusCode < http.StatusInternalServerError && bound && epoch == p.epoch:
		p.set(min(p.grown(), p.limits.Max))
	}
}

// grown returns the pace after one more good answer: below the knee a tenth of the
// start more, which doubles it every few seconds; above it so little that a second
// of answers adds one request a minute.
func (p *pacer) grown() float64 {
	pace := p.used.Pace
	if pace < p.knee {
		return pace + p.limits.Start/10
	}
	return pace + 60/pace
}

// set makes pace the current one. The bucket holds a tenth of a second's worth:
// a higher burst would let a server see more than the pace.
func (p *pacer) set(pace float64) {
	p.used.Pace = pace
	p.bucket.SetLimit(rate.Limit(pace / 60))
	p.bucket.SetBurst(max(1, int(pace/600)))
}

// usage returns a copy of what was counted.
func (p *pacer) usage() Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}
