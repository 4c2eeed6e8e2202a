package transport_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writersync/connectors/transport"
)

// burst sends fifty requests through each of two clients at once.
func burst(t *testing.T, budget *transport.Budget, one, two *meter, urls ...string) {
	t.Helper()
	var all sync.WaitGroup
	for i, m := range []*meter{one, two} {
		o := transport.Options{URL: urls[i], Base: slow{m}, Share: 0.5, Bucket: family, Budget: budget, Pace: transport.Pace{Start: 60_000}}
		c := open(t, o)
		for range 50 {
			all.Go(func() {
				if _, _, err := send(t, t.Context(), c, http.MethodGet, urls[i]+"/users"); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
}

// TestBudgetIsOfAnOrigin has two clients that leave to others what one of them would.
func TestBudgetIsOfAnOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, start := &meter{limit: 100, window: time.Minute}, time.Now()
		burst(t, transport.NewBudget(), m, m, "https://scim.example.com", "https://SCIM.example.com:443")
		if m.lowest < 50 || m.throttled > 0 || time.Since(start) > 2*m.window {
			t.Errorf("%d of 100 left at the least, want 50; %d were throttled; it took %s", m.lowest, m.throttled, time.Since(start))
		}
	})
}

// TestBudgetTellsOriginsApart does not let one server wait for another one's window.
func TestBudgetTellsOriginsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &meter{limit: 100, window: time.Minute}, &meter{limit: 100, window: time.Minute}
		start := time.Now()
		burst(t, transport.NewBudget(), one, two, "https://scim.example.com", "https://other.example.com")
		if took := time.Since(start); took > 10*time.Second || one.lowest != 50 || two.lowest != 50 {
			t.Errorf("it took %s; %d and %d were left", took, one.lowest, two.lowest)
		}
	})
}

// TestBudgetTakesTheLowerLimit keeps to the share of the lower one where the server
// gives two credentials different limits for one endpoint.
func TestBudgetTakesTheLowerLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large, small := &meter{limit: 100, window: time.Minute}, &meter{limit: 10, window: time.Minute}
		budget := transport.NewBudget()
		at := func(m *meter) *transport.Client {
			return open(t, transport.Options{URL: "https://scim.example.com", Base: m, Share: 0.5, Bucket: family, Budget: budget})
		}
		wide, narrow := at(large), at(small)
		reads(t, narrow, 1, "users")
		start := time.Now()
		reads(t, wide, 4, "users")
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("the first five of ten took %s", took)
		}
		reads(t, wide, 1, "users")
		if took := time.Since(start); took < 50*time.Second {
			t.Errorf("a sixth of ten took %s: the higher limit was believed", took)
		}
	})
}
