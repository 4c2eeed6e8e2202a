package target

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func (c *clock) at(offset time.Duration) time.Time {
	return c.now.Add(offset)
}

// TestLimits asks each limiter at given times: ten requests a second, of which so many
// are let through, and how long the first that is refused has to wait.
func TestLimits(t *testing.T) {
	const ms = time.Millisecond
	type burst struct {
		at     time.Duration // since a whole second
		ask    int
		passes int
		wait   time.Duration // of the first that is refused; 0: none is
	}
	tests := map[LimitKind][]burst{
		Fixed: {
			{0, 4, 4, 0},
			{900 * ms, 10, 6, 100 * ms}, // the window began with the second, not with the first request
			{999 * ms, 1, 0, 1 * ms},
			{1000 * ms, 11, 10, 1000 * ms}, // the next one: twenty in little more than a tenth of a second
			{5300 * ms, 11, 10, 700 * ms},
		},
		Sliding: {
			{0, 4, 4, 0},
			{900 * ms, 10, 6, 100 * ms},
			{1000 * ms, 5, 4, 900 * ms}, // only those of the beginning have left the window
			{1899 * ms, 1, 0, 1 * ms},
			{1900 * ms, 7, 6, 100 * ms},
			{9000 * ms, 11, 10, 1000 * ms},
		},
		Bucket: {
			{0, 11, 10, 100 * ms},
			{50 * ms, 1, 0, 50 * ms},
			{100 * ms, 2, 1, 100 * ms}, // one token a tenth of a second
			{600 * ms, 6, 5, 100 * ms},
			{9000 * ms, 11, 10, 100 * ms}, // it does not hold more than ten
		},
	}
	for kind, bursts := range tests {
		t.Run(string(kind), func(t *testing.T) {
			l, err := newLimiter(Limit{kind, 10, Duration(time.Second)})
			if err != nil {
				t.Fatal(err)
			}
			start := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			for _, b := range bursts {
				passes, wait := 0, time.Duration(0)
				for range b.ask {
					if w := l.take(start.at(b.at)); w == 0 {
						passes++
					} else if wait == 0 {
						wait = w
					}
				}
				if passes != b.passes || wait != b.wait {
					t.Errorf("at %s, of %d: %d pass, the next waits %s; want %d and %s", b.at, b.ask, passes, wait, b.passes, b.wait)
				}
			}
		})
	}
}

func TestLimitsThatMakeNoSense(t *testing.T) {
	for _, l := range []Limit{{Kind: "leaky", Requests: 1, Window: 1}, {Kind: Fixed, Window: 1}, {Kind: Bucket, Requests: 1}} {
		if err := New("x").Set(Mode{Limit: l}); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
	if err := New("x").Set(Mode{}); err != nil {
		t.Errorf("no limit is an error: %v", err)
	}
}

// TestThrottles looks at what a client sees of each kind of limit: 429, with a time to
// come back that is long enough, and nothing carried out.
func TestThrottles(t *testing.T) {
	for _, kind := range []LimitKind{Fixed, Sliding, Bucket} {
		t.Run(string(kind), func(t *testing.T) {
			now := &clock{time.Date(2026, 1, 2, 3, 4, 5, int(300*time.Millisecond), time.UTC)}
			fast := New(testToken)
			fast.now = func() time.Time { return now.now }
			far := httptest.NewServer(fast)
			defer far.Close()
			if err := fast.Set(Mode{Limit: Limit{kind, 2, Duration(4 * time.Second)}}); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"ada", "bob"} {
				if got := post(t, far.URL, name); got.status != http.StatusCreated {
					t.Errorf("%s: %d", name, got.status)
				}
			}
			got := post(t, far.URL, "cid")
			// A window of whole seconds ends in 700 ms or more; a bucket has its next
			// token in two seconds.
			after := map[LimitKind]string{Fixed: "3", Sliding: "4", Bucket: "2"}[kind]
			if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != after {
				t.Errorf("the third: %d, Retry-After %q; want 429 and %s", got.status, got.header.Get("Retry-After"), after)
			}
			if c := fast.Counts(); c.Creates != 2 || c.Refused != 1 || c.Failed != 0 {
				t.Errorf("counted %+v", c)
			}
			now.now = now.now.Add(4 * time.Second)
			if got := post(t, far.URL, "cid"); got.status != http.StatusCreated {
				t.Errorf("after Retry-After: %d", got.status)
			}
		})
	}
}

// answered is an answer without its body.
type answered struct {
	status int
	header http.Header
}

// post creates a user.
func post(t *testing.T, url, name string) answered {
	t.Helper()
	got, err := send(t, http.MethodPost, url+BasePath+"/Users", `{"userName":"`+name+`@example.com"}`)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func send(t *testing.T, method, url, body string) (answered, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := bearer{}.Do(req)
	if err != nil {
		return answered{}, err
	}
	_ = resp.Body.Close()
	return answered{resp.StatusCode, resp.Header}, nil
}
