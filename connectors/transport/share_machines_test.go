package transport_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors/transport"
)

// A node is a server with several machines behind one limit of 100 a minute, whose
// statements of the end differ. Others spend two for each of ours until they have 45.
type node struct {
	mu      sync.Mutex
	left    int
	others  int
	began   time.Time
	n       int
	lowest  int
	refused int
	lag     func(n int) time.Duration // of the stated end
	perOurs int
}

func (m *node) RoundTrip(req *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.began.IsZero() || now.Sub(m.began) >= time.Minute {
		m.began, m.left, m.others = now.Truncate(time.Minute), 100, 0
	}
	if m.n == 0 {
		m.lowest = 100
	}
	m.n++
	status := 200
	if m.left == 0 {
		status = 429
		m.refused++
	} else {
		m.left--
	}
	resp := limited(req, status, now.Add(today), 100, m.left, m.began.Add(time.Minute).Add(today).Add(m.lag(m.n)))
	m.lowest = min(m.lowest, m.left)
	for range m.perOurs { // the others, afterwards
		if m.others < 45 && m.left > 0 {
			m.others++
			m.left--
		}
	}
	return resp, nil
}

// TestShareOneMachineAhead hears what the others say where one machine names a
// later end.
func TestShareOneMachineAhead(t *testing.T) {
	for name, lag := range map[string]func(int) time.Duration{
		"all agree": func(int) time.Duration { return 0 },
		"the first is two seconds ahead": func(n int) time.Duration {
			if n == 1 {
				return 2 * time.Second
			}
			return 0
		},
		"the first is an hour ahead": func(n int) time.Duration {
			if n == 1 {
				return time.Hour
			}
			return 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &node{lag: lag, perOurs: 2}
				c := open(t, optionsFor(m))
				reads(t, c, 60, "users")
				if m.lowest < 48 { // two that the others take right after ours
					t.Errorf("%d left at the least, want 48 for the others", m.lowest)
				}
			})
		})
	}
}

// TestShareManyFirst sends one of many first requests before the others.
func TestShareManyFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &node{lag: func(int) time.Duration { return 0 }}
		c := open(t, optionsFor(slow{m}))
		all := readsAtOnce(t, c, 120)
		time.Sleep(30 * time.Second) //nolint:forbidigo // of the fake clock
		m.mu.Lock()
		if m.lowest < 50 {
			t.Errorf("%d left at the least, %d refused", m.lowest, m.refused)
		}
		m.mu.Unlock()
		all.Wait()
	})
}

type slow struct{ next http.RoundTripper }

func (s slow) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(req)
	time.Sleep(time.Second) //nolint:forbidigo // of the fake clock
	return resp, err
}

func optionsFor(base http.RoundTripper) transport.Options {
	return transport.Options{Base: base, Share: 0.5, Bucket: family, Pace: transport.Pace{Start: 60_000}}
}

// TestShareRecovers believes no end that is a year away once its window is over.
func TestShareRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &node{lag: func(n int) time.Duration {
			if n == 1 {
				return 365 * 24 * time.Hour
			}
			return 0
		}}
		c := open(t, optionsFor(m))
		reads(t, c, 1, "users")
		time.Sleep(time.Hour) //nolint:forbidigo // of the fake clock
		start := time.Now()
		reads(t, c, 200, "users")
		if took := time.Since(start); took > 6*time.Minute {
			t.Errorf("an hour later 200 requests take %s, want four windows of a minute", took)
		}
	})
}

// TestShareManyAtTheBeginning sends one request first when a window begins.
func TestShareManyAtTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{limit: 100, window: time.Minute, others: 45}
		c := open(t, optionsFor(slow{m}))
		reads(t, c, 1, "users")
		readsAtOnce(t, c, 60).Wait()
		if m.lowest < 49 {
			t.Errorf("%d left at the least, %d throttled", m.lowest, m.throttled)
		}
	})
}
