package transport_test

import (
	"net/http"
	"testing"
	"time"

	"writersync/connectors/transport"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name string
		h    map[string]string
		want time.Duration
	}{
		{"nothing", nil, 0},
		{"seconds", map[string]string{"Retry-After": "120"}, 2 * time.Minute},
		{"spaces", map[string]string{"Retry-After": " 5 "}, 5 * time.Second},
		{"zero", map[string]string{"Retry-After": "0"}, 0},
		{"fraction", map[string]string{"Retry-After": "0.5"}, 500 * time.Millisecond},
		{"negative", map[string]string{"Retry-After": "-1"}, 0},
		{"a week", map[string]string{"Retry-After": "604800"}, 24 * time.Hour},
		{"overflows a Duration", map[string]string{"Retry-After": "99999999999999999999"}, 24 * time.Hour},
		{"1e20", map[string]string{"Retry-After": "1e20"}, 24 * time.Hour},
		{"1e999", map[string]string{"Retry-After": "1e999"}, 24 * time.Hour},
		{"-1e999", map[string]string{"Retry-After": "-1e999"}, 0},
		{"NaN", map[string]string{"Retry-After": "NaN"}, 0},
		{"Inf", map[string]string{"Retry-After": "Inf"}, 24 * time.Hour},
		{"date", map[string]string{"Retry-After": at(time.Minute)}, time.Minute},
		{"date gone by", map[string]string{"Retry-After": at(-time.Minute)}, 0},
		{"date of a clock that is off", map[string]string{"Retry-After": at(time.Hour), "Date": at(time.Hour - time.Minute)}, time.Minute},
		{"year 9999", map[string]string{"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 24 * time.Hour},
		{"year 1", map[string]string{"Retry-After": "Mon, 01 Jan 0001 00:00:00 GMT"}, 0},
		{"nonsense", map[string]string{"Retry-After": "soon", "X-Rate-Limit-Reset": "60"}, 0},
		{"reset as a Unix time", map[string]string{"X-Rate-Limit-Reset": "1935817719", "Date": time.Unix(1935817689, 0).UTC().Format(http.TimeFormat)}, 30 * time.Second},
		{"reset in seconds", map[string]string{"X-RateLimit-Reset": "45"}, 45 * time.Second},
		{"reset that is nonsense", map[string]string{"X-Rate-Limit-Reset": "x", "X-RateLimit-Reset": "NaN"}, 0},
		{"Retry-After first", map[string]string{"Retry-After": "1", "X-Rate-Limit-Reset": "60"}, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tt.h {
				h.Set(k, v)
			}
			if got := transport.RetryAfter(h, now); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	// The headers are foreign bytes; whatever they hold, the wait is from 0 to a day.
	for _, s := range []string{"1", "-1", "1e20", "NaN", "+Inf", "0x1p60", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, after, reset, date string) {
		h := http.Header{"Retry-After": {after}, "X-Rate-Limit-Reset": {reset}, "Date": {date}}
		if got := transport.RetryAfter(h, time.Unix(1_900_000_000, 0)); got < 0 || got > 24*time.Hour {
			t.Errorf("got %s", got)
		}
	})
}
