package oktatest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A bucket is the limit of one endpoint in the window under way.
type bucket struct {
	left int
	ends time.Time
}

// bucketOf names the endpoint whose limit a request counts against.
func bucketOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) > 3 {
		parts[3] = "{id}"
	}
	if len(parts) > 5 {
		parts[5] = "{id}"
	}
	return strings.Join(parts, "/")
}

// spend takes one request from a bucket and reports whether there was one. The headers
// of a, or of the refusal, say what is left.
func (o *Org) spend(r *http.Request) (http.Header, bool) {
	name, now := bucketOf(r), o.Now()
	b := o.buckets[name]
	if b == nil || !now.Before(b.ends) {
		b = &bucket{left: o.Limit, ends: now.Truncate(time.Second).Add(o.Window)}
		o.buckets[name] = b
	}
	ok := b.left > 0
	if ok {
		b.left--
	} else {
		o.limited++
	}
	if low, known := o.lowest[name]; !known || b.left < low {
		o.lowest[name] = b.left
	}
	h := http.Header{}
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(o.Limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(b.left))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(b.ends.Unix(), 10))
	return h, ok
}

// Limits returns how many requests were refused, and the least that was ever left of
// any limit.
func (o *Org) Limits() (refused, lowest int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lowest = o.Limit
	for _, low := range o.lowest {
		lowest = min(lowest, low)
	}
	return o.limited, lowest
}
