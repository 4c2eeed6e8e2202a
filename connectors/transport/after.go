package transport

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxAfter is the longest wait that an answer can ask for; more is taken as this.
const maxAfter = 24 * time.Hour

// RetryAfter returns how long the other side asks to wait, at most a day, or 0 if
// it does not say. It knows Retry-After in seconds or as a date (RFC 9110 §10.2.3)
// and, where that is missing, the widespread X-Rate-Limit-Reset: a Unix time with
// some vendors, seconds from now with others.
//
// Dates are compared with the server's own Date, so that a clock that is off does
// not turn a minute into an hour.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	if v := strings.TrimSpace(h.Get("Retry-After")); v != "" {
		if d, ok := seconds(v); ok {
			return d
		}
		if date, err := http.ParseTime(v); err == nil {
			return bound(date.Sub(now).Seconds())
		}
		return 0
	}
	for _, name := range []string{"X-Rate-Limit-Reset", "X-RateLimit-Reset"} {
		n, err := strconv.ParseFloat(strings.TrimSpace(h.Get(name)), 64)
		switch {
		case err != nil || math.IsNaN(n):
			continue
		case n > 1e9: // a Unix time: 1e9 seconds from now would be 31 years
			return bound(n - float64(now.Unix()))
		}
		return bound(n)
	}
	return 0
}

// seconds reads a number of seconds. RFC 9110 allows whole ones only; fractions,
// signs and 1e20 occur, and no number may overflow a Duration.
func seconds(v string) (time.Duration, bool) {
	n, err := strconv.ParseFloat(v, 64)
	if math.IsNaN(n) || err != nil && !math.IsInf(n, 0) {
		return 0, false
	}
	return bound(n), true
}

// bound returns n seconds as a Duration from 0 to maxAfter.
func bound(n float64) time.Duration {
	switch {
	case n <= 0:
		return 0
	case n >= maxAfter.Seconds():
		return maxAfter
	}
	return time.Duration(math.Ceil(n * float64(time.Second)))
}
