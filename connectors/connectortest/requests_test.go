package connectortest

import (
	"testing"
	"testing/synctest"
)

func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Requests{}
		go func() {
			for _, code := range []string{"200", "429", "200"} {
				r.Request("https://example.com", code, 0)
			}
		}()
		r.Await(t, 3)
		if r.Count("200") != 2 || r.Count("500") != 0 || r.Total() != 3 {
			t.Errorf("%d of 200, %d of 500, %d in all", r.Count("200"), r.Count("500"), r.Total())
		}
		r.Request("https://example.com", "200", 0)
		if failures(t, func(tb testing.TB) { r.Report(tb, "four", 1, 3) }) == "" {
			t.Error("four requests where three are the most, and the test is told nothing")
		}
		r.Report(t, "none after a report", 0, 0)
		for range 3 {
			r.Request("https://example.com", "200", 0)
		}
		if n := r.Reset(); n != 3 || r.Total() != 0 {
			t.Errorf("%d before and %d after a new beginning", n, r.Total())
		}
		if failures(t, func(tb testing.TB) { r.Await(tb, 1) }) == "" {
			t.Error("one request is awaited, there is none, and the test is told nothing")
		}
	})
}
