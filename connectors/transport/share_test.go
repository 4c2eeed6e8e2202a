package transport_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// A meter is a server with a limit in fixed windows, for each first segment of the
// path, and a clock of its own. Others may spend from the same windows.
type meter struct {
	limit  int
	window time.Duration
	ahead  time.Duration // of the server's clock
	others int           // spent by others in each window, before the first of ours

	mu        sync.Mutex
	left      map[string]int
	began     time.Time
	lowest    int // what was ever left for all
	throttled int
	ours      map[time.Time]int // by window
	busy      int               // this request is one too many at once
}

// today is how far the time of the tests, which begins in 2000, is behind one whose
// Unix time looks like one.
const today = 25 * 365 * 24 * time.Hour

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	clock := m.ahead + today
	if m.left == nil || now.Sub(m.began) >= m.window {
		m.began, m.left = now.Truncate(m.window), map[string]int{}
	}
	if m.ours == nil {
		m.ours, m.lowest = map[time.Time]int{}, m.limit
	}
	family := strings.Split(req.URL.Path, "/")[1]
	if _, known := m.left[family]; !known {
		m.left[family] = m.limit - m.others
	}
	status, limit, left, ends := http.StatusOK, m.limit, max(0, m.left[family]-1), m.began.Add(m.window)
	switch {
	case m.busy == 1:
		m.busy, status, limit, left, ends = 0, http.StatusTooManyRequests, 3, 0, ends.Add(20*time.Second)
	case m.left[family] == 0:
		m.throttled, status = m.throttled+1, http.StatusTooManyRequests
	default:
		m.left[family] = left
		m.lowest = min(m.lowest, left)
		m.ours[m.began]++
		m.busy--
	}
	resp := limited(req, status, now.Add(clock), limit, left, ends.Add(clock))
	if limit < m.limit {
		resp.Header.Set("Retry-After", "1")
	}
	return resp, nil
}

// limited is an answer of a server whose clock says now, with what is left of its limit
// until a window ends.
func limited(req *http.Request, status int, now time.Time, limit, left int, ends time.Time) *http.Response {
	h := http.Header{}
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(ends.Unix(), 10))
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader("[]")), Request: req}
}

func (m *meter) most() (most int) {
	for _, n := range m.ours {
		most = max(most, n)
	}
	return most
}

func family(req *http.Request) string { return strings.Split(req.URL.Path, "/")[1] }

func sharing(t *testing.T, m *meter, share float64) *transport.Client {
	t.Helper()
	return open(t, transport.Options{Base: m, Share: share, Bucket: family, Pace: transport.Pace{Start: 60_000}})
}

func reads(t *testing.T, c *transport.Client, n int, path string) {
	t.Helper()
	for range n {
		if _, _, err := send(t, t.Context(), c, http.MethodGet, "https://scim.example.com/"+path); err != nil {
			t.Fatal(err)
		}
	}
}

// readsAtOnce begins n reads and returns what waits for them.
func readsAtOnce(t *testing.T, c *transport.Client, n int) *sync.WaitGroup {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() { reads(t, c, 1, "users") })
	}
	return &all
}

// TestShare spends from windows of a minute in which 100 requests are allowed.
func TestShare(t *testing.T) {
	tests := []struct {
		name     string
		server   meter
		share    float64
		requests int
		windows  int // in which they fit
		most     int // in one window
	}{
		{"within one window", meter{}, 0.5, 50, 1, 50},
		{"the next one is waited for", meter{}, 0.5, 51, 2, 50},
		{"several windows", meter{}, 0.5, 240, 5, 50},
		{"another share", meter{}, 0.2, 60, 3, 20},
		{"all of it", meter{}, 1, 250, 3, 100},
		{"a share of less than one request", meter{}, 0.001, 3, 3, 1},
		{"others leave less", meter{others: 30}, 0.5, 40, 2, 20},
		{"others leave no more than is theirs", meter{others: 60}, 0.5, 3, 3, 1},
		{"the server's clock is ahead", meter{ahead: 10 * time.Minute}, 0.5, 120, 3, 50},
		{"the server's clock is behind", meter{ahead: -10 * time.Minute}, 0.5, 120, 3, 50},
		{"a limit of requests at once was met", meter{busy: 10}, 0.5, 49, 1, 49},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &tt.server
				m.limit, m.window = 100, time.Minute
				c, start := sharing(t, m, tt.share), time.Now()
				reads(t, c, tt.requests, "users")
				if took := time.Since(start); took > time.Duration(tt.windows)*(m.window+2*time.Second) {
					t.Errorf("it took %s, more than %d windows", took, tt.windows)
				}
				if m.throttled > 0 || len(m.ours) != tt.windows || m.most() != tt.most {
					t.Errorf("%d throttled, %d windows, at most %d in one; want 0, %d, %d", m.throttled, len(m.ours), m.most(), tt.windows, tt.most)
				}
			})
		})
	}
}

func TestShareIsOfEachBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{limit: 100, window: time.Minute}
		c, start := sharing(t, m, 0.5), time.Now()
		reads(t, c, 50, "users")
		reads(t, c, 50, "groups")
		if took := time.Since(start); took > 10*time.Second || m.throttled > 0 {
			t.Errorf("it took %s, %d were throttled", took, m.throttled)
		}
	})
}

// TestShareAtOnce sends from many goroutines: what is under way counts as spent.
func TestShareAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{limit: 100, window: time.Minute, others: 30}
		c := sharing(t, m, 0.5)
		reads(t, c, 1, "users") // which tells the limit
		readsAtOnce(t, c, 120).Wait()
		if m.throttled > 0 || m.lowest < 50 {
			t.Errorf("%d throttled, %d left at the least, want 50", m.throttled, m.lowest)
		}
	})
}

// TestShareOutlastsTheCaller does not let somebody wait for what comes too late.
func TestShareOutlastsTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := sharing(t, &meter{limit: 10, window: time.Minute}, 0.5)
		reads(t, c, 5, "users")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, _, err := send(t, ctx, c, http.MethodGet, "https://scim.example.com/users")
		if connectors.ClassOf(err) != connectors.Throttled || time.Since(start) > time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

// TestShareDoesNotBelieveEverything waits for no window of a thousand years.
func TestShareDoesNotBelieveEverything(t *testing.T) {
	for name, h := range map[string]map[string]string{
		"a far end":      {"X-Rate-Limit-Limit": "1", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "99999999999"},
		"an end of none": {"X-Rate-Limit-Limit": "1", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "NaN"},
		"no limit":       {"X-Rate-Limit-Limit": "0", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "2000000000"},
		"less than none": {"X-Rate-Limit-Limit": "-5", "X-Rate-Limit-Remaining": "-7", "X-Rate-Limit-Reset": "2000000000"},
		"words":          {"X-Rate-Limit-Limit": "many", "X-Rate-Limit-Remaining": "few", "X-Rate-Limit-Reset": "soon"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open(t, transport.Options{Base: &far{script: []reply{{status: 200, header: h}}}, Share: 0.5})
				start := time.Now()
				reads(t, c, 3, "users")
				if took := time.Since(start); took > 11*time.Minute {
					t.Errorf("three requests took %s", took)
				}
			})
		})
	}
}

// TestShareIsNoReasonToWait repeats a read that failed without waiting for a window
// that its answer happens to mention.
func TestShareIsNoReasonToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := map[string]string{"X-Rate-Limit-Limit": "100", "X-Rate-Limit-Remaining": "99", "X-Rate-Limit-Reset": "60"}
		c := open(t, transport.Options{Base: &far{script: []reply{{status: 503, header: limits}, {status: 200, header: limits}}}, Share: 0.5})
		start := time.Now()
		reads(t, c, 1, "users")
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestShareIsValidated(t *testing.T) {
	for share, ok := range map[float64]bool{0: true, 0.5: true, 1: true, -0.1: false, 1.1: false} {
		_, err := transport.New(transport.Options{URL: "https://api.example", Share: share})
		if (err == nil) != ok {
			t.Errorf("share %v: %v", share, err)
		}
	}
}
