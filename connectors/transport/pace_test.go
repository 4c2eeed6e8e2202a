package transport_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// write sends n requests one after the other and fails the test on any error.
func write(t *testing.T, c *transport.Client, n int) {
	t.Helper()
	for range n {
		if _, _, err := send(t, t.Context(), c, http.MethodPost, users); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPaceStartsAtTheConfiguredRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, transport.Options{Base: &far{script: replies(200)}, Pace: transport.Pace{Start: 120, Max: 120}})
		start := time.Now()
		write(t, c, 121)
		if took := time.Since(start); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("121 requests took %s, want a minute", took)
		}
		if u := c.Usage(); u.Writes != 121 || u.Reads != 0 || u.Pace != 120 {
			t.Errorf("usage %+v", u)
		}
	})
}

func TestPaceGrowsWhileItIsTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, transport.Options{Base: &far{script: replies(200)}, Pace: transport.Pace{Max: 6000}})
		start := time.Now()
		write(t, c, 2000)
		if took := time.Since(start); took > 45*time.Second {
			t.Errorf("2000 requests took %s; the pace did not grow", took)
		}
		if u := c.Usage(); u.Pace != 6000 {
			t.Errorf("usage %+v, want the maximum", u)
		}
	})
}

func TestPaceDoesNotGrowWhenNothingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A server that takes a second bounds a lone caller to 60 a minute.
		c := open(t, transport.Options{Base: &far{script: []reply{{status: 200, took: time.Second}}}, Pace: transport.Pace{Start: 120}})
		write(t, c, 50)
		if u := c.Usage(); u.Pace != 120 {
			t.Errorf("usage %+v, want 120: no answer showed that more is borne", u)
		}
	})
}

func TestPaceIsHalvedAndRecovers(t *testing.T) {
	for _, brake := range []reply{{status: 429}, {status: 503, header: map[string]string{"Retry-After": "1"}}} {
		synctest.Test(t, func(t *testing.T) {
			c := open(t, transport.Options{Base: &far{script: []reply{{status: 200}, brake, {status: 200}}}, Pace: transport.Pace{Start: 600}})
			write(t, c, 1)
			_, _, _ = send(t, t.Context(), c, http.MethodPost, users)
			if u := c.Usage(); u.Pace != 300 {
				t.Fatalf("after %d: usage %+v, want 300 and a peak of 600", brake.status, u)
			}
			write(t, c, 1) // the pause that the 503 asked for is over
			start := time.Now()
			write(t, c, 400)
			// Slow growth: about one request a minute for each second.
			u, secs := c.Usage(), time.Since(start).Seconds()
			if u.Pace < 300+0.9*secs || u.Pace > 300+1.1*secs {
				t.Errorf("after %.0f s: usage %+v, want about one more for each", secs, u)
			}
		})
	}
}

func TestPaceIsNoAnswerToAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, transport.Options{Base: &far{script: replies(200, 503, 200)}, Pace: transport.Pace{Start: 600}})
		write(t, c, 1)
		_, _, _ = send(t, t.Context(), c, http.MethodPost, users)
		if u := c.Usage(); u.Pace < 600 {
			t.Errorf("after a 503 that asks for no pause: usage %+v, want 600 still", u)
		}
	})
}

func TestPaceIsHalvedOnceForRequestsUnderWayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, transport.Options{Base: &far{script: []reply{{status: 429, took: 2 * time.Second}}}, Pace: transport.Pace{Start: 6000}})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { _, _, _ = send(t, t.Context(), c, http.MethodPost, users) })
		}
		wg.Wait()
		if u := c.Usage(); u.Pace != 3000 {
			t.Errorf("usage %+v, want 3000", u)
		}
	})
}

func TestPaceHasAFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, transport.Options{Base: &far{script: replies(429)}})
		for range 30 {
			_, _, _ = send(t, t.Context(), c, http.MethodPost, users)
		}
		if u := c.Usage(); u.Pace != 6 {
			t.Errorf("usage %+v, want the floor of 6", u)
		}
	})
}

func TestRetryAfterHoldsBackEverything(t *testing.T) {
	tests := []struct {
		after string
		held  time.Duration
	}{
		{"30", 30 * time.Second},
		{"1e20", 5 * time.Minute},
		{"-5", 0},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			f := &far{script: []reply{{status: 429, header: map[string]string{"Retry-After": tt.after}}, {status: 200}}}
			c := open(t, transport.Options{Base: f, Pace: transport.Pace{Start: 60_000}})
			start := time.Now()
			_, _, _ = send(t, t.Context(), c, http.MethodPost, users)
			var wg sync.WaitGroup
			for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
				wg.Go(func() {
					if _, _, err := send(t, t.Context(), c, method, users); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, a := range f.seen()[1:] {
				if d := a.at.Sub(start); d < tt.held || d > tt.held+time.Second {
					t.Errorf("Retry-After %s: %s arrived after %s, want %s", tt.after, a.method, d, tt.held)
				}
			}
		})
	}
}

func TestGoodAnswerFromBeforeTheCutTeachesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{script: []reply{{status: 200}, {status: 200, took: 3 * time.Second}, {status: 429}}}
		c := open(t, transport.Options{Base: f, Pace: transport.Pace{Start: 60}})
		var wg sync.WaitGroup
		for range 3 { // they leave at 0, 1 and 2 s; the second is answered last
			wg.Go(func() { _, _, _ = send(t, t.Context(), c, http.MethodPost, users) })
			synctest.Wait()
		}
		wg.Wait()
		if u := c.Usage(); u.Pace != 30 {
			t.Errorf("usage %+v, want half of what it was at the cut", u)
		}
	})
}

func TestHoldReachesWhoWaitsForATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{script: []reply{{status: 429, took: time.Second / 2, header: map[string]string{"Retry-After": "30"}}, {status: 200}}}
		c := open(t, transport.Options{Base: f, Pace: transport.Pace{Start: 60}})
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { _, _, _ = send(t, t.Context(), c, http.MethodPost, users) })
			synctest.Wait()
		}
		wg.Wait()
		if d := f.seen()[1].at.Sub(start); d < 30*time.Second {
			t.Errorf("the second request left after %s, within the pause", d)
		}
	})
}

func TestWhoLeavesGivesItsTurnBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{script: replies(200)}
		c := open(t, transport.Options{Base: f, Pace: transport.Pace{Start: 6, Max: 6}})
		start := time.Now()
		write(t, c, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := send(t, ctx, c, http.MethodPost, users); connectors.ClassOf(err) != connectors.Transient {
			t.Errorf("error %v, want transient", err)
		}
		write(t, c, 1)
		if d := f.seen()[1].at.Sub(start); d > 11*time.Second {
			t.Errorf("the second request left after %s, want 10s", d)
		}
	})
}

func TestHoldThatOutlastsTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &far{script: []reply{{status: 429, header: map[string]string{"Retry-After": "120"}}}}
		c := open(t, transport.Options{Base: f, Pace: steady})
		_, _, _ = send(t, t.Context(), c, http.MethodPost, users)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, _, err := send(t, ctx, c, http.MethodPost, users)
		var e *connectors.Error
		if !errors.As(err, &e) || e.Class != connectors.Throttled || e.After != 2*time.Minute || time.Since(start) != 0 {
			t.Errorf("error %+v after %s, want throttled for 2m at once", err, time.Since(start))
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, _, err = send(t, ctx, c, http.MethodPost, users)
		if connectors.ClassOf(err) != connectors.Transient || !errors.Is(err, context.Canceled) || len(f.seen()) != 1 {
			t.Errorf("error %v, %d arrived; want canceled, and one", err, len(f.seen()))
		}
	})
}

func TestPaceSettings(t *testing.T) {
	tests := []struct {
		pace  transport.Pace
		start float64 // 0: refused
	}{
		{transport.Pace{}, 120},
		{transport.Pace{Max: 60}, 60},
		{transport.Pace{Start: 90_000}, 90_000},
		{transport.Pace{Start: 60, Max: 30}, 0},
		{transport.Pace{Start: -1}, 0},
		{transport.Pace{Start: 0.5}, 0},
		{transport.Pace{Max: 1e12}, 0},
	}
	for _, tt := range tests {
		c, err := transport.New(transport.Options{URL: "https://scim.example.com", Pace: tt.pace, Base: &far{script: replies(200)}})
		switch {
		case tt.start == 0 && (err == nil || !strings.Contains(err.Error(), "pace:")):
			t.Errorf("%+v: error %v, want it refused", tt.pace, err)
		case tt.start > 0 && (err != nil || c.Usage().Pace != tt.start):
			t.Errorf("%+v: error %v, want a start at %g", tt.pace, err, tt.start)
		}
	}
}
